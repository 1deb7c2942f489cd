package verify_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// fuzzLimits keep one input of the fuzzer within milliseconds and megabytes.
var fuzzLimits = pdf.Limits{FileSize: 4 << 20, Decoded: 4 << 20, DecodedTotal: 16 << 20, Objects: 20_000, Nodes: 2000, Revisions: 32}

// FuzzVerify wants an answer for any bytes, in time, and never the answer that a file passed which does not begin with
// what was sent.
func FuzzVerify(f *testing.F) {
	lab := newLab(f)
	sent, err := lab.Sent()
	if err != nil {
		f.Fatal(err)
	}
	for _, make := range []func() ([]signtest.Sample, error){lab.Honest, lab.Attacks} {
		samples, err := make()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range samples {
			f.Add(s.File)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		doc := document(data)
		o := labOptions(lab, sent)
		o.Limits = fuzzLimits
		v, err := verify.Verify(ctx, doc, o)
		mustAnswer(t, err)
		if v.Verdict == workflow.Passed && !bytes.HasPrefix(data, sent) {
			t.Fatalf("passed, although it does not begin with what was sent: %s", explain(v))
		}
		general := labOptions(lab, nil)
		general.Limits = fuzzLimits
		v, err = verify.Verify(ctx, doc, general)
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
