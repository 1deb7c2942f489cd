package cms_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

// TestCorpusHonestSignaturesHold reads every honest signature of the corpus. Unsupported is the only other answer.
func TestCorpusHonestSignaturesHold(t *testing.T) {
	files, err := signtest.Corpus("../../../shared/corpus/pdf")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	read, unsupported := 0, map[string]int{}
	for _, file := range files {
		if file.Expected != "VALID" {
			continue
		}
		signatures, err := signtest.RawSignatures(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		for i, signature := range signatures {
			read++
			findings := corpusCheck(t, signature)
			switch {
			case findings.Unsupported():
				unsupported[findings[0].Detail]++
			case len(findings) > 0:
				t.Errorf("%s signature %d: %v", file.Name, i, findings)
			}
		}
	}
	if read < 100 || len(unsupported) > 4 {
		t.Errorf("only %d signatures read, unsupported: %v", read, unsupported)
	}
	t.Logf("%d signatures, unsupported: %v", read, unsupported)
}

func corpusCheck(t *testing.T, signature signtest.RawSignature) cms.Findings {
	t.Helper()
	signed, err := cms.Parse(signature.Contents)
	if err != nil {
		t.Fatal(err)
	}
	if trailing := bytes.Trim(signature.Contents[signed.Length:], "\x00"); len(trailing) > 0 {
		t.Errorf("%d octets behind the CMS", len(trailing))
	}
	digest := signature.Digest
	if signed.EContentType.Equal(cms.OIDTSTInfo) {
		digest = nil // A document timestamp, whose content is its TSTInfo.
	}
	findings, err := signed.Check(digest, cms.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}
