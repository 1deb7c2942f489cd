//go:build cgo

package token

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/miekg/pkcs11"
)

// Key finds the key that the configuration names. Most tokens want a Login first.
func (t *Token) Key(ctx context.Context) (*Key, error) {
	return use(ctx, t, "find key", t.key)
}

type pair struct {
	key         found
	certificate Object
}

func (t *Token) key(session pkcs11.SessionHandle) (*Key, error) {
	certificates, err := t.certificates(session)
	if err != nil {
		return nil, err
	}
	keys, err := t.search(session, pkcs11.CKO_PRIVATE_KEY,
		pkcs11.CKA_ID, pkcs11.CKA_LABEL, pkcs11.CKA_ALWAYS_AUTHENTICATE, pkcs11.CKA_MODULUS)
	if err != nil {
		return nil, err
	}
	chosen, err := t.choose(pairs(keys, certificates), len(keys))
	if err != nil {
		return nil, err
	}
	if err := usable(chosen); err != nil {
		return nil, err
	}
	key := &Key{
		Certificate: chosen.certificate.Certificate,
		Label:       string(chosen.key.attributes[pkcs11.CKA_LABEL]),
		ID:          chosen.key.attributes[pkcs11.CKA_ID],
	}
	for _, other := range certificates {
		if other.Certificate != nil && !other.HasKey {
			key.Chain = append(key.Chain, other.Certificate)
		}
	}
	key.Signer = &signer{token: t, handle: chosen.key.handle, public: key.Certificate.PublicKey}
	return key, nil
}

func pairs(keys []found, certificates []Object) []pair {
	var all []pair
	for _, k := range keys {
		for _, c := range certificates {
			if c.Certificate != nil && sameID(k.attributes[pkcs11.CKA_ID], c.ID) {
				all = append(all, pair{k, c})
			}
		}
	}
	return all
}

// choose takes the only pair that the configuration fits. Of a signing and an encryption pair, as Chinese tokens carry
// them, it takes the signing one.
func (t *Token) choose(all []pair, keys int) (pair, error) {
	var fitting, signing []pair
	for _, p := range all {
		label := t.config.ObjectLabel
		if label != "" && label != p.certificate.Label && label != string(p.key.attributes[pkcs11.CKA_LABEL]) ||
			len(t.config.ID) > 0 && !bytes.Equal(t.config.ID, p.certificate.ID) {
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
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) > 1:
		return pair{}, fmt.Errorf("%w: %d pairs of key and certificate; name the object's label or id", ErrAmbiguous, len(fitting))
	case keys == 0 && !t.loggedIn.Load():
		return pair{}, ErrLogin
	}
	return pair{}, fmt.Errorf("%w: of %d keys none with a certificate fits label %q, id %x",
		ErrMissing, keys, t.config.ObjectLabel, t.config.ID)
}

// usable refuses a key that wants its PIN for every signature, for PINs are not kept, and one that only shares its
// identifier with the certificate.
func usable(p pair) error {
	if always := p.key.attributes[pkcs11.CKA_ALWAYS_AUTHENTICATE]; len(always) == 1 && always[0] != 0 {
		return fmt.Errorf("%w: the key wants its PIN for every signature", ErrUnsupported)
	}
	public, ok := p.certificate.Certificate.PublicKey.(*rsa.PublicKey)
	if modulus := p.key.attributes[pkcs11.CKA_MODULUS]; ok && len(modulus) > 0 {
		if !bytes.Equal(bytes.TrimLeft(modulus, "\x00"), public.N.Bytes()) {
			return fmt.Errorf("%w: key and certificate share an id but do not belong together", ErrUnsupported)
		}
	}
	return nil
}
