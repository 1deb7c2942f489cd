package cms_test

import (
	"bytes"
	"crypto"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"contractd/signer/cms"
)

const corpus = "../../../shared/corpus/pdf"

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// signature is one /Contents with what it covers, cut out by its byte range.
type signature struct {
	contents []byte
	covered  [2][]byte
}

func (s signature) digest(h crypto.Hash) ([]byte, error) {
	hash := h.New()
	hash.Write(s.covered[0])
	hash.Write(s.covered[1])
	return hash.Sum(nil), nil
}

// signaturesOf finds signatures by text, which is good enough for files that are known to be honest.
func signaturesOf(t *testing.T, file string) []signature {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []signature
	for _, match := range byteRange.FindAllSubmatch(data, -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(string(match[i+1]))
		}
		if n[0] != 0 || n[1] >= n[2] || n[2]+n[3] > len(data) {
			continue
		}
		token := bytes.Trim(data[n[1]:n[2]], "<>")
		contents, err := hex.DecodeString(string(token))
		if err != nil {
			t.Fatalf("%s: contents: %v", file, err)
		}
		all = append(all, signature{contents, [2][]byte{data[:n[1]], data[n[2] : n[2]+n[3]]}})
	}
	return all
}

// corpusRows returns the corpus files of the families.
func corpusRows(t *testing.T, wanted func(file, family, expected string) bool) []string {
	t.Helper()
	list, err := os.Open(filepath.Join(corpus, "expected.tsv"))
	if err != nil {
		t.Skip("the corpus is not beside the checkout")
	}
	defer list.Close()
	reader := csv.NewReader(list)
	reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = '\t', true, -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, row := range rows[1:] {
		if wanted(row[0], row[1], row[2]) {
			files = append(files, row[0])
		}
	}
	return files
}

// TestCorpusHonestSignaturesHold reads every honest signature of the corpus. Unsupported is the only other answer.
func TestCorpusHonestSignaturesHold(t *testing.T) {
	files := corpusRows(t, func(_, family, expected string) bool { return expected == "VALID" && family != "DIFF-TAMPER" })
	read, unsupported := 0, map[string]int{}
	for _, file := range files {
		for i, sig := range signaturesOf(t, filepath.Join(corpus, file)) {
			signed, err := cms.Parse(sig.contents)
			if err != nil {
				t.Errorf("%s signature %d: %v", file, i, err)
				continue
			}
			read++
			if trailing := bytes.Trim(sig.contents[signed.Length:], "\x00"); len(trailing) > 0 {
				t.Errorf("%s signature %d: %d octets behind the CMS", file, i, len(trailing))
			}
			digest := sig.digest
			if !signed.Detached() {
				digest = nil // A document timestamp, whose content is its TSTInfo.
			}
			findings, err := signed.Check(digest, cms.CheckOptions{})
			switch {
			case err != nil:
				t.Errorf("%s signature %d: %v", file, i, err)
			case findings.Unsupported():
				unsupported[findings[0].Detail]++
			case len(findings) > 0:
				t.Errorf("%s signature %d (%v): %v", file, i, signed.EContentType, findings)
			}
		}
	}
	if read < 100 {
		t.Errorf("only %d signatures read", read)
	}
	t.Logf("%d files, %d signatures, unsupported: %v", len(files), read, unsupported)
}
