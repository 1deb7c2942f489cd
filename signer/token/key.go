//go:build cgo && unix

package token

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// Key finds the key that the configuration names. Most tokens want a Login first.
func (t *Token) Key(ctx context.Context) (*Key, error) {
	return t.Find(ctx, t.config.ObjectLabel, t.config.ID)
}

// Find finds the key with that label and identifier; either may be empty.
func (t *Token) Find(ctx context.Context, label string, id []byte) (key *Key, err error) {
	err = t.use(ctx, "find key", func(l *link) error {
		objects, err := t.contents(ctx, l)
		if err == nil {
			key, err = t.key(objects, label, id)
		}
		return err
	})
	return key, err
}

type pair struct {
	key         object
	certificate Object
}

func (t *Token) key(objects []object, label string, id []byte) (*Key, error) {
	all, keys := pairs(objects)
	if keys == 0 && t.config.Authorize == nil && len(all) == 0 {
		return nil, ErrLogin
	}
	chosen, err := choose(all, keys, label, id)
	if err != nil {
		return nil, err
	}
	if err := usable(chosen); err != nil {
		return nil, err
	}
	key := &Key{Certificate: chosen.certificate.Certificate, Label: chosen.key.Label, ID: chosen.key.ID}
	for _, other := range certificates(objects) {
		if other.Certificate != nil && !other.HasKey {
			key.Chain = append(key.Chain, other.Certificate)
		}
	}
	key.Signer = &signer{token: t, id: chosen.key.ID, label: chosen.key.Label, public: key.Certificate.PublicKey, always: chosen.key.Always}
	return key, nil
}

func pairs(objects []object) (all []pair, keys int) {
	for _, k := range objects {
		if !k.Private {
			continue
		}
		keys++
		for _, c := range certificates(objects) {
			if c.Certificate != nil && sameID(k.ID, c.ID) {
				all = append(all, pair{k, c})
			}
		}
	}
	return all, keys
}

// choose takes the only pair that fits. Of a signing and an encryption pair, as Chinese tokens carry them, it takes the
// signing one.
func choose(all []pair, keys int, label string, id []byte) (pair, error) {
	var fitting, signing []pair
	for _, p := range all {
		if label != "" && label != p.certificate.Label && label != p.key.Label || len(id) > 0 && !bytes.Equal(id, p.certificate.ID) {
			continue
		}
		fitting = append(fitting, p)
		if u := p.certificate.Certificate.KeyUsage; u&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0 {
			signing = append(signing, p)
		}
	}
	if len(fitting) > 1 && len(signing) > 0 {
		fitting = signing
	}
	switch len(fitting) {
	case 1:
		return fitting[0], nil
	case 0:
		return pair{}, fmt.Errorf("%w: of %d keys none with a certificate fits label %q, id %x", ErrMissing, keys, label, id)
	}
	return pair{}, fmt.Errorf("%w: %d pairs of key and certificate; name the object's label or id", ErrAmbiguous, len(fitting))
}

// usable refuses a key that only shares its identifier with the certificate.
func usable(p pair) error {
	public, ok := p.certificate.Certificate.PublicKey.(*rsa.PublicKey)
	if ok && len(p.key.Modulus) > 0 && !bytes.Equal(bytes.TrimLeft(p.key.Modulus, "\x00"), public.N.Bytes()) {
		return fmt.Errorf("%w: key and certificate share an id but do not belong together", ErrUnsupported)
	}
	return nil
}
