package signtest

import (
	"bytes"
	"crypto"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// CorpusFile is one row of the shared corpus's expected.tsv.
type CorpusFile struct {
	Path     string // Where the file stands.
	Name     string // "crafted/cert-expired.pdf".
	Family   string
	Expected string // VALID, INVALID, INDETERMINATE, CONTRACT-INVALID.
	At       time.Time
}

// Corpus reads the list of the corpus in dir. An error that is fs.ErrNotExist means that it is not there.
func Corpus(dir string) ([]CorpusFile, error) {
	data, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = '\t', true, -1
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading expected.tsv: %w", err)
	}
	var files []CorpusFile
	for _, row := range rows[1:] {
		at, err := time.Parse(time.RFC3339, row[4])
		if err != nil {
			return nil, fmt.Errorf("reading time of %s: %w", row[0], err)
		}
		files = append(files, CorpusFile{filepath.Join(dir, row[0]), row[0], row[1], row[2], at})
	}
	return files, nil
}

// RawSignature is one /Contents with what it covers, cut out of a PDF by its byte range.
type RawSignature struct {
	Contents []byte
	Covered  [2][]byte
}

// Digest hashes what the signature covers.
func (s RawSignature) Digest(h crypto.Hash) ([]byte, error) {
	hash := h.New()
	hash.Write(s.Covered[0])
	hash.Write(s.Covered[1])
	return hash.Sum(nil), nil
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// RawSignatures finds the signatures of a PDF by text alone, which is good enough for files that are known to be
// honest and for nothing else.
func RawSignatures(file string) ([]RawSignature, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []RawSignature
	for _, match := range byteRange.FindAllSubmatch(data, -1) {
		var n [4]int
		for i := range n {
			if n[i], err = strconv.Atoi(string(match[i+1])); err != nil {
				return nil, fmt.Errorf("reading byte range of %s: %w", file, err)
			}
		}
		if n[0] != 0 || n[1] >= n[2] || n[2]+n[3] > len(data) {
			continue
		}
		contents, err := hex.DecodeString(string(bytes.Trim(data[n[1]:n[2]], "<>")))
		if err != nil {
			return nil, fmt.Errorf("reading contents of %s: %w", file, err)
		}
		all = append(all, RawSignature{contents, [2][]byte{data[:n[1]], data[n[2] : n[2]+n[3]]}})
	}
	return all, nil
}
