//go:build cgo

package token

import (
	"context"
	"crypto"
	"io"
	"sync/atomic"

	"github.com/miekg/pkcs11"
)

// signer is a private key on a token.
type signer struct {
	token   *Token
	handle  pkcs11.ObjectHandle
	public  crypto.PublicKey
	checked atomic.Bool // A first signature was found to belong to the certificate.
}

// withContext returns a signer whose calls end with ctx.
func (s *signer) withContext(ctx context.Context) crypto.Signer { return bound{s, ctx} }

// bound carries a context where crypto.Signer has no place for one.
type bound struct {
	*signer
	ctx context.Context
}

// Sign implements crypto.Signer.
func (b bound) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return b.sign(b.ctx, digest, opts)
}

// Public implements crypto.Signer.
func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign implements crypto.Signer: RSASSA-PKCS1-v1_5, RSASSA-PSS with *rsa.PSSOptions, ECDSA in DER.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.sign(context.Background(), digest, opts)
}

func (s *signer) sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	how, err := planFor(s.public, digest, opts)
	if err != nil {
		return nil, err
	}
	signature, err := use(ctx, s.token, "sign", func(session pkcs11.SessionHandle) ([]byte, error) {
		if err := s.token.module.SignInit(session, []*pkcs11.Mechanism{mechanism(how)}, s.handle); err != nil {
			return nil, err
		}
		return s.token.module.Sign(session, how.input)
	})
	if err == nil && how.ecdsa {
		signature, err = ecdsaDER(signature)
	}
	if err != nil {
		return nil, err
	}
	if !s.checked.Load() {
		if err := verify(s.public, digest, signature, opts); err != nil {
			return nil, err
		}
		s.checked.Store(true)
	}
	return signature, nil
}

// pssHash gives the digest and the mask generation function for it.
var pssHash = map[crypto.Hash][2]uint{
	crypto.SHA256: {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	crypto.SHA384: {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	crypto.SHA512: {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

func mechanism(how plan) *pkcs11.Mechanism {
	switch {
	case how.pss != nil:
		hash := pssHash[how.pss.Hash]
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(hash[0], hash[1], uint(how.pss.SaltLength)))
	case how.ecdsa:
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)
	}
	return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil)
}
