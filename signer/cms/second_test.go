package cms_test

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"contractd/signer/signtest"

	"github.com/digitorus/pkcs7"
)

// TestOpenSSLVerifies has another implementation read what Sign writes.
func TestOpenSSLVerifies(t *testing.T) {
	needOpenSSL(t)
	ca := newCA(t)
	dir := t.TempDir()
	trusted := filepath.Join(dir, "trusted.pem")
	if err := signtest.WriteCertificates(trusted, ca.Chain()...); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if k.key == signtest.Ed25519 {
			continue // OpenSSL before 3.2 cannot; the corpus has Ed25519 by another implementation.
		}
		if k.key == signtest.SM2 {
			continue // Its CMS knows none; TestOpenSSLAgreesOnSM2 has it verify the signature itself.
		}
		t.Run(k.name, func(t *testing.T) {
			r := request(t, issue(t, ca, k.key), k.bend)
			sig, data := filepath.Join(dir, "sig.der"), filepath.Join(dir, "data")
			write(t, sig, sign(t, r))
			write(t, data, content)
			args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", sig, "-content", data,
				"-CAfile", trusted, "-purpose", "any", "-attime", "1795435200", "-out", os.DevNull}
			if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
				t.Errorf("openssl cms -verify: %v\n%s", err, out)
			}
		})
	}
}

func TestDigitorusVerifies(t *testing.T) {
	ca := newCA(t)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Root)
	for _, k := range kinds[:2] {
		p7, err := pkcs7.Parse(sign(t, request(t, issue(t, ca, k.key), k.bend)))
		if err != nil {
			t.Fatal(err)
		}
		p7.Content = content
		if err := p7.VerifyWithChainAtTime(pool, moment); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
}
