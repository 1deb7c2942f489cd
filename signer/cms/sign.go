package cms

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"time"
)

// Profile is the kind of signature to build.
type Profile string

// The profiles of Sign.
const (
	CAdES Profile = "cades" // ETSI.CAdES.detached: ESS v2, no signing-time (EN 319 142-1, 5.3).
	PKCS7 Profile = "pkcs7" // adbe.pkcs7.detached: ESS v2, signing-time when one is given.
)

// Request says what to sign and with what.
type Request struct {
	Key         crypto.Signer       // The private key; its public part must be the one of Certificate.
	Certificate *x509.Certificate   // The signer's certificate, embedded first.
	Chain       []*x509.Certificate // Issuers to embed, in any order; duplicates are left out.
	Hash        crypto.Hash         // Digest of content and attributes; 0 means SHA-256.
	Digest      []byte              // The digest of the detached content under Hash.
	Profile     Profile
	PSS         bool      // RSA only: RSASSA-PSS in place of PKCS#1 v1.5.
	SigningTime time.Time // PKCS7 only; zero leaves the attribute out.

	// Timestamp obtains an RFC 3161 token over the digest of the signature value; nil leaves it out.
	Timestamp func(ctx context.Context, imprint []byte, h crypto.Hash) ([]byte, error)
}

// Sign builds a detached SignedData in DER.
func Sign(ctx context.Context, r Request) ([]byte, error) {
	return nil, errors.New("cms: not written yet")
}

// Size returns an upper bound of what Sign returns for r with a timestamp token of at most tokenSize octets
// (0 without one), computed from the certificates and the key.
func Size(r Request, tokenSize int) (int, error) { return 0, errors.New("cms: not written yet") }
