package cms_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"

	"github.com/digitorus/pkcs7"
)

// TestReadsOpenSSL reads what openssl cms writes, attributes or none, streamed or not.
func TestReadsOpenSSL(t *testing.T) {
	needOpenSSL(t)
	ca, dir := newCA(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("data"), content)
	for _, c := range []struct {
		name  string
		key   signtest.KeyKind
		args  []string
		whole bool // The content is encapsulated.
	}{
		{"RSA", signtest.RSA2048, nil, false},
		{"RSA streamed with content", signtest.RSA2048, []string{"-stream", "-nodetach"}, true},
		{"RSA with content", signtest.RSA2048, []string{"-nodetach"}, true},
		{"RSA without attributes", signtest.RSA2048, []string{"-noattr"}, false},
		{"RSA by key identifier", signtest.RSA2048, []string{"-keyid"}, false},
		{"RSA SHA-1", signtest.RSA2048, []string{"-md", "sha1"}, false},
		{"RSA SHA3", signtest.RSA2048, []string{"-md", "sha3-256"}, false},
		{"RSA CAdES", signtest.RSA2048, []string{"-cades"}, false},
		{"PSS", signtest.RSA2048, []string{"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"}, false},
		{"PSS without attributes", signtest.RSA2048, []string{"-noattr", "-keyopt", "rsa_padding_mode:pss"}, false},
		{"P-256", signtest.P256, nil, false},
		{"P-384", signtest.P384, []string{"-md", "sha384"}, false},
		{"P-521 without attributes", signtest.P521, []string{"-md", "sha512", "-noattr"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := issue(t, ca, c.key)
			if err := id.WritePEM(in("key.pem")); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"cms", "-sign", "-binary", "-outform", "DER", "-in", in("data"), "-out", in("sig"), "-signer", in("key.pem")}, c.args...)
			if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
				t.Fatalf("openssl: %v\n%s", err, out)
			}
			der, err := os.ReadFile(in("sig"))
			if err != nil {
				t.Fatal(err)
			}
			signed := parse(t, append(der, 0, 0))
			outside := digestOf(content)
			if c.whole {
				outside = nil
			}
			if signed.Length != len(der) || signed.Detached() == c.whole {
				t.Errorf("length %d of %d, detached %v", signed.Length, len(der), signed.Detached())
			}
			if findings, err := signed.Check(outside, cms.CheckOptions{}); err != nil || len(findings) > 0 {
				t.Errorf("%v, %v", findings, err)
			}
			if c.whole {
				return
			}
			if findings, err := signed.Check(digestOf([]byte("x")), cms.CheckOptions{}); err != nil || len(findings) == 0 || findings.Unsupported() {
				t.Errorf("other content: %v, %v", findings, err)
			}
		})
	}
}

// TestPSSBeyondCryptoRSA takes a mask digest that crypto/rsa cannot do: named, not broken.
func TestPSSBeyondCryptoRSA(t *testing.T) {
	needOpenSSL(t)
	ca, dir := newCA(t), t.TempDir()
	key, data, sig := filepath.Join(dir, "key.pem"), filepath.Join(dir, "data"), filepath.Join(dir, "sig")
	write(t, data, content)
	if err := issue(t, ca, signtest.RSA2048).WritePEM(key); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", data, "-out", sig, "-signer", key,
		"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_mgf1_md:sha512").CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	der, err := os.ReadFile(sig)
	if err != nil {
		t.Fatal(err)
	}
	if findings := check(t, der, cms.CheckOptions{}); !findings.Unsupported() {
		t.Errorf("%v", findings)
	}
}

func TestReadsDigitorus(t *testing.T) {
	ca := newCA(t)
	for _, key := range []signtest.KeyKind{signtest.RSA2048, signtest.P256} {
		id := issue(t, ca, key)
		data, err := pkcs7.NewSignedData(content)
		if err != nil {
			t.Fatal(err)
		}
		data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		if err := data.AddSignerChain(id.Certificate, id.Signer, id.Chain[:1], pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
		data.Detach()
		der, err := data.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if findings := check(t, der, cms.CheckOptions{}); len(findings) > 0 {
			t.Errorf("%s: %v", key, findings)
		}
		if findings := check(t, der, cms.CheckOptions{RequireESS: true}); !findings.Has(cms.MissingESS) {
			t.Errorf("%s: ESS demanded: %v", key, findings)
		}
	}
}

// withoutAttributes signs content with another implementation, without signed attributes.
func withoutAttributes(t *testing.T, id *signtest.Identity) []byte {
	t.Helper()
	data, err := pkcs7.NewSignedData(content)
	if err != nil {
		t.Fatal(err)
	}
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := data.SignWithoutAttr(id.Certificate, id.Signer, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	data.Detach()
	der, err := data.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return der
}
