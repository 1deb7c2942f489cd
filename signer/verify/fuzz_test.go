package verify_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// fuzzLimits keep one input of the fuzzer within milliseconds and megabytes.
var fuzzLimits = pdf.Limits{FileSize: 4 << 20, Decoded: 4 << 20, DecodedTotal: 16 << 20, Objects: 20_000, Nodes: 2000, Revisions: 32}

// FuzzVerify wants an answer for any bytes, in time, and never the answer that a file passed which does not begin with
// what was sent.
func FuzzVerify(f *testing.F) {
	// Keys made anew in every worker would make each run another one: the seeds are fixtures.
	sent, returned, roots := readFixture(f, "sent.pdf"), readFixture(f, "returned.pdf"), fixtureRoots(f)
	f.Add(returned[len(sent):], true)
	f.Add(returned, false)
	f.Add(signtest.Draft(), false)
	for _, tail := range []string{
		"", "14 0 obj\n(x)\nendobj\n", "xref\n0 0\ntrailer\n<< /Size 99 /Root 1 0 R /Prev 1 >>\nstartxref\n1\n%%EOF\n",
		"<30800609", "/ByteRange [0 1 2 3]",
	} {
		f.Add([]byte(tail), true)
	}
	for _, p := range []signtest.Patch{
		{Objects: map[int]string{5: "<< /Length 3 >>\nstream\nq Q\nendstream"}}, {Objects: map[int]string{1: "<< /Type /Catalog /Pages 2 0 R >>"}},
		{Objects: map[int]string{3: "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [9 0 R {0}] >>"}, New: []string{"<< /Subtype /Stamp >>"}},
	} {
		out, err := p.Apply(sent)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(out[len(sent):], true)
	}
	f.Fuzz(func(t *testing.T, data []byte, appended bool) {
		if appended {
			data = append(bytes.Clone(sent), data...)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		doc := document(data)
		o := verify.Options{Roots: roots, Now: moment, Limits: fuzzLimits, Sent: &verify.Sent{Document: document(sent)}}
		v, err := verify.Verify(ctx, doc, o)
		mustAnswer(t, err)
		if v.Verdict == workflow.Passed && !bytes.HasPrefix(data, sent) {
			t.Fatalf("passed, although it does not begin with what was sent: %s", explain(v))
		}
		v, err = verify.Verify(ctx, doc, verify.Options{Roots: roots, Now: moment, Limits: fuzzLimits})
		mustAnswer(t, err)
		if len(v.Signatures) == 0 && v.Verdict == workflow.Passed {
			t.Fatal("passed without a signature")
		}
		_, err = verify.Inspect(ctx, doc, fuzzLimits)
		mustAnswer(t, err)
		_, err = verify.Extract(ctx, doc, fuzzLimits)
		mustAnswer(t, err)
	})
}

func mustAnswer(t *testing.T, err error) {
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("no answer in time")
	}
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
}

const fixtures = "../../testdata/verify"

func readFixture(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func fixtureRoots(t testing.TB) *trust.Anchors {
	anchors, err := trust.LoadAnchors(filepath.Join(fixtures, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return anchors
}

// TestFixture holds the fuzzer's fixtures to what they are for. With WRITE_FIXTURES set, it makes them anew.
func TestFixture(t *testing.T) {
	if os.Getenv("WRITE_FIXTURES") != "" {
		writeFixtures(t)
	}
	sent, returned := readFixture(t, "sent.pdf"), readFixture(t, "returned.pdf")
	expectPassed(t, "fixture", returned, verify.Options{Roots: fixtureRoots(t), Now: moment, Sent: &verify.Sent{Document: document(sent)}})
}

func writeFixtures(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sign(signtest.Draft(), signtest.Ink{By: lab.Ours})
	if err != nil {
		t.Fatal(err)
	}
	returned, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"sent.pdf": sent, "returned.pdf": returned} {
		if err := os.WriteFile(filepath.Join(fixtures, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := lab.CA.WriteRoot(filepath.Join(fixtures, "root.pem")); err != nil {
		t.Fatal(err)
	}
}
