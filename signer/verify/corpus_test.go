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

// refusals are the honest files that are refused, by the reason that docs/verification.md gives for each.
var refusals = map[string]workflow.Reason{
	"third-party/80220084560a00d6683b.pdf": workflow.ReasonLock,          // DocMDP P = 1, then a document timestamp.
	"third-party/b250c45f50b4b0d1246d.pdf": workflow.ReasonLock,          // DocMDP P = 1, then a DSS.
	"third-party/ba1f5b34f52b8c668f2e.pdf": workflow.ReasonWeakAlgorithm, // Signed with SHA-1.
}

// aboutTrust are the reasons that the test PKI of the integrity families gives, whose roots and revocation data are not
// all there, and whose algorithms are not all supported.
var aboutTrust = []workflow.Reason{workflow.ReasonUntrusted, workflow.ReasonExpired, workflow.ReasonNotYetValid,
	workflow.ReasonTimestampTrust, workflow.ReasonUnsupported}

func TestCorpus(t *testing.T) {
	table := map[string]int{}
	for _, c := range readCorpus(t) {
		data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
		if err != nil {
			t.Fatal(err)
		}
		o := corpusOptions(t, c)
		if c.expected == "CONTRACT-INVALID" {
			o = withFirstRevision(t, o, data)
		}
		v, err := verify.Verify(context.Background(), document(data), o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		verdict := integrity(c, v)
		table[fmt.Sprintf("%-14s %-17s %s", c.family, c.expected, verdict)]++
		if reason, known := refusals[c.file]; known && verdict == workflow.Failed {
			if len(v.AllCauses()) != 1 || v.AllCauses()[0].Reason != reason {
				t.Errorf("%s: refused, but not for the reason documented: %s", c.file, explain(v))
			}
		} else if !agrees(c.expected, verdict) {
			t.Errorf("%s %s %s: want %s, got %s: %s", c.family, c.file, c.what, c.expected, verdict, explain(v))
		}
	}
	var lines []string
	for line, n := range table {
		lines = append(lines, fmt.Sprintf("%s %4d", line, n))
	}
	slices.Sort(lines)
	t.Logf("family, expected, verdict, files:\n%s", strings.Join(lines, "\n"))
}

// integrity leaves trust out where the corpus does not judge it.
func integrity(c corpusCase, v workflow.Verdict) workflow.Outcome {
	if strings.HasPrefix(c.family, "CRAFTED") {
		return v.Verdict
	}
	verdict := workflow.Passed
	for _, cause := range v.AllCauses() {
		if !slices.Contains(aboutTrust, cause.Reason) {
			verdict = verdict.Worse(cause.Weight)
		}
	}
	return verdict
}

// TestCorpusInContractLane holds every file of the corpus against its own first signed revision as what was sent.
func TestCorpusInContractLane(t *testing.T) {
	for _, c := range readCorpus(t) {
		data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
		if err != nil {
			t.Fatal(err)
		}
		v, err := verify.Verify(context.Background(), document(data), withFirstRevision(t, corpusOptions(t, c), data))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if strings.HasSuffix(c.expected, "INVALID") && v.Verdict != workflow.Failed {
			t.Errorf("%s %s: got %s in the contract lane: %s", c.file, c.what, v.Verdict, explain(v))
		}
	}
}

// TestCorpusUnderP1 turns the switch that two refusals rest on.
func TestCorpusUnderP1(t *testing.T) {
	for _, c := range readCorpus(t) {
		if refusals[c.file] != workflow.ReasonLock {
			continue
		}
		data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
		if err != nil {
			t.Fatal(err)
		}
		o := corpusOptions(t, c)
		o.LTAUnderP1 = true
		if v, err := verify.Verify(context.Background(), document(data), o); err != nil || v.Verdict != workflow.Passed {
			t.Errorf("%s: got %s: %s, %v", c.file, v.Verdict, explain(v), err)
		}
	}
}

// withFirstRevision judges as if the first signed revision had been sent.
func withFirstRevision(t *testing.T, o verify.Options, data []byte) verify.Options {
	o.Sent = &verify.Sent{Document: document(data[:firstSignedEnd(t, data)])}
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
