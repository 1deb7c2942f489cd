package cms_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var content = []byte("合同正文：小山层\n")

func newCA(t testing.TB) *signtest.CA {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment})
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t testing.TB, ca *signtest.CA, kind signtest.KeyKind) *signtest.Identity {
	t.Helper()
	identity, err := ca.Organization(kind)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func digestOf(data []byte) func(crypto.Hash) ([]byte, error) {
	return func(h crypto.Hash) ([]byte, error) {
		hash, ok := cms.NewHash(h)
		if !ok {
			return nil, errors.New("no such digest")
		}
		hash.Write(data)
		return hash.Sum(nil), nil
	}
}

// request asks for a signature over content.
func request(t testing.TB, id *signtest.Identity, bend func(*cms.Request)) cms.Request {
	t.Helper()
	r := cms.Request{Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain, Profile: cms.CAdES}
	if bend != nil {
		bend(&r)
	}
	r.Hash = r.DigestHash()
	r.Digest, _ = digestOf(content)(r.Hash)
	return r
}

func sign(t testing.TB, r cms.Request) []byte {
	t.Helper()
	der, err := cms.Sign(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var kinds = []struct {
	name string
	key  signtest.KeyKind
	bend func(*cms.Request)
}{
	{"RSA", signtest.RSA2048, nil},
	{"RSA SHA-512", signtest.RSA2048, func(r *cms.Request) { r.Hash = crypto.SHA512 }},
	{"PSS", signtest.RSA2048, func(r *cms.Request) { r.PSS = true }},
	{"PSS SHA-384", signtest.RSA2048, func(r *cms.Request) { r.PSS, r.Hash = true, crypto.SHA384 }},
	{"P-256", signtest.P256, nil},
	{"SM2", signtest.SM2, nil},
	{"P-384", signtest.P384, func(r *cms.Request) { r.Hash = crypto.SHA384 }},
	{"P-521", signtest.P521, func(r *cms.Request) { r.Hash = crypto.SHA512 }},
	{"Ed25519", signtest.Ed25519, nil},
	{"PKCS7 without time", signtest.P256, func(r *cms.Request) { r.Profile = cms.PKCS7 }},
	{"PKCS7 with time", signtest.RSA2048, func(r *cms.Request) { r.Profile, r.SigningTime = cms.PKCS7, moment }},
	{"no chain", signtest.P256, func(r *cms.Request) { r.Chain = nil }},
}

func TestSignedIsReadAndHolds(t *testing.T) {
	ca := newCA(t)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			id := issue(t, ca, k.key)
			r := request(t, id, k.bend)
			der := sign(t, r)
			signed, err := cms.Parse(append(bytes.Clone(der), 0, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if signed.Length != len(der) || !signed.Detached() {
				t.Errorf("length %d of %d, detached %v", signed.Length, len(der), signed.Detached())
			}
			if cert := signed.SignerCertificate(); cert == nil || !cert.Equal(id.Certificate) {
				t.Error("signer's certificate not found")
			}
			if at, ok := signed.Signer.SigningTime(); ok != !r.SigningTime.IsZero() || ok && !at.Equal(moment) {
				t.Errorf("signing time %v, %v", at, ok)
			}
			findings, err := signed.Check(digestOf(content), cms.CheckOptions{RequireESS: true})
			if err != nil || len(findings) > 0 {
				t.Errorf("findings %v, error %v", findings, err)
			}
			findings, err = signed.Check(digestOf([]byte("other")), cms.CheckOptions{})
			if err != nil || !findings.Has(cms.MessageDigest) {
				t.Errorf("other content: findings %v, error %v", findings, err)
			}
			checkSize(t, r, der)
		})
	}
}

// checkSize sees that the computed size bounds the real one, closely.
func checkSize(t *testing.T, r cms.Request, der []byte) {
	t.Helper()
	size, err := cms.Size(r, 0)
	if err != nil || size < len(der) || size > len(der)+12 {
		t.Errorf("size %d for %d octets: %v", size, len(der), err)
	}
}

func TestSignRefuses(t *testing.T) {
	ca := newCA(t)
	id, other := issue(t, ca, signtest.P256), issue(t, ca, signtest.P256)
	for name, bend := range map[string]func(*cms.Request){
		"key of another":      func(r *cms.Request) { r.Key = other.Signer },
		"no key":              func(r *cms.Request) { r.Key = nil },
		"no profile":          func(r *cms.Request) { r.Profile = "" },
		"time in CAdES":       func(r *cms.Request) { r.SigningTime = moment },
		"SHA-1":               func(r *cms.Request) { r.Hash = crypto.SHA1 },
		"PSS with EC":         func(r *cms.Request) { r.PSS = true },
		"wrong digest length": func(r *cms.Request) { r.Digest = r.Digest[1:] },
		"lying key":           func(r *cms.Request) { r.Key = liar{id.Signer} },
		"failing timestamp": func(r *cms.Request) {
			r.Timestamp = func(context.Context, []byte, crypto.Hash) ([]byte, error) { return nil, errors.New("down") }
		},
	} {
		r := request(t, id, nil)
		bend(&r)
		if der, err := cms.Sign(context.Background(), r); err == nil || der != nil {
			t.Errorf("%s: signed", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := cms.Sign(ctx, request(t, id, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// liar is a key that signs something else, as a broken token does.
type liar struct{ crypto.Signer }

func (l liar) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	wrong := sha256.Sum256(digest)
	return l.Signer.Sign(rand, wrong[:], opts)
}

func needOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
