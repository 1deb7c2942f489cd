package cms

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// AddTimestamp returns a SignedData of this program, DER, with a signature timestamp as its unsigned attribute (RFC 3161,
// appendix A). One that has unsigned attributes already is refused.
func AddTimestamp(der, token []byte) ([]byte, error) {
	signed, err := Parse(der)
	if err != nil {
		return nil, fmt.Errorf("add timestamp to CMS: %w", err)
	}
	if signed.Length != len(der) || len(signed.Signer.Unsigned) > 0 {
		return nil, errors.New("add timestamp to CMS: it has unsigned attributes, or something follows it")
	}
	attributes, err := unsignedAttributes(token)
	if err != nil {
		return nil, fmt.Errorf("add timestamp to CMS: %w", err)
	}
	// ContentInfo, [0], SignedData and signerInfos: each holds what grows as its last part.
	whole, err := appendWithin(der, 4, attributes)
	if err != nil {
		return nil, fmt.Errorf("add timestamp to CMS: %w", err)
	}
	return whole, nil
}

// appendWithin appends to the body of the last element so many levels down.
func appendWithin(der []byte, levels int, extra []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var body cryptobyte.String
	var tag cbasn1.Tag
	if !input.ReadAnyASN1(&body, &tag) || !input.Empty() {
		return nil, fmt.Errorf("%w: it is not DER", ErrMalformed)
	}
	inner := append(append([]byte{}, body...), extra...)
	if levels > 0 {
		last, rest := 0, body
		for !rest.Empty() {
			last = len(body) - len(rest)
			var ignored cryptobyte.String
			if !rest.ReadAnyASN1Element(&ignored, new(cbasn1.Tag)) {
				return nil, fmt.Errorf("%w: it is not DER", ErrMalformed)
			}
		}
		grown, err := appendWithin(body[last:], levels-1, extra)
		if err != nil {
			return nil, err
		}
		inner = append(append([]byte{}, body[:last]...), grown...)
	}
	var out cryptobyte.Builder
	out.AddASN1(tag, func(out *cryptobyte.Builder) { out.AddBytes(inner) })
	return out.Bytes()
}
