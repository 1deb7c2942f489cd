package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/verify"
	"contractd/workflow"
)

// mutants is how many are tried; `make mutants` tries 100,000.
func mutants(t *testing.T) int {
	text := os.Getenv("MUTANTS")
	if text == "" {
		return 1500
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("MUTANTS=%s is no number", text)
	}
	return n
}

// breed is an honest return whose last signature covers all of it but its own value.
type breed struct {
	name       string
	sent, file []byte
	gap        [2]int // Of the last value's token.
	values     []workflow.Hash
	options    verify.Options
}

// TestMutants changes returned files by bits, bytes, tokens and revisions, with a fixed seed. A mutant passes only if it differs
// from its parent in nothing but the last signature's unsigned room, and carries the same signatures.
func TestMutants(t *testing.T) {
	breeds := breedAll(t)
	n := mutants(t)
	random := rand.New(rand.NewPCG(2026, 1123))
	passed, outcomes, longest := 0, map[workflow.Outcome]int{}, time.Duration(0)
	for i := range n {
		parent := breeds[i%len(breeds)]
		file, how := parent.mutate(random, breeds)
		if slices.ContainsFunc(breeds, func(b breed) bool { return bytes.Equal(b.file, file) }) {
			continue // Nothing changed, or it became another honest one.
		}
		start := spent(t)
		v, err := judgeWithin(t.Context(), file, parent.options)
		if took := spent(t) - start; took > hang {
			t.Errorf("mutant %d of %s, %s, takes %v", i, parent.name, how, took)
		} else if took > longest {
			longest = took
		}
		if err != nil {
			t.Fatalf("mutant %d of %s, %s: %v", i, parent.name, how, err)
		}
		outcomes[v.Verdict]++
		if v.Verdict != workflow.Passed {
			continue
		}
		passed++
		if why := parent.differs(file, v); why != "" {
			t.Errorf("mutant %d of %s, %s, passes: %s", i, parent.name, how, why)
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.Sys > mostMemory {
		t.Errorf("%d MiB were taken", memory.Sys>>20)
	}
	t.Logf("%d mutants of %d files: %v; %d MiB, at most %v of processor time for one", n, len(breeds), outcomes, memory.Sys>>20, longest)
}

// hang is how long one mutant may take, of processor time: the machine does much else.
const hang = 2 * time.Second

// waits is how long one may take by the clock.
const waits = time.Minute

// mostMemory is what all of it may take from the system.
const mostMemory = 512 << 20

func judgeWithin(ctx context.Context, file []byte, o verify.Options) (workflow.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, waits)
	defer cancel()
	return verify.Verify(ctx, document(file), o)
}

func breedAll(t *testing.T) []breed {
	t.Helper()
	lab := newLab(t)
	samples, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	var all []breed
	for _, s := range samples {
		if s.Sent == nil || s.Outcome != string(workflow.Passed) {
			continue
		}
		o := labOptions(lab, s.Sent)
		v := judge(t, s.File, o)
		if v.Verdict != workflow.Passed || len(v.Signatures) == 0 {
			continue
		}
		last := v.Signatures[len(v.Signatures)-1]
		gap, ok := lastGap(s.File)
		if last.Coverage != workflow.CoversFile || !ok {
			continue
		}
		all = append(all, breed{s.Name, s.Sent, s.File, gap, valuesOf(v), o})
	}
	if len(all) < 8 {
		t.Fatalf("only %d honest returns to mutate", len(all))
	}
	return all
}

// lastGap finds what the byte range of the last signature leaves out.
func lastGap(file []byte) ([2]int, bool) {
	f, err := pdf.Open(context.Background(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	if err != nil {
		return [2]int{}, false
	}
	fields, err := f.Last().Fields()
	if err != nil {
		return [2]int{}, false
	}
	for _, field := range fields {
		if field.Type != "Sig" || field.Value == nil {
			continue
		}
		dict, err := f.Last().Dict(field.Value)
		if err != nil {
			return [2]int{}, false
		}
		span, err := f.Last().Array(dict["ByteRange"])
		if err != nil || len(span) != 4 {
			continue
		}
		number := func(i int) int { n, _ := span[i].(pdf.Integer); return int(n) }
		if number(2)+number(3) == len(file) {
			return [2]int{number(1), number(2)}, true
		}
	}
	return [2]int{}, false
}

func valuesOf(v workflow.Verdict) []workflow.Hash {
	var all []workflow.Hash
	for _, s := range v.Signatures {
		all = append(all, s.Value)
	}
	return all
}

// differs says what a passing mutant changed that it must not; empty if nothing.
func (b breed) differs(file []byte, v workflow.Verdict) string {
	switch {
	case bytes.HasPrefix(b.file, file) && bytes.HasSuffix(file, []byte("%%EOF\n")):
		return "" // The return as it stood before a revision that only adds validation material.
	case len(file) != len(b.file):
		return fmt.Sprintf("it has %d bytes in place of %d", len(file), len(b.file))
	case !bytes.Equal(file[:b.gap[0]], b.file[:b.gap[0]]) || !bytes.Equal(file[b.gap[1]:], b.file[b.gap[1]:]):
		return "signed bytes differ"
	case !slices.Equal(valuesOf(v), b.values):
		return "other signatures"
	}
	return ""
}
