package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// errUnsupported marks what cannot be verified, as opposed to what is wrong.
var errUnsupported = errors.New("unsupported")

var errSignature = errors.New("signature value does not match")

func unsupportedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUnsupported, fmt.Sprintf(format, args...))
}

// verifyDigest checks a signature value over a digest, or over the message for Ed25519 and SM2.
func verifyDigest(a Algorithm, key publicKey, digest, message, value []byte) error {
	if key.pssOnly && a.family() != pss {
		return unsupportedf("%s with a key for RSASSA-PSS only", a.Name)
	}
	switch a.family() {
	case pkcs1:
		k, ok := key.key.(*rsa.PublicKey)
		if !ok {
			return mismatch(a, key)
		}
		return wrong(rsa.VerifyPKCS1v15(k, a.Hash, digest, value))
	case pss:
		return verifyPSS(a, key, digest, value)
	case ecdsaFamily:
		k, ok := key.key.(*ecdsa.PublicKey)
		if !ok || sm2.IsSM2PublicKey(k) {
			return mismatch(a, key)
		}
		if !ecdsa.VerifyASN1(k, digest, value) {
			return errSignature
		}
		return nil
	case sm2Family:
		return verifySM2(a, key, message, nil, value)
	case ed25519Family:
		k, ok := key.key.(ed25519.PublicKey)
		if !ok {
			return mismatch(a, key)
		}
		if message == nil {
			return unsupportedf("Ed25519 over detached content without signed attributes")
		}
		return wrong(ed25519.VerifyWithOptions(k, message, value, &ed25519.Options{}))
	}
	return unsupportedf("signature algorithm %s", a.Name)
}

func verifyPSS(a Algorithm, key publicKey, digest, value []byte) error {
	k, ok := key.key.(*rsa.PublicKey)
	if !ok {
		return mismatch(a, key)
	}
	params, err := parsePSS(a.Parameters)
	if err != nil {
		return unsupportedf("%v", err)
	}
	if key.pss != nil && (key.pss.hash != params.hash || params.salt < key.pss.salt) {
		return fmt.Errorf("%w: the key allows other RSASSA-PSS parameters", errSignature)
	}
	// A salt of zero octets reads as "any length" to crypto/rsa, which is harmless.
	return wrong(rsa.VerifyPSS(k, params.hash, digest, value, &rsa.PSSOptions{SaltLength: params.salt, Hash: params.hash}))
}

func mismatch(a Algorithm, key publicKey) error {
	return fmt.Errorf("%w: %s with a key of type %T", errSignature, a.Name, key.key)
}

func wrong(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errSignature, err)
}

// sum hashes in one go.
func sum(h crypto.Hash, data ...[]byte) []byte {
	hash, ok := NewHash(h)
	if !ok {
		return nil // What is not supported was refused by name before.
	}
	for _, part := range data {
		hash.Write(part)
	}
	return hash.Sum(nil)
}
