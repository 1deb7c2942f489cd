package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"hash"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
)

// SM3 stands for the digest of GB/T 32905, for which package crypto has no number and no place. Only NewHash, DigestSize and
// DigestName know it: its own methods would panic.
const SM3 crypto.Hash = 1 << 8

// NewHash returns a running digest; false means that there is no such one.
func NewHash(h crypto.Hash) (hash.Hash, bool) {
	switch {
	case h == SM3:
		return sm3.New(), true
	case h.Available():
		return h.New(), true
	}
	return nil, false
}

// DigestSize returns the octets of a digest, 0 for one that there is not.
func DigestSize(h crypto.Hash) int {
	running, ok := NewHash(h)
	if !ok {
		return 0
	}
	return running.Size()
}

// DigestName names a digest for people.
func DigestName(h crypto.Hash) string {
	if h == SM3 {
		return "SM3"
	}
	return h.String()
}

// customaryID is the signer's identity in Z where nothing else is agreed (GM/T 0009, 10).
const customaryID = "1234567812345678"

// ParseCertificate reads a certificate as crypto/x509 does, and those with an SM2 key, which it refuses, or with an SM2
// signature, whose algorithm it leaves out.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	cert, cause := x509.ParseCertificate(der)
	if cause == nil && cert.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		return cert, nil
	}
	national, err := smx509.ParseCertificate(der)
	if err != nil || !IsSM2(national.ToX509()) && national.SignatureAlgorithm != smx509.SM2WithSM3 {
		return cert, cause
	}
	return national.ToX509(), nil
}

// IsSM2 reports whether a certificate holds a key on the curve of GB/T 32918.5.
func IsSM2(cert *x509.Certificate) bool { return sm2.IsSM2PublicKey(cert.PublicKey) }

// verifySM2 checks a value over a message that the signer's identity Z precedes (GB/T 32918.2, 5.5 and 7). Without the message
// in hand, prefixed digests it behind Z.
func verifySM2(a Algorithm, key publicKey, message []byte, prefixed func([]byte) ([]byte, error), value []byte) error {
	k, ok := key.key.(*ecdsa.PublicKey)
	if !ok || !sm2.IsSM2PublicKey(k) {
		return mismatch(a, key)
	}
	if message != nil {
		if !sm2.VerifyASN1WithSM2(k, []byte(customaryID), message, value) {
			return errSignature
		}
		return nil
	}
	if prefixed == nil {
		return unsupportedf("SM2 over detached content without signed attributes")
	}
	z, err := sm2.CalculateZA(k, []byte(customaryID))
	if err != nil {
		return wrong(err)
	}
	digest, err := prefixed(z)
	if err != nil {
		return err
	}
	if !sm2.VerifyASN1(k, digest, value) {
		return errSignature
	}
	return nil
}

// digestInside reports whether the encapsulated content is the SM3 digest of the document: GM.sm2cms.detached, which is
// not detached (GM/T 0010).
func (s *SignedData) digestInside() bool {
	return s.Signer.Digest.Hash == SM3 && s.Signer.Signature.family() == sm2Family && len(s.EContent) == sm3.Size &&
		(s.EContentType.Equal(OIDGMData) || s.EContentType.Equal(OIDData))
}

// checkInside compares the digest inside with the document.
func (c *checker) checkInside(outside func(crypto.Hash) ([]byte, error)) error {
	digest, err := outside(SM3)
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, c.EContent) {
		c.add(MessageDigest, "the digest inside is %x, content has %x", c.EContent, digest)
	}
	return nil
}

// SM2Signer is a key that signs messages behind the identity itself, as gmsm's soft keys do and a token's key must: one
// that is only a crypto.Signer would take the message for a digest.
type SM2Signer interface {
	// SignWithSM2 returns the value in DER over SM3(Z ‖ message), Z being made of uid and the public key.
	SignWithSM2(random io.Reader, uid, message []byte) ([]byte, error)
}

// SignSM2 lets a key sign a message behind the identity uid; an error for a key that is only a crypto.Signer. Keys that
// wrap others pass their SignWithSM2 on by it.
func SignSM2(key crypto.Signer, random io.Reader, uid, message []byte) ([]byte, error) {
	own, ok := key.(SM2Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign with SM2", key)
	}
	return own.SignWithSM2(random, uid, message)
}
