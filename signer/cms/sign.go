package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Profile is the kind of signature to build.
type Profile string

// The profiles of Sign.
const (
	CAdES Profile = "cades" // ETSI.CAdES.detached: ESS v2, no signing-time (EN 319 142-1, 5.3).
	PKCS7 Profile = "pkcs7" // adbe.pkcs7.detached: ESS v2, signing-time when one is given.

	// GM.sm2cms.detached: the content types of GM/T 0010 (GB/T 35275), the SM3 digest of the document as content, no
	// attributes that are signed. SM2 keys only.
	GMT0010 Profile = "gmt0010"
)

// Request says what to sign and with what.
type Request struct {
	Key         crypto.Signer       // The private key; its public part must be the one of Certificate.
	Certificate *x509.Certificate   // The signer's certificate, always embedded.
	Chain       []*x509.Certificate // Issuers to embed, in any order; duplicates are left out.
	Hash        crypto.Hash         // Digest of content and attributes; 0 means SHA-256, for Ed25519 SHA-512.
	Digest      []byte              // The digest of the detached content under Hash.
	Profile     Profile
	PSS         bool      // RSA only: RSASSA-PSS in place of PKCS#1 v1.5.
	SigningTime time.Time // PKCS7 only; zero leaves the attribute out.

	// Timestamp obtains an RFC 3161 token over the digest of the signature value; nil leaves it out.
	Timestamp func(ctx context.Context, imprint []byte, h crypto.Hash) ([]byte, error)
}

// DigestHash returns the digest under which Sign expects Digest.
func (r Request) DigestHash() crypto.Hash {
	if r.Hash != 0 {
		return r.Hash
	}
	// RFC 8419, 3: Ed25519 goes with SHA-512.
	if r.Certificate != nil && r.Certificate.PublicKeyAlgorithm == x509.Ed25519 {
		return crypto.SHA512
	}
	if r.Certificate != nil && IsSM2(r.Certificate) {
		return SM3
	}
	return crypto.SHA256
}

// Sign builds a detached SignedData in DER. The signature is verified with the certificate before it is given out,
// so that a faulty token is noticed here.
func Sign(ctx context.Context, r Request) ([]byte, error) {
	r.Hash = r.DigestHash()
	b, err := newBuilder(r)
	if err != nil {
		return nil, fmt.Errorf("building CMS: %w", err)
	}
	if len(r.Digest) != DigestSize(r.Hash) {
		return nil, fmt.Errorf("building CMS: digest of %d octets is none of %s", len(r.Digest), DigestName(r.Hash))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("building CMS: %w", err)
	}
	value, err := b.sign()
	if err != nil {
		return nil, err
	}
	if r.Timestamp == nil {
		return b.assemble(value, nil)
	}
	imprint := ImprintHash(r.Hash)
	token, err := r.Timestamp(ctx, sum(imprint, value), imprint)
	if err != nil {
		return nil, fmt.Errorf("timestamping the signature: %w", err)
	}
	return b.assemble(value, token)
}

// ImprintHash is the digest that the timestamp authority is asked about for a signature with h: few of them know SM3.
func ImprintHash(h crypto.Hash) crypto.Hash {
	if h == SM3 {
		return crypto.SHA256
	}
	return h
}

// Size returns an upper bound of what Sign returns for r with a timestamp token of at most tokenSize octets
// (0 without one). It assembles the same structure around the longest value that the key can give.
func Size(r Request, tokenSize int) (int, error) {
	r.Hash = r.DigestHash()
	r.Digest = make([]byte, DigestSize(r.Hash))
	b, err := newBuilder(r)
	if err != nil {
		return 0, fmt.Errorf("computing the size of a CMS: %w", err)
	}
	longest, err := longestValue(r.Certificate.PublicKey)
	if err != nil {
		return 0, fmt.Errorf("computing the size of a CMS: %w", err)
	}
	var token []byte
	if tokenSize > 0 {
		token = make([]byte, tokenSize)
	}
	whole, err := b.assemble(make([]byte, longest), token)
	return len(whole), err
}

// longestValue returns the length of the longest signature value of a key.
func longestValue(key crypto.PublicKey) (int, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.Size(), nil
	case *ecdsa.PublicKey:
		// Two INTEGERs of the order's length with a leading zero, in a SEQUENCE (RFC 3279, 2.2.3).
		order := (k.Curve.Params().N.BitLen() + 7) / 8
		integer := len(encode(element{number: 2}, make([]byte, order+1)))
		return len(encode(element{number: tagSequence, constructed: true}, make([]byte, 2*integer))), nil
	case ed25519.PublicKey:
		return ed25519.SignatureSize, nil
	}
	return 0, fmt.Errorf("keys of type %T are not supported", key)
}

// sign makes the signature value over the signed attributes.
func (b *builder) sign() ([]byte, error) {
	if b.algorithm.family() == sm2Family {
		return b.check(SignSM2(b.Key, rand.Reader, []byte(customaryID), b.signed))
	}
	input := sum(b.Hash, b.signed)
	var opts crypto.SignerOpts = b.Hash
	switch {
	case b.algorithm.family() == pss:
		opts = &rsa.PSSOptions{SaltLength: b.Hash.Size(), Hash: b.Hash}
	case b.algorithm.family() == ed25519Family:
		input, opts = b.signed, crypto.Hash(0)
	}
	return b.check(b.Key.Sign(rand.Reader, input, opts))
}

// check verifies what the key gave.
func (b *builder) check(value []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("signing with the key of %q: %w", b.Certificate.Subject.CommonName, err)
	}
	key, err := readKey(b.Certificate)
	if err != nil {
		return nil, err
	}
	if err := verifyDigest(b.algorithm, key, sum(b.algorithm.Hash, b.signed), b.signed, value); err != nil {
		return nil, fmt.Errorf("checking the new signature of %q: %w", b.Certificate.Subject.CommonName, err)
	}
	return value, nil
}

// fits checks that the key belongs to the certificate.
func (r Request) fits() error {
	if r.Key == nil || r.Certificate == nil {
		return errors.New("a key and its certificate are needed")
	}
	public, ok := r.Key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(r.Certificate.PublicKey) {
		return fmt.Errorf("the key does not belong to the certificate of %q", r.Certificate.Subject.CommonName)
	}
	return nil
}

func (r Request) embedded() [][]byte {
	all := [][]byte{r.Certificate.Raw}
	for _, cert := range r.Chain {
		known := false
		for _, raw := range all {
			known = known || bytes.Equal(raw, cert.Raw)
		}
		if !known {
			all = append(all, cert.Raw)
		}
	}
	return all
}
