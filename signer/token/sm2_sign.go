//go:build cgo && unix

package token

import (
	"context"
	"fmt"
	"io"
)

// UseSM2 says how the token signs with this key. It comes before the key is used.
func (k *Key) UseSM2(how SM2) {
	if s, ok := k.Signer.(*signer); ok {
		s.sm2 = &how
	}
}

// SignWithSM2 signs a message behind the identity, as signer/cms wants it of SM2 keys.
func (s *signer) SignWithSM2(_ io.Reader, uid, message []byte) ([]byte, error) {
	return s.signSM2(context.Background(), uid, message)
}

// SignWithSM2 is the same, ending with the context.
func (b bound) SignWithSM2(_ io.Reader, uid, message []byte) ([]byte, error) {
	return b.signSM2(b.ctx, uid, message)
}

func (s *signer) signSM2(ctx context.Context, uid, message []byte) (signature []byte, err error) {
	if s.sm2 == nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, errNoSM2)
	}
	input, err := s.sm2.input(s.public, uid, message)
	if err != nil {
		return nil, err
	}
	err = s.token.use(ctx, "sign by SM2", func(l *link) error {
		value, err := s.once(ctx, l, plan{vendor: uint64(s.sm2.Mechanism), input: input})
		if err == nil {
			signature, err = s.sm2.signature(s.public, uid, message, value)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}
