package cms

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// attributes returns the signed attributes of that type.
func (info *SignerInfo) attributes(oid asn1.ObjectIdentifier) []Attribute {
	return ofType(info.Signed, oid)
}

func ofType(all []Attribute, oid asn1.ObjectIdentifier) []Attribute {
	var found []Attribute
	for _, a := range all {
		if a.Type.Equal(oid) {
			found = append(found, a)
		}
	}
	return found
}

// values returns every value of the signed attributes of these types.
func (info *SignerInfo) values(oids ...asn1.ObjectIdentifier) [][]byte {
	var found [][]byte
	for _, oid := range oids {
		for _, a := range info.attributes(oid) {
			found = append(found, a.Values...)
		}
	}
	return found
}

// sequence reads value as one SEQUENCE of at least so many parts.
func (s *scanner) sequence(value []byte, atLeast int) ([]element, error) {
	e, rest, err := s.next(value, 0)
	if err != nil {
		return nil, err
	}
	if !e.isSequence() || len(rest) > 0 {
		return nil, errors.New("not one sequence")
	}
	parts, err := s.children(e)
	if err == nil && len(parts) < atLeast {
		err = fmt.Errorf("%d parts", len(parts))
	}
	return parts, err
}

// SigningTime returns the signing-time attribute, which is a claim of the signer and no proof.
func (info *SignerInfo) SigningTime() (time.Time, bool) {
	for _, value := range info.values(OIDSigningTime) {
		input := cryptobyte.String(value)
		var t time.Time
		if input.PeekASN1Tag(cbasn1.UTCTime) && input.ReadASN1UTCTime(&t) || input.ReadASN1GeneralizedTime(&t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// TimestampTokens returns the signature timestamps (RFC 3161, appendix A) among the unsigned attributes.
func (info *SignerInfo) TimestampTokens() [][]byte {
	var tokens [][]byte
	for _, a := range ofType(info.Unsigned, OIDTimestampToken) {
		tokens = append(tokens, a.Values...)
	}
	return tokens
}

// protectedAlgorithms reads CMSAlgorithmProtection (RFC 6211, 2).
func (s *scanner) protectedAlgorithms(value []byte) (digest, signature Algorithm, err error) {
	parts, err := s.sequence(value, 2)
	if err != nil {
		return digest, signature, err
	}
	if digest, err = s.algorithm(parts[0]); err != nil {
		return digest, signature, err
	}
	if len(parts) != 2 || !parts[1].isContext(1) {
		return digest, signature, errors.New("no signature algorithm")
	}
	signature, err = s.algorithmBody(parts[1])
	return digest, signature, err
}

// Revocation is what adbe-revocationInfoArchival carries, DER each.
type Revocation struct {
	CRLs  [][]byte
	OCSPs [][]byte
}

// Revocation returns the signed adbe-revocationInfoArchival attribute (ISO 32000-2, 12.8.3.3.2). What it cannot
// read it leaves out: missing revocation data never makes a signature better.
func (info *SignerInfo) Revocation() (Revocation, bool) {
	var out Revocation
	values := info.values(OIDRevocationInfo)
	for _, value := range values {
		s := newScanner()
		parts, err := s.sequence(value, 0)
		if err != nil {
			continue
		}
		for _, part := range parts {
			switch {
			case part.isContext(0):
				out.CRLs = append(out.CRLs, s.wrapped(part)...)
			case part.isContext(1):
				out.OCSPs = append(out.OCSPs, s.wrapped(part)...)
			}
		}
	}
	return out, len(values) > 0
}

// wrapped returns the members of an explicitly tagged sequence.
func (s *scanner) wrapped(e element) [][]byte {
	members, err := s.sequence(e.body, 0)
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, member := range members {
		out = append(out, bytes.Clone(member.raw))
	}
	return out
}

// octetValue reads one OCTET STRING in BER.
func octetValue(value []byte) ([]byte, bool) {
	s := newScanner()
	e, rest, err := s.next(value, 0)
	if err != nil || len(rest) > 0 || !e.is(classUniversal, tagOctetString) {
		return nil, false
	}
	octets, err := s.octets(e)
	return octets, err == nil
}
