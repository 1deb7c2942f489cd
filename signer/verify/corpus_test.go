package verify_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// corpusRoot is where the corpus stands beside a checkout; the module's own tests pass without it.
const corpusRoot = "../../../shared/corpus/pdf"

// corpusCase is one line of expected.tsv.
type corpusCase struct {
	file, family, expected, detail, what string
	at                                   time.Time
}

func readCorpus(t testing.TB) []corpusCase {
	f, err := os.Open(filepath.Join(corpusRoot, "expected.tsv"))
	if err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	defer func() { _ = f.Close() }() // Only read.
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	for _, row := range rows[1:] {
		at, err := time.Parse(time.RFC3339, row[4])
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, corpusCase{row[0], row[1], row[2], row[3], row[5] + " " + row[6], at})
	}
	return cases
}

func corpusOptions(t testing.TB, c corpusCase) verify.Options {
	root := filepath.Join(corpusRoot, "roots")
	if strings.HasPrefix(c.family, "CRAFTED") {
		root = filepath.Join(root, "crafted-root.pem")
	}
	anchors, err := trust.LoadAnchors(root)
	if err != nil {
		t.Fatal(err)
	}
	return verify.Options{Roots: anchors, Now: c.at, At: c.at}
}

func document(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: sha256.Sum256(data), Size: int64(len(data))}, ReaderAt: strings.NewReader(string(data))}
}

func TestCorpus(t *testing.T) {
	table := map[string]int{}
	for _, c := range readCorpus(t) {
		data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
		if err != nil {
			t.Fatal(err)
		}
		o := corpusOptions(t, c)
		doc := document(data)
		v, err := verify.Verify(context.Background(), doc, o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if c.expected == "CONTRACT-INVALID" {
			v, err = verify.Verify(context.Background(), doc, withFirstRevision(t, o, data, v))
			if err != nil {
				t.Errorf("%s: %v", c.file, err)
				continue
			}
		}
		table[fmt.Sprintf("%-14s %-17s %s", c.family, c.expected, v.Verdict)]++
		if !agrees(c.expected, v.Verdict) {
			t.Logf("%s %s %s: %s %s: %s", c.family, c.file, c.what, c.expected, v.Verdict, explain(v))
		}
	}
	var lines []string
	for line, n := range table {
		lines = append(lines, fmt.Sprintf("%s %4d", line, n))
	}
	slices.Sort(lines)
	t.Logf("family, expected, verdict, files:\n%s", strings.Join(lines, "\n"))
}

// withFirstRevision judges as if the first signed revision had been sent.
func withFirstRevision(t *testing.T, o verify.Options, data []byte, v workflow.Verdict) verify.Options {
	end := firstSignedEnd(t, data)
	sent := document(data[:end])
	o.Sent = &verify.Sent{Document: sent}
	return o
}

func agrees(expected string, got workflow.Outcome) bool {
	switch expected {
	case "VALID":
		return got == workflow.Passed
	case "INDETERMINATE":
		return got == workflow.Indeterminate
	}
	return got == workflow.Failed
}

func explain(v workflow.Verdict) string {
	var parts []string
	for _, cause := range v.AllCauses() {
		parts = append(parts, fmt.Sprintf("%s %s p%d (%s)", cause.Weight, cause.Reason, cause.Page, cause.Detail))
	}
	return strings.Join(parts, "; ")
}

// firstSignedEnd finds where the first signature's byte range ends, by its text: the corpus is not hostile to its tests.
func firstSignedEnd(t *testing.T, data []byte) int64 {
	at := strings.Index(string(data), "/ByteRange")
	open := strings.Index(string(data[at:]), "[")
	var r [4]int64
	if _, err := fmt.Sscanf(strings.TrimLeft(string(data[at+open+1:]), " "), "%d %d %d %d", &r[0], &r[1], &r[2], &r[3]); err != nil {
		t.Fatal(err)
	}
	return r[2] + r[3]
}
