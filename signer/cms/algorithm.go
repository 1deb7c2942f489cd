package cms

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Algorithm is an AlgorithmIdentifier with the name that people know it by.
type Algorithm struct {
	OID        asn1.ObjectIdentifier
	Name       string      // "SHA-256", "RSASSA-PSS", "SM2 with SM3"; the dotted OID when unknown.
	Hash       crypto.Hash // The digest it is or uses; 0 when none or not supported.
	Parameters []byte      // DER, nil when absent.
}

var asn1Null = []byte{5, 0}

// algorithm reads an AlgorithmIdentifier.
func (s *scanner) algorithm(e element) (Algorithm, error) {
	if !e.isSequence() {
		return Algorithm{}, errors.New("algorithm identifier is not a sequence")
	}
	return s.algorithmBody(e)
}

// algorithmBody reads what stands inside an AlgorithmIdentifier, whatever its tag.
func (s *scanner) algorithmBody(e element) (Algorithm, error) {
	parts, err := s.children(e)
	if err != nil {
		return Algorithm{}, err
	}
	if len(parts) < 1 || len(parts) > 2 {
		return Algorithm{}, fmt.Errorf("algorithm identifier of %d parts", len(parts))
	}
	var a Algorithm
	if a.OID, err = objectIdentifier(parts[0]); err != nil {
		return Algorithm{}, err
	}
	a.Name = a.OID.String()
	if len(parts) == 2 {
		a.Parameters, err = s.der(parts[1])
	}
	return a, err
}

// digestAlgorithm names a digest algorithm; parameters other than none and NULL leave it unsupported.
func (a Algorithm) digestAlgorithm() Algorithm {
	known, ok := digests[a.OID.String()]
	if !ok {
		return a
	}
	a.Name = known.Name
	if a.Parameters == nil || bytes.Equal(a.Parameters, asn1Null) {
		a.Hash = known.Hash
	}
	return a
}

// ParseDigest reads an AlgorithmIdentifier that stands for a digest, DER, such as that of a timestamp's imprint.
func ParseDigest(der []byte) (Algorithm, error) {
	s := newScanner()
	e, rest, err := s.next(der, 0)
	if err != nil || len(rest) > 0 {
		return Algorithm{}, fmt.Errorf("reading digest algorithm: %w", ErrMalformed)
	}
	a, err := s.algorithm(e)
	if err != nil {
		return Algorithm{}, fmt.Errorf("reading digest algorithm: %w: %w", ErrMalformed, err)
	}
	return a.digestAlgorithm(), nil
}

// DigestDER returns the AlgorithmIdentifier of a digest that may be signed with, parameters absent (RFC 5754, 2).
func DigestDER(h crypto.Hash) ([]byte, error) {
	oids, ok := signing[h]
	if !ok {
		return nil, fmt.Errorf("digest %s is not one to sign with", DigestName(h))
	}
	var b cryptobyte.Builder
	addAlgorithm(&b, Algorithm{OID: oids.digest})
	return b.Bytes()
}

// signatureAlgorithm names a signature algorithm that is used with a digest.
func (a Algorithm) signatureAlgorithm(digest crypto.Hash) Algorithm {
	known, ok := signatures[a.OID.String()]
	if !ok {
		return a
	}
	a.Name, a.Hash = known.name, known.hash
	switch {
	case known.family == pss:
		if params, err := parsePSS(a.Parameters); err == nil {
			a.Hash = params.hash
		}
	case known.family != unsupported && a.Hash == 0:
		a.Hash = digest
	}
	return a
}

func (a Algorithm) family() family { return signatures[a.OID.String()].family }

// equal compares as RFC 6211 means it, with absent and NULL parameters taken as the same.
func (a Algorithm) equal(b Algorithm) bool {
	null := func(p []byte) bool { return len(p) == 0 || bytes.Equal(p, asn1Null) }
	return a.OID.Equal(b.OID) && (bytes.Equal(a.Parameters, b.Parameters) || null(a.Parameters) && null(b.Parameters))
}

type pssParameters struct {
	hash crypto.Hash
	salt int
}

// parsePSS reads RSASSA-PSS-params (RFC 4055, 3.1). What crypto/rsa cannot do is an error that names it.
func parsePSS(der []byte) (pssParameters, error) {
	p := pssParameters{hash: crypto.SHA1, salt: 20}
	input := cryptobyte.String(der)
	var seq cryptobyte.String
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() {
		return p, errors.New("RSASSA-PSS parameters are missing or malformed")
	}
	mask := crypto.SHA1
	for tag := range uint8(4) {
		var field cryptobyte.String
		var present bool
		if !seq.ReadOptionalASN1(&field, &present, cbasn1.Tag(tag).Constructed().ContextSpecific()) {
			return p, errors.New("RSASSA-PSS parameters are malformed")
		}
		if !present {
			continue
		}
		if err := p.field(tag, field, &mask); err != nil {
			return p, err
		}
	}
	if !seq.Empty() {
		return p, errors.New("RSASSA-PSS parameters are malformed")
	}
	if mask != p.hash {
		return p, errors.New("RSASSA-PSS with different digests for message and mask")
	}
	return p, nil
}

func (p *pssParameters) field(tag uint8, field cryptobyte.String, mask *crypto.Hash) error {
	var err error
	switch tag {
	case 0:
		p.hash, err = parseHash(field)
	case 1:
		var mgf cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !field.ReadASN1(&mgf, cbasn1.SEQUENCE) || !field.Empty() || !mgf.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidMGF1) {
			return errors.New("RSASSA-PSS with a mask function other than MGF1")
		}
		*mask, err = parseHash(mgf)
	case 2:
		if !field.ReadASN1Integer(&p.salt) || !field.Empty() || p.salt < 0 || p.salt > 1024 {
			return errors.New("RSASSA-PSS salt length is malformed")
		}
	default:
		var trailer int
		if !field.ReadASN1Integer(&trailer) || !field.Empty() || trailer != 1 {
			return errors.New("RSASSA-PSS trailer other than 1")
		}
	}
	return err
}

// parseHash reads an AlgorithmIdentifier that names a digest, and nothing behind it.
func parseHash(input cryptobyte.String) (crypto.Hash, error) {
	var seq cryptobyte.String
	var a Algorithm
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() || !seq.ReadASN1ObjectIdentifier(&a.OID) {
		return 0, errors.New("digest algorithm is malformed")
	}
	if !seq.Empty() {
		a.Parameters = seq
	}
	a = a.digestAlgorithm()
	if a.Hash == 0 {
		return 0, fmt.Errorf("digest %s", a.Name)
	}
	return a.Hash, nil
}
