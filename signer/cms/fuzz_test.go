package cms_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

func FuzzParse(f *testing.F) {
	ca := newCA(f)
	id := issue(f, ca, signtest.P256)
	good := sign(f, request(f, id, nil))
	f.Add(good)
	f.Add(indefinite(f, good, 3))
	f.Add(indefinite(f, good, 9))
	f.Add(bytes.ReplaceAll(good, curveP256, curveSM2))
	f.Add(good[:len(good)/2])
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	pool := []*x509.Certificate{id.Certificate}
	f.Fuzz(func(t *testing.T, data []byte) {
		signed, err := cms.Parse(data)
		if err != nil {
			if !errors.Is(err, cms.ErrMalformed) {
				t.Errorf("an error that blames nobody: %v", err)
			}
			return
		}
		if signed.Length > len(data) || signed.Length <= 0 {
			t.Errorf("length %d of %d", signed.Length, len(data))
		}
		signed.SignerCertificate()
		signed.Signer.SigningTime()
		signed.Signer.TimestampTokens()
		signed.Signer.Revocation()
		if _, err := signed.Check(digestOf(content), cms.CheckOptions{Certificates: pool}); err != nil {
			t.Error(err)
		}
		if findings, err := signed.Check(digestOf([]byte("other")), cms.CheckOptions{}); err != nil || len(findings) == 0 {
			t.Errorf("a signature over nothing known holds: %v", err)
		}
	})
}
