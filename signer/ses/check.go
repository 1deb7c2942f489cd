package ses

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"contractd/signer/cms"
)

// Check checks a seal against the document for the moment at, in the order of the standard: signature value, signer among the
// seal's holders, the seal's own signature, the seal's validity, the document's hash. What concerns certificates alone (the
// maker's, the signer's validity) is left to the caller. The error is that of digest.
func (s *Signature) Check(digest func(crypto.Hash) ([]byte, error), at time.Time) ([]Finding, error) {
	var findings []Finding
	add := func(code Code, format string, args ...any) {
		findings = append(findings, Finding{code, fmt.Sprintf(format, args...)})
	}
	if f, bad := value(SignatureValue, s.Signer, s.Algorithm, s.signed, s.Value); bad {
		findings = append(findings, f)
	}
	if !s.Seal.holds(s.Signer) {
		add(NotListed, "the certificate of %q is none of the seal's", s.Signer.Subject.CommonName)
	}
	if f, bad := value(SealValue, s.Seal.Maker, s.Seal.Algorithm, s.Seal.signed, s.Seal.Value); bad {
		findings = append(findings, f)
	}
	if at.Before(s.Seal.From) || at.After(s.Seal.To) {
		add(SealValidity, "the seal is valid from %s to %s", s.Seal.From.UTC().Format(time.RFC3339), s.Seal.To.UTC().Format(time.RFC3339))
	}
	want, err := digest(cms.SM3)
	if err != nil {
		return nil, fmt.Errorf("hash sealed content with SM3: %w", err)
	}
	if !bytes.Equal(want, s.DataHash) {
		add(DocumentHash, "the seal is over %x, the content has %x", s.DataHash, want)
	}
	return findings, nil
}

// holds reports whether the certificate may use the seal.
func (s *Seal) holds(cert *x509.Certificate) bool {
	for _, der := range s.certificates {
		if bytes.Equal(der, cert.Raw) {
			return true
		}
	}
	sum := sm3.Sum(cert.Raw)
	for _, digest := range s.digests {
		if bytes.Equal(digest, sum[:]) {
			return true
		}
	}
	return false
}

// value verifies a signature value over octets.
func value(code Code, cert *x509.Certificate, algorithm asn1.ObjectIdentifier, message, signature []byte) (Finding, bool) {
	findings := cms.CheckValue(cert, algorithm, message, signature)
	switch {
	case len(findings) == 0:
		return Finding{}, false
	case findings.Unsupported():
		return Finding{Unsupported, findings[0].Detail}, true
	}
	return Finding{code, fmt.Sprintf("key of %q: %s", cert.Subject.CommonName, findings[0].Detail)}, true
}
