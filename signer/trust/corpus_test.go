package trust_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"
)

const corpus = "../../../shared/corpus/pdf"

// TestCorpusCertificates judges the first signer of each corpus file whose subject is a certificate or an algorithm,
// and of the plainly honest ones.
func TestCorpusCertificates(t *testing.T) {
	files, err := signtest.Corpus(corpus)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus is not beside the checkout")
	}
	must(t, err)
	anchors, err := trust.LoadAnchors(filepath.Join(corpus, "roots"))
	must(t, err)
	special := map[string][]trust.Code{
		"crafted/cert-expired.pdf":    {trust.Expired},
		"crafted/cert-caleaf.pdf":     {trust.CACertificate, trust.KeyUsage},
		"crafted/cert-rsa1024.pdf":    {trust.WeakKey},
		"crafted/cert-serverauth.pdf": {trust.ExtendedKeyUsage},
		"crafted/algo-sha1.pdf":       {trust.WeakDigest},
		// Honest in the corpus's eyes, where algorithms are no matter; signed over SHA-1.
		"third-party/ba1f5b34f52b8c668f2e.pdf": {trust.WeakDigest},
		"third-party/527993e3cda64e79e04e.pdf": {trust.Expired},
	}
	trusted := 0
	for _, file := range files {
		want, isSpecial := special[file.Name]
		if !isSpecial && (file.Expected != "VALID" || file.Family != "SIGN" && file.Family != "CRAFTED-OK" && file.Family != "CRAFTED-ALGO") {
			continue
		}
		r := corpusPath(t, file, anchors)
		switch {
		case isSpecial && !sameCodes(r, want...):
			t.Errorf("%s at %v: %v", file.Name, file.At, r.Findings)
		case isSpecial, sameCodes(r, trust.Untrusted), sameCodes(r, trust.Unsupported):
			// The roots of a few files are not in the corpus; Ed448 is not supported.
		case r.Trusted():
			trusted++
		default:
			t.Errorf("%s at %v: %v", file.Name, file.At, r.Findings)
		}
	}
	if trusted < 40 {
		t.Errorf("only %d files are trusted", trusted)
	}
	t.Logf("%d trusted", trusted)
}

func corpusPath(t *testing.T, file signtest.CorpusFile, anchors *trust.Anchors) trust.Result {
	t.Helper()
	signatures, err := signtest.RawSignatures(file.Path)
	must(t, err)
	signed, err := cms.Parse(signatures[0].Contents)
	must(t, err)
	cert := signed.SignerCertificate()
	if cert == nil {
		t.Fatalf("%s: no certificate", file.Name)
	}
	r := trust.Path(cert, signed.Certificates, anchors, file.At, trust.Sign)
	r.Findings = append(r.Findings, trust.DefaultPolicy().SignedData(signed, file.At)...)
	return r
}
