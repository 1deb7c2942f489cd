package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// SM2 says how a token signs with SM2, for which PKCS #11 has no mechanism: each vendor has a number of its own, and its
// own mind about who digests and what comes back.
type SM2 struct {
	Mechanism uint         // CKM_… of the vendor, such as 0x80000B02.
	Input     SM2Input     // Default SM2Digest.
	Signature SM2Signature // Default SM2Raw.
}

// SM2Input is what the mechanism takes.
type SM2Input string

// The inputs.
const (
	SM2Digest  SM2Input = "digest"  // SM3(Z ‖ message), made on this side.
	SM2Message SM2Input = "message" // The message: the token makes Z and the digest, with the customary identity.
)

// SM2Signature is what the mechanism returns.
type SM2Signature string

// The signatures.
const (
	SM2Raw SM2Signature = "raw" // r ‖ s.
	SM2DER SM2Signature = "der" // SM2Signature ::= SEQUENCE { r, s } (GM/T 0009, 7.3).
)

// customaryID is the signer's identity in Z where nothing else is agreed (GM/T 0009, 10); what a token that digests itself
// is taken to use.
const customaryID = "1234567812345678"

// rawSM2 is the length of r ‖ s.
const rawSM2 = 64

// input returns what the mechanism is given for a message.
func (m SM2) input(public crypto.PublicKey, uid, message []byte) ([]byte, error) {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok || !sm2.IsSM2PublicKey(key) {
		return nil, fmt.Errorf("%w: sign by SM2 with a key of type %T", ErrUnsupported, public)
	}
	if m.Input == SM2Message {
		if string(uid) != customaryID {
			return nil, fmt.Errorf("%w: sign by SM2 as %q: the token digests itself, with the customary identity", ErrUnsupported, uid)
		}
		return message, nil
	}
	return sm2.CalculateSM2Hash(key, message, uid)
}

// signature turns what the token returned into DER, and checks it: a key that is not the certificate's, or a wrong setting,
// must not go unnoticed.
func (m SM2) signature(public crypto.PublicKey, uid, message, value []byte) ([]byte, error) {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: SM2 with a key of type %T", ErrUnsupported, public)
	}
	if m.Signature != SM2DER {
		if len(value) != rawSM2 {
			return nil, fmt.Errorf("%w: its SM2 signature has %d octets, not the %d of r‖s; is it DER?", ErrUnsupported, len(value), rawSM2)
		}
		var err error
		if value, err = ecdsaDER(value); err != nil {
			return nil, err
		}
	}
	if !sm2.VerifyASN1WithSM2(key, uid, message, value) {
		return nil, fmt.Errorf("%w: its SM2 signature does not belong to the certificate, or the settings of the mechanism are wrong", ErrUnsupported)
	}
	return value, nil
}

// parseCertificate reads also certificates with SM2, which crypto/x509 refuses.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	cert, cause := x509.ParseCertificate(der)
	if cause == nil && cert.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		return cert, nil
	}
	if national, err := smx509.ParseCertificate(der); err == nil {
		return national.ToX509(), nil
	}
	return cert, cause
}

// errNoSM2 is told where nobody said how the token signs with SM2.
var errNoSM2 = errors.New("how it signs with SM2 is not configured")
