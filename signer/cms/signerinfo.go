package cms

import (
	"errors"
	"fmt"
)

// signerInfo reads RFC 5652, 5.3.
func (s *scanner) signerInfo(e element) (SignerInfo, error) {
	var info SignerInfo
	if !e.isSequence() {
		return info, errors.New("not a sequence")
	}
	parts, err := s.children(e)
	if err != nil {
		return info, err
	}
	if len(parts) < 5 || len(parts) > 7 {
		return info, fmt.Errorf("%d parts", len(parts))
	}
	if info.Version, err = smallInteger(parts[0]); err != nil {
		return info, fmt.Errorf("version: %w", err)
	}
	if err := s.identifier(parts[1], &info); err != nil {
		return info, fmt.Errorf("identifier: %w", err)
	}
	if info.Digest, err = s.algorithm(parts[2]); err != nil {
		return info, err
	}
	info.Digest = info.Digest.digestAlgorithm()
	parts = parts[3:]
	if parts[0].isContext(0) {
		info.signedRaw = parts[0].raw
		if info.Signed, err = s.attributes(parts[0]); err != nil {
			return info, fmt.Errorf("signed attributes: %w", err)
		}
		parts = parts[1:]
	}
	return info, s.signature(parts, &info)
}

// signature reads what follows the signed attributes.
func (s *scanner) signature(parts []element, info *SignerInfo) error {
	if len(parts) < 2 || len(parts) > 3 {
		return errors.New("signer info with parts missing or unknown")
	}
	algorithm, err := s.algorithm(parts[0])
	if err != nil {
		return err
	}
	info.Signature = algorithm.signatureAlgorithm(info.Digest.Hash)
	if !parts[1].is(classUniversal, tagOctetString) {
		return errors.New("signature value is not an OCTET STRING")
	}
	if info.Value, err = s.octets(parts[1]); err != nil {
		return fmt.Errorf("signature value: %w", err)
	}
	if len(parts) == 2 {
		return nil
	}
	if !parts[2].isContext(1) {
		return errors.New("signer info with an unknown part")
	}
	if info.Unsigned, err = s.attributes(parts[2]); err != nil {
		return fmt.Errorf("unsigned attributes: %w", err)
	}
	return nil
}

// identifier reads SignerIdentifier.
func (s *scanner) identifier(e element, info *SignerInfo) error {
	if e.is(classContext, 0) {
		id, err := s.octets(e)
		info.KeyID = append([]byte{}, id...)
		return err
	}
	if !e.isSequence() {
		return errors.New("neither issuer and serial number nor key identifier")
	}
	parts, err := s.children(e)
	if err != nil {
		return err
	}
	if len(parts) != 2 || !parts[0].isSequence() {
		return errors.New("issuer and serial number are malformed")
	}
	// A Name is compared as the certificate has it, unsorted sets included.
	if info.Issuer, err = s.definite(parts[0], false); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	info.Serial, err = bigInteger(parts[1])
	return err
}

// attributes reads a set of attributes, whatever its tag.
func (s *scanner) attributes(e element) ([]Attribute, error) {
	all, err := s.children(e)
	if err != nil {
		return nil, err
	}
	if len(all) > maxAttributes {
		return nil, fmt.Errorf("more than %d", maxAttributes)
	}
	out := make([]Attribute, 0, len(all))
	for _, one := range all {
		attribute, err := s.attribute(one)
		if err != nil {
			return nil, err
		}
		out = append(out, attribute)
	}
	return out, nil
}

func (s *scanner) attribute(e element) (Attribute, error) {
	var a Attribute
	if !e.isSequence() {
		return a, errors.New("attribute is not a sequence")
	}
	parts, err := s.children(e)
	if err != nil {
		return a, err
	}
	if len(parts) != 2 || !parts[1].isSet() {
		return a, errors.New("attribute is not a type with a set of values")
	}
	if a.Type, err = objectIdentifier(parts[0]); err != nil {
		return a, err
	}
	values, err := s.children(parts[1])
	if err != nil {
		return a, err
	}
	if len(values) > maxAttributes {
		return a, fmt.Errorf("attribute %v with more than %d values", a.Type, maxAttributes)
	}
	for _, value := range values {
		a.Values = append(a.Values, value.raw)
	}
	return a, nil
}

// SignedDER returns the signed attributes as their signature covers them: under the tag SET OF, as received; nil when absent.
func (info *SignerInfo) SignedDER() []byte {
	if info.signedRaw == nil {
		return nil
	}
	return append([]byte{0x31}, info.signedRaw[1:]...)
}
