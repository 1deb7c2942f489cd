package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// plan says how a token is to sign one digest: pure of PKCS#11, so that it can be checked without a token.
type plan struct {
	pss   *rsa.PSSOptions // Not nil: RSASSA-PSS with this salt length and hash.
	ecdsa bool            // CKM_ECDSA; else CKM_RSA_PKCS.
	input []byte

	vendor uint64 // Not 0: the vendor's mechanism for SM2.
}

// digestInfo is what RSASSA-PKCS1-v1_5 puts before the digest (RFC 8017, 9.2, note 1).
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

func planFor(public crypto.PublicKey, digest []byte, opts crypto.SignerOpts) (plan, error) {
	hash := opts.HashFunc()
	prefix, known := digestInfo[hash]
	if !known {
		return plan{}, fmt.Errorf("%w: sign a digest of %v", ErrUnsupported, hash)
	}
	if len(digest) != hash.Size() {
		return plan{}, fmt.Errorf("sign a digest of %v: it has %d octets", hash, len(digest))
	}
	switch public := public.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return plan{pss: &rsa.PSSOptions{SaltLength: saltLength(public, pss, hash), Hash: hash}, input: digest}, nil
		}
		return plan{input: append(append([]byte{}, prefix...), digest...)}, nil
	case *ecdsa.PublicKey:
		// FIPS 186-5, 6.4.1: the leftmost bits; some tokens refuse more than the order has.
		size := (public.Curve.Params().N.BitLen() + 7) / 8
		return plan{ecdsa: true, input: digest[:min(len(digest), size)]}, nil
	}
	return plan{}, fmt.Errorf("%w: keys of type %T", ErrUnsupported, public)
}

func saltLength(public *rsa.PublicKey, opts *rsa.PSSOptions, hash crypto.Hash) int {
	switch opts.SaltLength {
	case rsa.PSSSaltLengthEqualsHash:
		return hash.Size()
	case rsa.PSSSaltLengthAuto:
		return (public.N.BitLen()-1+7)/8 - 2 - hash.Size()
	}
	return opts.SaltLength
}

// ecdsaDER turns r‖s, as tokens return it, into Ecdsa-Sig-Value (RFC 3279, 2.2.3).
func ecdsaDER(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, fmt.Errorf("token returned an ECDSA signature of %d octets", len(raw))
	}
	half := len(raw) / 2
	r, s := new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// verify checks a signature that a token returned: a key that is not the certificate's must not go unnoticed.
func verify(public crypto.PublicKey, digest, signature []byte, opts crypto.SignerOpts) error {
	ok := false
	switch public := public.(type) {
	case *rsa.PublicKey:
		if pss, isPSS := opts.(*rsa.PSSOptions); isPSS {
			ok = rsa.VerifyPSS(public, pss.HashFunc(), digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
		} else {
			ok = rsa.VerifyPKCS1v15(public, opts.HashFunc(), digest, signature) == nil
		}
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(public, digest, signature)
	}
	if !ok {
		return fmt.Errorf("%w: its signature does not belong to the certificate", ErrUnsupported)
	}
	return nil
}
