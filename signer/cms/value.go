package cms

import (
	"encoding/asn1"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func objectIdentifier(e element) (asn1.ObjectIdentifier, error) {
	input := cryptobyte.String(encode(e, e.body))
	var oid asn1.ObjectIdentifier
	if !input.ReadASN1ObjectIdentifier(&oid) {
		return nil, errors.New("object identifier is malformed")
	}
	return oid, nil
}

func smallInteger(e element) (int, error) {
	input := cryptobyte.String(encode(e, e.body))
	var n int
	if !input.ReadASN1Integer(&n) {
		return 0, errors.New("integer is malformed")
	}
	return n, nil
}

func bigInteger(e element) (*big.Int, error) {
	input := cryptobyte.String(encode(e, e.body))
	n := new(big.Int)
	if len(e.body) > 64 || !input.PeekASN1Tag(cbasn1.INTEGER) || !input.ReadASN1Integer(n) {
		return nil, errors.New("serial number is malformed")
	}
	return n, nil
}
