package cms_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

func parse(t testing.TB, der []byte) *cms.SignedData {
	t.Helper()
	signed, err := cms.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func check(t testing.TB, der []byte, opts cms.CheckOptions) cms.Findings {
	t.Helper()
	findings, err := parse(t, der).Check(digestOf(content), opts)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// TestTampering changes one thing at a time in a good signature.
func TestTampering(t *testing.T) {
	ca := newCA(t)
	id, other := issue(t, ca, signtest.P256), issue(t, ca, signtest.P256)
	good := sign(t, request(t, id, nil))
	signed := parse(t, good)
	digest := sha256.Sum256(content)
	certHash := sha256.Sum256(id.Certificate.Raw)
	swap := func(old, replacement []byte) []byte {
		if len(old) != len(replacement) || bytes.Count(good, old) != 1 {
			t.Fatalf("%x does not occur once", old)
		}
		return bytes.Replace(good, old, replacement, 1)
	}
	flip := func(old []byte) []byte {
		changed := bytes.Clone(old)
		changed[len(changed)-1] ^= 1
		return swap(old, changed)
	}
	oid := func(o asn1.ObjectIdentifier) []byte {
		der, err := asn1.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for _, c := range []struct {
		name string
		der  []byte
		want cms.Code
	}{
		{"control", good, ""},
		{"signature value", flip(signed.Signer.Value), cms.SignatureValue},
		{"message-digest", flip(digest[:]), cms.MessageDigest},
		{"ESS hash", flip(certHash[:]), cms.SignerMismatch},
		{"content-type missing", swap(oid(cms.OIDContentType), oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 99})), cms.ContentType},
		{"message-digest missing", swap(oid(cms.OIDMessageDigest), oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 99})), cms.MessageDigest},
		{"content-type doubled", swap(oid(cms.OIDMessageDigest), oid(cms.OIDContentType)), cms.ContentType},
		{"ESS missing", swap(oid(cms.OIDSigningCertificateV2), oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 99})), cms.MissingESS},
		{"certificate altered", flip(id.Certificate.Signature), cms.SignerMismatch},
	} {
		if got := check(t, c.der, cms.CheckOptions{RequireESS: true}); c.want == "" != (len(got) == 0) || c.want != "" && !got.Has(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// The certificate of another key under the signer's name: a rogue signer beside a foreign certificate.
	r := request(t, id, nil)
	r.Certificate = other.Certificate
	if der, err := cms.Sign(context.Background(), r); err == nil || der != nil {
		t.Error("signed in another's name")
	}
}

// TestForeignCertificateProvesNothing embeds a trusted certificate beside a signer who is not in the structure.
func TestForeignCertificateProvesNothing(t *testing.T) {
	ca := newCA(t)
	id, foreign := issue(t, ca, signtest.P256), issue(t, ca, signtest.P256)
	r := request(t, id, nil)
	r.Chain = []*x509.Certificate{foreign.Certificate}
	signed := parse(t, sign(t, r))
	signed.Certificates = []*x509.Certificate{foreign.Certificate}
	findings, err := signed.Check(digestOf(content), cms.CheckOptions{})
	if err != nil || !findings.Has(cms.NoCertificate) || signed.SignerCertificate() != nil {
		t.Errorf("%v, %v", findings, err)
	}
	further := cms.CheckOptions{Certificates: []*x509.Certificate{id.Certificate}}
	if findings, err := signed.Check(digestOf(content), further); err != nil || len(findings) > 0 {
		t.Errorf("with the certificate from elsewhere: %v, %v", findings, err)
	}
}

// TestAmbiguousSigner embeds a second certificate with the signer's issuer and serial number.
func TestAmbiguousSigner(t *testing.T) {
	ca := newCA(t)
	id, twin := issue(t, ca, signtest.P256), issue(t, ca, signtest.P256)
	clone := *twin.Certificate
	clone.SerialNumber = id.Certificate.SerialNumber
	signed := parse(t, sign(t, request(t, id, nil)))
	signed.Certificates = append([]*x509.Certificate{&clone}, signed.Certificates...)
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || len(findings) > 0 {
		t.Errorf("ESS tells them apart: %v, %v", findings, err)
	}
	if cert := signed.SignerCertificate(); cert == nil || !cert.Equal(id.Certificate) {
		t.Error("the twin was taken for the signer")
	}
	signed.Signer.Signed = signed.Signer.Signed[:0:0]
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.AmbiguousSigner) {
		t.Errorf("without ESS: %v, %v", findings, err)
	}
}

func TestContentGiven(t *testing.T) {
	ca := newCA(t)
	signed := parse(t, sign(t, request(t, issue(t, ca, signtest.P256), nil)))
	if _, err := signed.Check(nil, cms.CheckOptions{}); err == nil {
		t.Error("a detached signature is judged without content")
	}
	broken := errors.New("disk")
	if _, err := signed.Check(func(crypto.Hash) ([]byte, error) { return nil, broken }, cms.CheckOptions{}); !errors.Is(err, broken) {
		t.Errorf("digest that fails: %v", err)
	}
	signed.EContent = content
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.NotDetached) {
		t.Errorf("content of its own: %v, %v", findings, err)
	}
}

// TestTimestampAttribute adds a token and finds it again, within the computed size.
func TestTimestampAttribute(t *testing.T) {
	ca := newCA(t)
	authority, err := signtest.NewTSA(ca, signtest.RSA2048, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := request(t, issue(t, ca, signtest.RSA2048), nil)
	var token []byte
	var imprint []byte
	r.Timestamp = func(_ context.Context, digest []byte, h crypto.Hash) ([]byte, error) {
		imprint = digest
		token, err = authority.Token(digest, h)
		return token, err
	}
	der := sign(t, r)
	signed := parse(t, der)
	tokens := signed.Signer.TimestampTokens()
	if len(tokens) != 1 || !bytes.Equal(tokens[0], token) {
		t.Fatalf("%d tokens", len(tokens))
	}
	if want := sha256.Sum256(signed.Signer.Value); !bytes.Equal(imprint, want[:]) {
		t.Error("the imprint is not that of the signature value")
	}
	if findings := check(t, der, cms.CheckOptions{RequireESS: true}); len(findings) > 0 {
		t.Errorf("%v", findings)
	}
	if size, err := cms.Size(r, len(token)); err != nil || size != len(der) {
		t.Errorf("size %d for %d octets: %v", size, len(der), err)
	}
	stamp := parse(t, token)
	if findings, err := stamp.Check(nil, cms.CheckOptions{RequireESS: true}); err != nil || len(findings) > 0 {
		t.Errorf("token: %v, %v", findings, err)
	}
}
