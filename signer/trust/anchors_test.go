package trust_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/trust"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadAnchors(t *testing.T) {
	ca, dir := newCA(t, signtest.CAOptions{}), t.TempDir()
	must(t, ca.WriteRoot(filepath.Join(dir, "根证书.pem")))
	must(t, os.WriteFile(filepath.Join(dir, "issuing.cer"), ca.Intermediate.Raw, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "README"), []byte("not a certificate"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "sm2.crt"), unreadable(), 0o600))
	anchors, err := trust.LoadAnchors(dir, filepath.Join(dir, "根证书.pem"))
	must(t, err)
	if n := len(anchors.Certificates()); n != 2 || !anchors.Contains(ca.Root) || !anchors.Contains(ca.Intermediate) {
		t.Errorf("%d anchors", n)
	}
	if len(anchors.Unread()) != 1 {
		t.Errorf("unread %v", anchors.Unread())
	}
}

// unreadable is a PEM certificate that crypto/x509 refuses.
func unreadable() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 3, 2, 1, 5}})
}

func TestLoadAnchorsRefuses(t *testing.T) {
	dir := t.TempDir()
	empty, junk := filepath.Join(dir, "empty"), filepath.Join(dir, "sm2.pem")
	must(t, os.Mkdir(empty, 0o700))
	must(t, os.WriteFile(junk, unreadable(), 0o600))
	for path, want := range map[string]error{
		empty:                         trust.ErrNoAnchors,
		junk:                          trust.ErrNoAnchors,
		filepath.Join(dir, "missing"): fs.ErrNotExist,
	} {
		if _, err := trust.LoadAnchors(path); !errors.Is(err, want) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if _, err := trust.ParseAnchors(make([]byte, 5<<20)); err == nil {
		t.Error("5 MiB of anchors are read")
	}
}

func FuzzAnchors(f *testing.F) {
	ca := newCA(f, signtest.CAOptions{})
	f.Add(ca.Root.Raw)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Root.Raw}))
	f.Add(append(unreadable(), unreadable()...))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		anchors, err := trust.ParseAnchors(data)
		if err != nil {
			return
		}
		for _, cert := range anchors.Certificates() {
			if !anchors.Contains(cert) || len(trust.Fingerprint(cert)) != 64 {
				t.Error("an anchor that is none")
			}
			if subject := trust.Identity(cert); bytes.ContainsRune([]byte(subject.CommonName), '\n') {
				t.Error("a control character in a name")
			}
			trust.Path(cert, anchors.Certificates(), anchors, moment, trust.Sign)
		}
	})
}
