package cms

import (
	"crypto"
	"crypto/x509"
	"errors"
	"time"
)

// CheckOptions says what a caller demands beyond RFC 5652.
type CheckOptions struct {
	RequireESS   bool                // ESS signing-certificate(-v2) must be there: ETSI.CAdES.detached, RFC 3161.
	Certificates []*x509.Certificate // Where else the signer's certificate may be found.
}

// Parse reads one SignedData from the start of der.
func Parse(der []byte) (*SignedData, error) { return nil, errors.New("cms: not written yet") }

// Check checks content-type, message-digest, signature value, ESS and algorithm protection.
// contentDigest gives the digest of the detached content; nil means that the content is the encapsulated one.
// The error is that of contentDigest.
func (s *SignedData) Check(contentDigest func(crypto.Hash) ([]byte, error), opts CheckOptions) (Findings, error) {
	return nil, errors.New("cms: not written yet")
}

// SignerCertificate returns the certificate that the signer names, nil when it is not embedded or unreadable.
func (s *SignedData) SignerCertificate() *x509.Certificate { return nil }

// SigningTime returns the signing-time attribute, which is a claim of the signer and no proof.
func (s *SignerInfo) SigningTime() (time.Time, bool) { return time.Time{}, false }

// TimestampTokens returns the signature timestamps (RFC 3161, appendix A) among the unsigned attributes.
func (s *SignerInfo) TimestampTokens() [][]byte { return nil }

// Revocation is what adbe-revocationInfoArchival carries, DER each.
type Revocation struct {
	CRLs  [][]byte
	OCSPs [][]byte
}

// Revocation returns the signed adbe-revocationInfoArchival attribute (ISO 32000-2, 12.8.3.3.2).
func (s *SignerInfo) Revocation() (Revocation, bool) { return Revocation{}, false }
