package tsa

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"contractd/signer/cms"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Token is a parsed timestamp. Nothing in it is proven before Verify.
type Token struct {
	CMS      *cms.SignedData
	Time     time.Time     // genTime.
	Accuracy time.Duration // 0 when not stated.
	Policy   asn1.ObjectIdentifier
	Serial   *big.Int
	Nonce    *big.Int // nil when absent.
	Digest   cms.Algorithm
	Imprint  []byte
}

// Summary is what people are told of a token.
type Summary struct {
	Time      time.Time
	Authority string // Common name of the certificate that signed; empty where the token does not carry it.
}

// Read summarises a token that was checked before; nothing in it is proven by that.
func Read(token []byte) (Summary, error) {
	parsed, err := Parse(token)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Time: parsed.Time}
	if cert := parsed.CMS.SignerCertificate(); cert != nil {
		s.Authority = cert.Subject.CommonName
	}
	return s, nil
}

var errInfo = errors.New("TSTInfo is malformed")

// Parse reads a TimeStampToken; what stands behind it is left alone (CMS.Length says where that begins).
func Parse(token []byte) (*Token, error) {
	signed, err := cms.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("reading timestamp token: %w", err)
	}
	if !signed.EContentType.Equal(cms.OIDTSTInfo) || signed.Detached() {
		return nil, fmt.Errorf("reading timestamp token: content type %v is not TSTInfo", signed.EContentType)
	}
	t := &Token{CMS: signed}
	if err := t.info(signed.EContent); err != nil {
		return nil, fmt.Errorf("reading timestamp token: %w", err)
	}
	return t, nil
}

// info reads TSTInfo (RFC 3161, 2.4.2).
func (t *Token) info(der []byte) error {
	input := cryptobyte.String(der)
	var info, imprint, algorithm, hash cryptobyte.String
	var version int
	t.Serial = new(big.Int)
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1Integer(&version) || version != 1 ||
		!info.ReadASN1ObjectIdentifier(&t.Policy) ||
		!info.ReadASN1(&imprint, cbasn1.SEQUENCE) ||
		!imprint.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!imprint.ReadASN1(&hash, cbasn1.OCTET_STRING) || !imprint.Empty() ||
		!info.ReadASN1Integer(t.Serial) {
		return errInfo
	}
	var err error
	if t.Digest, err = cms.ParseDigest(algorithm); err != nil {
		return err
	}
	t.Imprint = hash
	if t.Time, err = generalizedTime(&info); err != nil {
		return err
	}
	return t.optional(info)
}

// generalizedTime allows the fraction of a second that RFC 3161 allows and DER readers refuse.
func generalizedTime(info *cryptobyte.String) (time.Time, error) {
	var text cryptobyte.String
	if !info.ReadASN1(&text, cbasn1.GeneralizedTime) || len(text) > 32 {
		return time.Time{}, errInfo
	}
	at, err := time.Parse("20060102150405Z", string(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("genTime: %w", errInfo)
	}
	return at.UTC(), nil
}

// optional reads accuracy, ordering, nonce, tsa and extensions.
func (t *Token) optional(info cryptobyte.String) error {
	var accuracy cryptobyte.String
	var present bool
	if !info.ReadOptionalASN1(&accuracy, &present, cbasn1.SEQUENCE) {
		return errInfo
	}
	if present {
		if err := t.accuracy(accuracy); err != nil {
			return err
		}
	}
	if info.PeekASN1Tag(cbasn1.BOOLEAN) && !info.SkipASN1(cbasn1.BOOLEAN) {
		return errInfo
	}
	if info.PeekASN1Tag(cbasn1.INTEGER) {
		t.Nonce = new(big.Int)
		if !info.ReadASN1Integer(t.Nonce) {
			return errInfo
		}
	}
	for _, tag := range []cbasn1.Tag{cbasn1.Tag(0), cbasn1.Tag(1)} {
		if !info.SkipOptionalASN1(tag.Constructed().ContextSpecific()) {
			return errInfo
		}
	}
	if !info.Empty() {
		return errInfo
	}
	return nil
}

func (t *Token) accuracy(input cryptobyte.String) error {
	units := []struct {
		tag  cbasn1.Tag
		unit time.Duration
	}{
		{cbasn1.INTEGER, time.Second},
		{cbasn1.Tag(0).ContextSpecific(), time.Millisecond},
		{cbasn1.Tag(1).ContextSpecific(), time.Microsecond},
	}
	for _, u := range units {
		if !input.PeekASN1Tag(u.tag) {
			continue
		}
		var n int64
		if !input.ReadASN1Int64WithTag(&n, u.tag) || n < 0 || n > 1<<31 {
			return errInfo
		}
		t.Accuracy += time.Duration(n) * u.unit
	}
	if !input.Empty() {
		return errInfo
	}
	return nil
}
