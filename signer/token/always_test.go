//go:build cgo && unix

package token

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"testing"

	"github.com/miekg/pkcs11"
)

// always puts one more key on the token that wants its PIN for each signature.
func always(t *testing.T, h *SoftHSM) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template, err := privateKeyTemplate(key)
	if err != nil {
		t.Fatal(err)
	}
	template = append(append(template, identified("签名", []byte("签名"))...), pkcs11.NewAttribute(pkcs11.CKA_ALWAYS_AUTHENTICATE, true))
	m, err := acquire(h.Module)
	if err != nil {
		t.Fatal(err)
	}
	err = h.session(m, "签章", pkcs11.CKU_USER, pin, func(session pkcs11.SessionHandle) error {
		_, failed := m.CreateObject(session, template)
		if failed == nil {
			_, failed = m.CreateObject(session, append(certificateTemplate(selfSigned(t, key, "签名")), identified("签名", []byte("签名"))...))
		}
		return failed
	})
	if err := errors.Join(err, m.release()); err != nil {
		t.Fatal(err)
	}
}

// TestPINForEachSignature has a key with CKA_ALWAYS_AUTHENTICATE: each signature is an attempt of its own.
func TestPINForEachSignature(t *testing.T) {
	h, asked := softHSM(t), 0
	always(t, h)
	token := openToken(t, authorized(Config{Module: h.Module, TokenLabel: "签章", ObjectLabel: "签名"}, &asked))
	key, err := token.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := signOnce(t, key); err != nil {
			t.Error(err)
		}
	}
	if asked != 3 {
		t.Errorf("the PIN was asked for %d times, want once for the login and once for each signature", asked)
	}
	token.config.Authorize = func(ctx context.Context, try func(context.Context, []byte, bool) error) error {
		return try(ctx, []byte("000000"), false)
	}
	for range 2 {
		if err := signOnce(t, key); !errors.Is(err, ErrPIN) {
			t.Errorf("with a wrong PIN: %v", err)
		}
	}
	if !token.Refused() {
		t.Error("a refused PIN would be tried again")
	}
}

// TestSetPIN changes the PIN; a wrong old one is tried once.
func TestSetPIN(t *testing.T) {
	h := softHSM(t)
	token := openToken(t, Config{Module: h.Module, TokenLabel: "签章"})
	if err := token.SetPIN(t.Context(), []byte(pin), []byte("Neu-123456")); err != nil {
		t.Fatal(err)
	}
	if err := token.Login(t.Context(), "Neu-123456"); err != nil {
		t.Error(err)
	}
	other := openToken(t, Config{Module: h.Module, TokenLabel: "签章"})
	for range 2 {
		if err := other.SetPIN(t.Context(), []byte(pin), []byte("Neuer-123456")); !errors.Is(err, ErrPIN) {
			t.Errorf("with the old PIN: %v", err)
		}
	}
}
