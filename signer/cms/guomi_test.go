package cms_test

import (
	"bytes"
	"crypto"
	"errors"
	"strings"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

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
