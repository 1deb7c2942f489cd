package cms

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	maxCertificates = 128
	maxAttributes   = 64
)

// Parse reads one SignedData, wrapped in its ContentInfo, from the start of der. What follows it (padding) is left
// alone: SignedData.Length says where it begins. Every error wraps ErrMalformed.
func Parse(der []byte) (*SignedData, error) {
	s := newScanner()
	signed, err := s.contentInfo(der[:min(len(der), maxSize)])
	if err != nil {
		return nil, fmt.Errorf("reading CMS: %w: %w", ErrMalformed, err)
	}
	return signed, nil
}

// contentInfo reads RFC 5652, 3.
func (s *scanner) contentInfo(der []byte) (*SignedData, error) {
	outer, _, err := s.next(der, 0)
	if err != nil {
		return nil, err
	}
	if !outer.isSequence() {
		return nil, errors.New("not a sequence")
	}
	parts, err := s.children(outer)
	if err != nil {
		return nil, err
	}
	if len(parts) != 2 || !parts[1].isContext(0) {
		return nil, errors.New("not a ContentInfo")
	}
	kind, err := objectIdentifier(parts[0])
	if err != nil {
		return nil, err
	}
	if !kind.Equal(OIDSignedData) && !kind.Equal(OIDGMSigned) {
		return nil, fmt.Errorf("content type %v is not SignedData", kind)
	}
	inner, err := s.children(parts[1])
	if err != nil {
		return nil, err
	}
	if len(inner) != 1 || !inner[0].isSequence() {
		return nil, errors.New("SignedData is not one sequence")
	}
	signed := &SignedData{Length: len(outer.raw)}
	return signed, s.signedData(inner[0], signed)
}

// signedData reads RFC 5652, 5.1.
func (s *scanner) signedData(e element, into *SignedData) error {
	parts, err := s.children(e)
	if err != nil {
		return err
	}
	if len(parts) < 4 || len(parts) > 6 {
		return fmt.Errorf("SignedData of %d parts", len(parts))
	}
	if into.Version, err = smallInteger(parts[0]); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if err := s.digestSet(parts[1], into); err != nil {
		return fmt.Errorf("digest algorithms: %w", err)
	}
	if err := s.content(parts[2], into); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	optional := parts[3 : len(parts)-1]
	if len(optional) > 0 && optional[0].isContext(0) {
		if err := s.certificates(optional[0], into); err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
		optional = optional[1:]
	}
	if len(optional) > 0 && optional[0].isContext(1) {
		if into.CRLs, err = s.crls(optional[0]); err != nil {
			return fmt.Errorf("revocation lists: %w", err)
		}
		optional = optional[1:]
	}
	if len(optional) > 0 {
		return errors.New("SignedData with an unknown part")
	}
	return s.onlySigner(parts[len(parts)-1], into)
}

func (s *scanner) onlySigner(e element, into *SignedData) error {
	if !e.isSet() {
		return errors.New("signer infos are not a set")
	}
	signers, err := s.children(e)
	if err != nil {
		return err
	}
	// ISO 32000-2, 12.8.3.3.1 and EN 319 142-1, 5.2: exactly one SignerInfo.
	if len(signers) != 1 {
		return fmt.Errorf("%d signers in place of one", len(signers))
	}
	if into.Signer, err = s.signerInfo(signers[0]); err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	return nil
}

func (s *scanner) digestSet(e element, into *SignedData) error {
	if !e.isSet() {
		return errors.New("not a set")
	}
	all, err := s.children(e)
	if err != nil {
		return err
	}
	if len(all) > 16 {
		return errors.New("too many")
	}
	for _, one := range all {
		a, err := s.algorithm(one)
		if err != nil {
			return err
		}
		into.Digests = append(into.Digests, a.digestAlgorithm())
	}
	return nil
}

// content reads EncapsulatedContentInfo (RFC 5652, 5.2).
func (s *scanner) content(e element, into *SignedData) error {
	if !e.isSequence() {
		return errors.New("not a sequence")
	}
	parts, err := s.children(e)
	if err != nil {
		return err
	}
	if len(parts) < 1 || len(parts) > 2 {
		return fmt.Errorf("%d parts", len(parts))
	}
	if into.EContentType, err = objectIdentifier(parts[0]); err != nil || len(parts) == 1 {
		return err
	}
	inner, err := s.children(parts[1])
	if err != nil {
		return err
	}
	if !parts[1].isContext(0) || len(inner) != 1 || !inner[0].is(classUniversal, tagOctetString) {
		return errors.New("encapsulated content is not one OCTET STRING")
	}
	value, err := s.octets(inner[0])
	into.EContent = append([]byte{}, value...) // Never nil: nil means detached.
	return err
}

// certificates reads CertificateSet (RFC 5652, 10.2.3). Attribute certificates and other formats are passed over.
func (s *scanner) certificates(e element, into *SignedData) error {
	all, err := s.children(e)
	if err != nil {
		return err
	}
	if len(all) > maxCertificates {
		return fmt.Errorf("more than %d", maxCertificates)
	}
	for _, one := range all {
		if !one.isSequence() {
			continue
		}
		cert, err := ParseCertificate(one.raw)
		if err != nil {
			into.Unread = append(into.Unread, rawCertificate(one.raw, err))
			continue
		}
		into.Certificates = append(into.Certificates, cert)
	}
	return nil
}

// crls reads RevocationInfoChoices; anything but a CertificateList is passed over.
func (s *scanner) crls(e element) ([][]byte, error) {
	all, err := s.children(e)
	if err != nil {
		return nil, err
	}
	var lists [][]byte
	for _, one := range all {
		if one.isSequence() {
			lists = append(lists, bytes.Clone(one.raw))
		}
	}
	return lists, nil
}
