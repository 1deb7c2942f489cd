package verify_test

import (
	"crypto"
	"crypto/sha256"
	"testing"
	"time"

	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// TestPast judges files of years ago from what they hold, with nobody to ask: what was good at the time that is proven is good, and
// the level says what the file holds (verification.md, 18, 19 and 21).
func TestPast(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Past()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Run(s.Name, func(t *testing.T) {
			v := judge(t, s.File, verify.Options{
				Roots: trust.NewAnchors(lab.CA.Root), TSARoots: trust.NewAnchors(lab.CA.Root, lab.Strange.Root),
				Revocation: trust.RevocationRequire, Now: s.Now, Arrival: s.Arrival,
			})
			if string(v.Verdict) != s.Outcome || s.Reason != "" && !hasReason(v, workflow.Reason(s.Reason)) {
				t.Errorf("want %s %s, got %s: %s", s.Outcome, s.Reason, v.Verdict, explain(v))
			}
			for _, signature := range v.Signatures {
				if signature.Kind != "timestamp" && s.Level != "" && signature.Level != s.Level {
					t.Errorf("level %s, want %s", signature.Level, s.Level)
				}
			}
		})
	}
}

// TestArrival is about the contract lane: our own timestamp says by when the return was there.
func TestArrival(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	token, err := lab.TSA.Token(digestOf(file), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	o := labOptions(lab, sent)
	o.Now = moment.AddDate(4, 0, 0)
	if v := judge(t, file, o); v.Verdict != workflow.Indeterminate || !hasReason(v, workflow.ReasonExpired) {
		t.Errorf("without: %s", explain(v))
	}
	o.Arrival = token
	v := judge(t, file, o)
	if v.Verdict != workflow.Passed || !v.Arrived.Equal(moment) {
		t.Errorf("with: %s, arrived %v", explain(v), v.Arrived)
	}
	ours, theirs := v.Signatures[0], v.Signatures[len(v.Signatures)-1]
	if ours.TimeSource != workflow.TimeBySignature || theirs.TimeSource != workflow.TimeByArrival || !theirs.Time.Equal(moment) || theirs.Level != "B-B" {
		t.Errorf("ours by %s, theirs by %s at %v, level %s", ours.TimeSource, theirs.TimeSource, theirs.Time, theirs.Level)
	}
	o.TSARoots = trust.NewAnchors(lab.Strange.Root)
	if v := judge(t, file, o); v.Verdict == workflow.Passed || !hasReason(v, workflow.ReasonTimestampTrust) || !v.Arrived.IsZero() {
		t.Errorf("authority not trusted: %s", explain(v))
	}
	o.TSARoots, o.Now = nil, moment.Add(-time.Hour)
	if v := judge(t, file, o); v.Verdict == workflow.Passed || !hasReason(v, workflow.ReasonTimestamp) {
		t.Errorf("a timestamp of the future: %s", explain(v))
	}
}

func digestOf(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}
