package cms_test

import (
	"errors"
	"io/fs"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// protection encodes CMSAlgorithmProtection out of two AlgorithmIdentifiers' contents.
func protection(t *testing.T, digest, signature []int) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(digest) })
		b.AddASN1(cbasn1.Tag(1).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(signature) })
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestFurtherAttributes looks at attributes that Sign does not write.
func TestFurtherAttributes(t *testing.T) {
	ca := newCA(t)
	der := sign(t, request(t, issue(t, ca, signtest.P256), nil))
	digest, signature := parse(t, der).Signer.Digest.OID, parse(t, der).Signer.Signature.OID

	for _, c := range []struct {
		name string
		add  []cms.Attribute
		want cms.Code
	}{
		{"protection", []cms.Attribute{{Type: cms.OIDAlgorithmProtection, Values: [][]byte{protection(t, digest, signature)}}}, ""},
		{"protection of another digest", []cms.Attribute{{Type: cms.OIDAlgorithmProtection, Values: [][]byte{protection(t, []int{1, 3, 14, 3, 2, 26}, signature)}}}, cms.AlgorithmProtection},
		{"protection of another signature", []cms.Attribute{{Type: cms.OIDAlgorithmProtection, Values: [][]byte{protection(t, digest, []int{1, 2, 3})}}}, cms.AlgorithmProtection},
		{"protection malformed", []cms.Attribute{{Type: cms.OIDAlgorithmProtection, Values: [][]byte{{4, 0}}}}, cms.AttributeForm},
		{"ESS v1 malformed", []cms.Attribute{{Type: cms.OIDSigningCertificate, Values: [][]byte{{0x30, 0}}}}, cms.AttributeForm},
		{"two signing times", []cms.Attribute{{Type: cms.OIDSigningTime, Values: [][]byte{{0x17, 0}, {0x17, 0}}}}, cms.AttributeForm},
		{"unknown", []cms.Attribute{{Type: []int{1, 2, 3}, Values: [][]byte{{5, 0}}}, {Type: []int{1, 2, 3}}}, ""},
	} {
		signed := parse(t, der)
		signed.Signer.Signed = append(signed.Signer.Signed, c.add...)
		findings, err := signed.Check(digestOf(content), cms.CheckOptions{RequireESS: true})
		if err != nil || c.want == "" != (len(findings) == 0) || c.want != "" && !findings.Has(c.want) {
			t.Errorf("%s: %v, %v", c.name, findings, err)
		}
	}
}

// TestContentTypeDiffers declares another content than the attribute does.
func TestContentTypeDiffers(t *testing.T) {
	ca := newCA(t)
	signed := parse(t, sign(t, request(t, issue(t, ca, signtest.P256), nil)))
	signed.EContentType = cms.OIDTSTInfo
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.ContentType) {
		t.Errorf("%v, %v", findings, err)
	}
}

// TestAttributesAbsent takes an attribute-less signature for content that is not id-data.
func TestAttributesAbsent(t *testing.T) {
	ca := newCA(t)
	signed := parse(t, withoutAttributes(t, issue(t, ca, signtest.RSA2048)))
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || len(findings) > 0 {
		t.Errorf("id-data: %v, %v", findings, err)
	}
	signed.EContentType = cms.OIDTSTInfo
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Has(cms.AttributesAbsent) {
		t.Errorf("TSTInfo: %v, %v", findings, err)
	}
}

// TestGuomiEmbeddedDigest reads the shape of GM.sm2cms.detached: SM3, and the digest itself as content.
func TestGuomiEmbeddedDigest(t *testing.T) {
	ca := newCA(t)
	signed := parse(t, sign(t, request(t, issue(t, ca, signtest.P256), nil)))
	signed.Signer.Digest = cms.Algorithm{OID: []int{1, 2, 156, 10197, 1, 401}, Name: "SM3"}
	signed.EContentType, signed.EContent = cms.OIDGMData, make([]byte, 32)
	if findings, err := signed.Check(digestOf(content), cms.CheckOptions{}); err != nil || !findings.Unsupported() {
		t.Errorf("%v, %v", findings, err)
	}
}

// TestCorpusRevocation finds the adbe-revocationInfoArchival attributes of the corpus.
func TestCorpusRevocation(t *testing.T) {
	files, err := signtest.Corpus("../../../shared/corpus/pdf")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	crls, ocsps := 0, 0
	for _, file := range files {
		if file.Expected != "VALID" {
			continue
		}
		signatures, err := signtest.RawSignatures(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, signature := range signatures {
			// The attribute may be there and empty, as some of pyHanko's are.
			info, _ := parse(t, signature.Contents).Signer.Revocation()
			crls, ocsps = crls+len(info.CRLs), ocsps+len(info.OCSPs)
		}
	}
	if crls == 0 || ocsps == 0 {
		t.Errorf("%d revocation lists, %d OCSP answers", crls, ocsps)
	}
}
