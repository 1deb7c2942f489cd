//go:build cgo && unix

package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func selfSigned(t testing.TB, key crypto.Signer, name string) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Unix(0, 0),
	}
	template.NotAfter = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const pin = "654321"

// softHSM makes one token with an RSA and a P-256 key.
func softHSM(t testing.TB) *SoftHSM {
	t.Helper()
	t.Setenv("SOFTHSM2_CONF", "") // Restores it at the end.
	h, err := NewSoftHSM(t.TempDir())
	if errors.Is(err, ErrMissing) {
		if os.Getenv("CI") != "" {
			t.Fatal("SoftHSM2 is missing (Debian: softhsm2)")
		}
		t.Skip("SoftHSM2 is missing (Debian: softhsm2)")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Init("签章", pin); err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := selfSigned(t, ecKey, "根")
	for label, key := range map[string]crypto.Signer{"机构": rsaKey, "员工": ecKey} {
		err := h.Import(t.Context(), "签章", pin, label, []byte(label), key, selfSigned(t, key, label), issuer)
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func openToken(t testing.TB, c Config) *Token {
	t.Helper()
	token, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := token.Close(); err != nil {
			t.Error(err)
		}
	})
	return token
}

func TestSignOnSoftHSM(t *testing.T) {
	h := softHSM(t)
	digest := sha256.Sum256([]byte("合同"))
	tests := []struct {
		label string
		opts  crypto.SignerOpts
	}{
		{"机构", crypto.SHA256},
		{"机构", &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
		{"员工", crypto.SHA256},
	}
	for i, test := range tests {
		token := openToken(t, Config{Module: h.Module, TokenLabel: "签章", ObjectLabel: test.label, Sessions: 2})
		if _, err := token.Key(t.Context()); i == 0 && !errors.Is(err, ErrLogin) {
			t.Errorf("%s before the login: %v", test.label, err)
		}
		if err := token.Login(t.Context(), pin); err != nil {
			t.Fatal(err)
		}
		key, err := token.Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if key.Certificate.Subject.CommonName != test.label || len(key.Chain) == 0 {
			t.Errorf("%s: certificate of %s, %d issuers", test.label, key.Certificate.Subject, len(key.Chain))
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				signature, err := key.Sign(rand.Reader, digest[:], test.opts)
				if err != nil {
					t.Error(err)
				} else if err := verify(key.Public(), digest[:], signature, test.opts); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
}

func TestPINIsTriedOnce(t *testing.T) {
	h := softHSM(t)
	token := openToken(t, Config{Module: h.Module, TokenLabel: "签章"})
	if err := token.Login(t.Context(), ""); !errors.Is(err, ErrPIN) {
		t.Errorf("empty PIN: %v", err)
	}
	if err := token.Login(t.Context(), "000000"); !errors.Is(err, ErrPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
	err := token.Login(t.Context(), pin)
	if !errors.Is(err, ErrPIN) || !strings.Contains(err.Error(), "not tried again") {
		t.Errorf("after a refusal even the right PIN must not be tried: %v", err)
	}
	info, err := token.Info(t.Context())
	if err != nil || !info.PIN.CountLow || info.PIN.FinalTry {
		t.Errorf("state after a wrong PIN: %+v, %v", info.PIN, err)
	}
}

func TestChoice(t *testing.T) {
	h := softHSM(t)
	tests := []struct {
		config Config
		open   error
		key    error
	}{
		{Config{TokenLabel: "另一个"}, ErrMissing, nil},
		{Config{TokenLabel: "签章"}, nil, ErrAmbiguous},
		{Config{TokenLabel: "签章", ID: []byte("员工")}, nil, nil},
		{Config{TokenLabel: "签章", ObjectLabel: "财务"}, nil, ErrMissing},
	}
	for _, test := range tests {
		test.config.Module = h.Module
		token, err := Open(t.Context(), test.config)
		if !errors.Is(err, test.open) {
			t.Errorf("%+v: open: %v", test.config, err)
		}
		if err != nil {
			continue
		}
		if err := token.Login(t.Context(), pin); err != nil {
			t.Fatal(err)
		}
		if _, err := token.Key(t.Context()); !errors.Is(err, test.key) {
			t.Errorf("%+v: key: %v", test.config, err)
		}
		if err := token.Close(); err != nil {
			t.Error(err)
		}
		if _, err := token.Info(t.Context()); !errors.Is(err, ErrRemoved) {
			t.Errorf("a closed token answers: %v", err)
		}
	}
	if _, err := Open(t.Context(), Config{Module: "/nowhere/module.so"}); !errors.Is(err, ErrModule) {
		t.Errorf("missing module: %v", err)
	}
	infos, err := List(t.Context(), h.Module)
	if err != nil || len(infos) != 1 || infos[0].Label != "签章" {
		t.Errorf("list: %+v, %v", infos, err)
	}
}

func TestCertificatesAreListed(t *testing.T) {
	h := softHSM(t)
	token := openToken(t, Config{Module: h.Module})
	if err := token.Login(t.Context(), pin); err != nil {
		t.Fatal(err)
	}
	objects, err := token.Certificates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	withKey := 0
	for _, o := range objects {
		if o.HasKey {
			withKey++
		}
	}
	if len(objects) != 4 || withKey != 2 {
		t.Errorf("%d certificates, %d with a key; want 4 and 2", len(objects), withKey)
	}
}
