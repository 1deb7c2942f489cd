package cms_test

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

// Object identifiers as they stand in DER, replaced by others of the same length.
var (
	curveP256 = []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}
	curveSM2  = []byte{0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d}
	sha256OID = []byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}
	shakeOID  = []byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 12}
)

// TestUnsupportedIsNamed sees that curves and digests that are not supported are named, never called broken.
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
		{"point that is none of SM2's curve", replace(curveP256, curveSM2), "SM2"},
		{"SHAKE256", replace(sha256OID, shakeOID), "SHAKE256"},
		{"unknown curve", replace(curveP256, []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 0x7f}), "1.2.840.10045.3.1.127"},
	} {
		findings := check(t, c.der, cms.CheckOptions{})
		if !findings.Unsupported() || !strings.Contains(findings[0].Detail, c.want) {
			t.Errorf("%s: %v", c.name, findings)
		}
	}
}

// TestAlgorithmsDoNotMix: a key makes signatures of its own kind and no others.
func TestAlgorithmsDoNotMix(t *testing.T) {
	ca := newCA(t)
	national := issue(t, ca, signtest.SM2)
	signed := parse(t, sign(t, request(t, national, nil)))
	signed.Signer.Signature.OID = []int{1, 2, 840, 10045, 4, 3, 2}
	signed.Signer.Signature.Hash = cms.SM3
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.SignatureValue) {
		t.Errorf("ECDSA with an SM2 key: %v, %v", findings, err)
	}
	curve := parse(t, sign(t, request(t, issue(t, ca, signtest.P256), nil)))
	curve.Signer.Signature.OID, curve.Signer.Signature.Hash = []int{1, 2, 156, 10197, 1, 501}, crypto.SHA256
	if findings, err := curve.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.SignatureValue) {
		t.Errorf("SM2 with a P-256 key: %v, %v", findings, err)
	}
	wrong := request(t, national, nil)
	wrong.Hash, wrong.Digest = crypto.SHA256, make([]byte, 32)
	if _, err := cms.Sign(t.Context(), wrong); err == nil {
		t.Error("SM2 is signed over SHA-256")
	}
}

// TestNationalForms reads the forms in which SM2 stands in PDFs: with signed attributes, without them, and over the digest
// inside (GM/T 0010); of content that is theirs and of other content.
func TestNationalForms(t *testing.T) {
	id := issue(t, newNationalCA(t), signtest.SM2)
	digest, err := digestOf(content)(cms.SM3)
	if err != nil {
		t.Fatal(err)
	}
	prefixed := func(data []byte) func([]byte) ([]byte, error) {
		return func(prefix []byte) ([]byte, error) { return digestOf(append(bytes.Clone(prefix), data...))(cms.SM3) }
	}
	for _, c := range []struct {
		name string
		der  []byte
		want cms.Code // When the content is another.
	}{
		{"signed attributes", sign(t, request(t, id, nil)), cms.MessageDigest},
		{"no signed attributes", signtest.BareSM2(t, id, content, nil, false), cms.SignatureValue},
		{"no signed attributes, GM content types", signtest.BareSM2(t, id, content, nil, true), cms.SignatureValue},
		{"digest inside", signtest.BareSM2(t, id, digest, digest, true), cms.MessageDigest},
		{"digest inside, plain content types", signtest.BareSM2(t, id, digest, digest, false), cms.MessageDigest},
	} {
		signed := parse(t, c.der)
		findings, err := signed.Check(digestOf(content), cms.CheckOptions{Prefixed: prefixed(content)})
		if err != nil || len(findings) > 0 {
			t.Errorf("%s: %v, %v", c.name, findings, err)
		}
		findings, err = signed.Check(digestOf([]byte("another")), cms.CheckOptions{Prefixed: prefixed([]byte("another"))})
		if err != nil || !findings.Has(c.want) {
			t.Errorf("%s, other content: %v, %v", c.name, findings, err)
		}
	}
	bare := parse(t, signtest.BareSM2(t, id, content, nil, false))
	if findings, err := bare.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Unsupported() {
		t.Errorf("without a way to digest behind Z: %v, %v", findings, err)
	}
}

func newNationalCA(t *testing.T) *signtest.CA {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// TestOpenSSLAgreesOnSM2 has openssl verify the signed attributes, which is all that it can: its CMS knows no SM2.
func TestOpenSSLAgreesOnSM2(t *testing.T) {
	needOpenSSL(t)
	ca := newNationalCA(t)
	id, dir := issue(t, ca, signtest.SM2), t.TempDir()
	signed := parse(t, sign(t, request(t, id, nil)))
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: id.Certificate.RawSubjectPublicKeyInfo}))
	attributes, value := file("attributes", signed.Signer.SignedDER()), file("value", signed.Signer.Value)
	out, err := exec.Command("openssl", "dgst", "-sm3", "-verify", public, "-sigopt", "distid:1234567812345678", "-signature", value, attributes).CombinedOutput()
	if err != nil {
		t.Errorf("openssl dgst: %v\n%s", err, out)
	}
	root, leaf, chain := filepath.Join(dir, "root.pem"), filepath.Join(dir, "leaf.pem"), filepath.Join(dir, "chain.pem")
	if err := errors.Join(ca.WriteRoot(root), signtest.WriteCertificates(leaf, id.Certificate), signtest.WriteCertificates(chain, ca.Intermediate)); err != nil {
		t.Fatal(err)
	}
	// Only of the certificate at the end does openssl 3.0 take the identity: one step at a time.
	for _, step := range [][]string{{"-CAfile", root, chain}, {"-partial_chain", "-trusted", chain, leaf}} {
		args := append([]string{"verify", "-attime", "1795435200", "-vfyopt", "distid:1234567812345678"}, step...)
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %v: %v\n%s", args, err, out)
		}
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
		if err != nil || a.Name != want || (a.Hash != 0) != (want == "SHA-256" || want == "SM3") {
			t.Errorf("%x: %+v, %v", der, a, err)
		}
	}
	if _, err := cms.ParseDigest([]byte("x")); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("garbage: %v", err)
	}
}
