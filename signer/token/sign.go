//go:build cgo && unix

package token

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/miekg/pkcs11"
)

// signer is a private key on a token, whichever child drives that.
type signer struct {
	token   *Token
	id      []byte
	label   string
	public  crypto.PublicKey
	sm2     *SM2                 // How it signs with SM2; nil where nobody said.
	always  bool                 // It wants its PIN for each signature.
	checked atomic.Pointer[link] // The child whose first signature was found to belong to the certificate.
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

func (s *signer) sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	how, err := planFor(s.public, digest, opts)
	if err != nil {
		return nil, err
	}
	err = s.token.use(ctx, "sign", func(l *link) error {
		signature, err = s.once(ctx, l, how)
		if err == nil && how.ecdsa {
			signature, err = ecdsaDER(signature)
		}
		if err != nil || s.checked.Load() == l {
			return err
		}
		if err = verify(s.public, digest, signature, opts); err == nil {
			s.checked.Store(l)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}

// once signs with one child. That the token has forgotten the login makes the child useless.
func (s *signer) once(ctx context.Context, l *link, how plan) ([]byte, error) {
	objects, err := s.token.contents(ctx, l)
	if err != nil {
		return nil, err
	}
	request := request(how)
	for _, o := range objects {
		if o.Private && sameID(o.ID, s.id) && o.Label == s.label {
			request.key = o.Handle
		}
	}
	if request.key == 0 {
		return nil, fmt.Errorf("%w: key %q is not on it", ErrMissing, s.label)
	}
	if s.always {
		return s.authorized(ctx, l, request)
	}
	signature, err := l.call(ctx, opSign, request.encode(), s.token.config.Timeout)
	if is(err, ckrNotLoggedIn) {
		err = fmt.Errorf("%w: it forgot the login: %w", ErrRemoved, err)
	}
	return signature, err
}

// authorized signs with a key that wants its PIN each time (PKCS #11 2.40, 4.9, CKA_ALWAYS_AUTHENTICATE). Each is an
// attempt like a login.
func (s *signer) authorized(ctx context.Context, l *link, request signing) (signature []byte, err error) {
	if s.token.config.Authorize == nil {
		return nil, fmt.Errorf("%w: the key wants its PIN for every signature", ErrUnsupported)
	}
	err = s.token.config.Authorize(ctx, func(ctx context.Context, pin []byte, anyway bool) error {
		return s.token.attempt(ctx, l, anyway, len(pin) == 0, func(ctx context.Context) error {
			request.pin = pin
			body := request.encode()
			defer clear(body)
			signature, err = l.call(ctx, opSign, body, s.token.config.Timeout)
			return err
		})
	})
	return signature, err
}

// pssHash gives the digest and the mask generation function for it.
var pssHash = map[crypto.Hash][2]uint64{
	crypto.SHA256: {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	crypto.SHA384: {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	crypto.SHA512: {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

func request(how plan) signing {
	s := signing{mechanism: pkcs11.CKM_RSA_PKCS, input: how.input}
	switch {
	case how.pss != nil:
		hash := pssHash[how.pss.Hash]
		s.mechanism, s.hash, s.mgf, s.salt = pkcs11.CKM_RSA_PKCS_PSS, hash[0], hash[1], uint64(how.pss.SaltLength)
	case how.ecdsa:
		s.mechanism = pkcs11.CKM_ECDSA
	case how.vendor != 0:
		s.mechanism = how.vendor
	}
	return s
}
