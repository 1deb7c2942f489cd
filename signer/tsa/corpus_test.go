package tsa_test

import (
	"crypto"
	"errors"
	"io/fs"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"
)

const corpus = "../../../shared/corpus/pdf"

// TestCorpusTimestamps verifies every signature and document timestamp of the honest corpus files at its own time.
func TestCorpusTimestamps(t *testing.T) {
	files, err := signtest.Corpus(corpus)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus is not beside the checkout")
	}
	must(t, err)
	anchors, err := trust.LoadAnchors(corpus + "/roots")
	must(t, err)
	verified := 0
	for _, file := range files {
		if file.Expected != "VALID" {
			continue
		}
		signatures, err := signtest.RawSignatures(file.Path)
		must(t, err)
		for i, signature := range signatures {
			for _, stamp := range timestampsOf(t, signature) {
				r, err := tsa.Verify(stamp.token, stamp.digest, anchors, tsa.Options{})
				must(t, err)
				proven := len(r.Findings) == 0
				// Not in the corpus: the roots of some authorities. Not honest enough for us: SHA-1 and an
				// unknown digest, in one file each.
				excused := r.Path.Has(trust.Untrusted) || r.Has(tsa.Unsupported) || r.Has(tsa.Weak)
				if !proven && (!excused || r.Has(tsa.BadSignature) || r.Has(tsa.WrongImprint)) {
					t.Errorf("%s signature %d: %v", file.Name, i, r.Findings)
				}
				if proven {
					verified++
				}
			}
		}
	}
	if verified < 90 {
		t.Errorf("only %d timestamps are proven", verified)
	}
	t.Logf("%d timestamps are proven", verified)
}

type stamp struct {
	token  []byte
	digest func(crypto.Hash) ([]byte, error)
}

func timestampsOf(t *testing.T, signature signtest.RawSignature) []stamp {
	t.Helper()
	signed, err := cms.Parse(signature.Contents)
	must(t, err)
	if signed.EContentType.Equal(cms.OIDTSTInfo) {
		return []stamp{{signature.Contents, signature.Digest}}
	}
	var all []stamp
	for _, token := range signed.Signer.TimestampTokens() {
		all = append(all, stamp{token, func(h crypto.Hash) ([]byte, error) {
			hash := h.New()
			hash.Write(signed.Signer.Value)
			return hash.Sum(nil), nil
		}})
	}
	return all
}
