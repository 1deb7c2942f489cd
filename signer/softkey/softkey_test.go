package softkey_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/softkey"
)

const pin = "密码 123456"

func identity(t *testing.T, kind signtest.KeyKind) *signtest.Identity {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := ca.Organization(kind)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	for _, kind := range []signtest.KeyKind{signtest.RSA2048, signtest.P256, signtest.Ed25519} {
		id, dir := identity(t, kind), t.TempDir()
		p12, pemFile := filepath.Join(dir, "机构.p12"), filepath.Join(dir, "机构.pem")
		must(t, id.WritePKCS12(p12, pin))
		must(t, id.WritePEM(pemFile))
		for _, file := range []string{p12, pemFile} {
			key, err := softkey.Open(file, pin)
			must(t, err)
			if !key.Certificate.Equal(id.Certificate) || len(key.Chain) != 2 || len(key.Warnings) != 0 {
				t.Errorf("%s %s: certificate %v, chain of %d, warnings %v", kind, filepath.Base(file), key.Certificate.Subject, len(key.Chain), key.Warnings)
			}
		}
	}
}

func TestOpenWarnsOfMode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	must(t, identity(t, signtest.P256).WritePEM(file))
	must(t, os.Chmod(file, 0o640))
	key, err := softkey.Open(file, "")
	must(t, err)
	if len(key.Warnings) != 1 || key.Warnings[0] != softkey.WorldReadable {
		t.Errorf("warnings %v", key.Warnings)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	id, other := identity(t, signtest.P256), identity(t, signtest.P256)
	p12 := filepath.Join(dir, "key.p12")
	must(t, id.WritePKCS12(p12, pin))
	whole, err := os.ReadFile(p12)
	must(t, err)
	stranger := signtest.Identity{Signer: id.Signer, Certificate: other.Certificate}
	must(t, stranger.WritePEM(filepath.Join(dir, "stranger.pem")))
	strangers := filepath.Join(dir, "stranger.p12")
	must(t, stranger.WritePKCS12(strangers, pin))
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{0x30, 0}})
	pkcs8, err := x509.MarshalPKCS8PrivateKey(id.Signer)
	must(t, err)
	bare := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, softkey.ErrFormat},
		{"text", []byte("not a key"), softkey.ErrFormat},
		{"truncated.p12", whole[:len(whole)/2], softkey.ErrFormat},
		{"too-large", make([]byte, 2<<20), softkey.ErrFormat},
		{"encrypted.pem", encrypted, softkey.ErrFormat},
		{"bare.pem", bare, softkey.ErrNoKey},
		{"two-keys.pem", bytes.Repeat(bare, 2), softkey.ErrFormat},
		{"no-key.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw}), softkey.ErrNoKey},
	} {
		file := filepath.Join(dir, c.name)
		must(t, os.WriteFile(file, c.data, 0o600))
		if _, err := softkey.Open(file, pin); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for file, want := range map[string]error{
		filepath.Join(dir, "stranger.pem"): softkey.ErrNoKey,
		strangers:                          softkey.ErrNoKey,
		filepath.Join(dir, "missing"):      fs.ErrNotExist,
		dir:                                softkey.ErrFormat,
	} {
		if _, err := softkey.Open(file, pin); !errors.Is(err, want) {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	if _, err := softkey.Open(p12, "wrong"); !errors.Is(err, softkey.ErrPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
}

// TestOpenReadsOpenSSL reads what openssl pkcs12 writes, with its old and its new ciphers.
func TestOpenReadsOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	id, dir := identity(t, signtest.RSA2048), t.TempDir()
	in, out := filepath.Join(dir, "in.pem"), filepath.Join(dir, "out.p12")
	must(t, id.WritePEM(in))
	for _, extra := range [][]string{nil, {"-legacy"}, {"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"}} {
		args := append([]string{"pkcs12", "-export", "-in", in, "-out", out, "-passout", "pass:123456"}, extra...)
		if text, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", extra, err, text)
		}
		key, err := softkey.Open(out, "123456")
		if err != nil || !key.Certificate.Equal(id.Certificate) {
			t.Errorf("openssl %v: %v", extra, err)
		}
		if _, err := softkey.Open(out, "654321"); !errors.Is(err, softkey.ErrPIN) {
			t.Errorf("openssl %v, wrong PIN: %v", extra, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte{0x30, 0x80, 0, 0})
	file := filepath.Join(f.TempDir(), "key")
	f.Fuzz(func(t *testing.T, data []byte) {
		must(t, os.WriteFile(file, data, 0o600))
		if key, err := softkey.Open(file, pin); err == nil && key.Certificate == nil {
			t.Error("a key without its certificate")
		}
	})
}
