package cms_test

import (
	"bytes"
	"crypto"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// Object identifiers as they stand in DER, replaced by others of the same length.
var (
	curveP256   = []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}
	curveSM2    = []byte{0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d}
	ecdsaSHA256 = []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}
	sm2SM3      = []byte{6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75}
	sha256OID   = []byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}
	sm3OID      = []byte{6, 0x81, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x11}
)

// TestUnsupportedIsNamed sees that Chinese and unknown algorithms are named, never called broken.
func TestUnsupportedIsNamed(t *testing.T) {
	ca := newCA(t)
	id := issue(t, ca, signtest.P256)
	good := sign(t, request(t, id, func(r *cms.Request) { r.Chain = nil }))
	replace := func(pairs ...[]byte) []byte {
		out := good
		for i := 0; i < len(pairs); i += 2 {
			if !bytes.Contains(out, pairs[i]) {
				t.Fatalf("%x not found", pairs[i])
			}
			out = bytes.ReplaceAll(out, pairs[i], pairs[i+1])
		}
		return out
	}
	for _, c := range []struct {
		name string
		der  []byte
		want string
	}{
		{"SM2 certificate", replace(curveP256, curveSM2), "SM2"},
		{"SM2 all over", replace(curveP256, curveSM2, ecdsaSHA256, sm2SM3, sha256OID, sm3OID), "SM3 with signature algorithm SM2 with SM3"},
		{"SM3 digest", replace(sha256OID, sm3OID), "SM3"},
		{"unknown curve", replace(curveP256, []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 0x7f}), "1.2.840.10045.3.1.127"},
	} {
		findings := check(t, c.der, cms.CheckOptions{})
		if !findings.Unsupported() || !strings.Contains(findings[0].Detail, c.want) {
			t.Errorf("%s: %v", c.name, findings)
		}
	}
	signed := parse(t, good)
	signed.Signer.Signature.OID = []int{1, 2, 156, 10197, 1, 501}
	signed.Signer.Signature.Name = "SM2 with SM3"
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Unsupported() {
		t.Errorf("SM2 signature: %v, %v", findings, err)
	}
	if findings, err := signed.Check(digestOf(nil), cms.CheckOptions{}); err != nil || !findings.Has(cms.MessageDigest) {
		t.Errorf("SM2 signature over other content: %v, %v", findings, err)
	}
}

// TestAlgorithmsInCertificates looks at the names that policy judges by.
func TestAlgorithmsInCertificates(t *testing.T) {
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment, Key: signtest.RSA2048, PSS: true})
	if err != nil {
		t.Fatal(err)
	}
	id := issue(t, ca, signtest.P256)
	if a := cms.CertificateAlgorithm(id.Certificate); a.Name != "RSASSA-PSS" || a.Hash != crypto.SHA256 {
		t.Errorf("%+v", a)
	}
	if findings := cms.CheckIssued(id.Certificate, ca.Intermediate); len(findings) > 0 {
		t.Errorf("%v", findings)
	}
	if findings := cms.CheckIssued(id.Certificate, ca.Root); !findings.Has(cms.SignatureValue) {
		t.Errorf("another issuer: %v", findings)
	}
	for der, want := range map[string]string{
		"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01":         "SHA-256",
		"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00": "SHA-256",
		"\x30\x0a\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x11":             "SM3",
		"\x30\x04\x06\x02\x2a\x03":                                     "1.2.3",
	} {
		a, err := cms.ParseDigest([]byte(der))
		if err != nil || a.Name != want || (a.Hash != 0) != (want == "SHA-256") {
			t.Errorf("%x: %+v, %v", der, a, err)
		}
	}
	if _, err := cms.ParseDigest([]byte("x")); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("garbage: %v", err)
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
