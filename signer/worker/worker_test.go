package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/signer/child"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/signer/worker"
	"contractd/workflow"
)

// TestMain makes the test binary its own worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Verb {
		if err := worker.ServeHostile(context.Background(), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 2 && os.Args[1] == worker.FetchVerb {
		if way := os.Getenv(wayVariable); way != "" {
			breakFetcher(way)
		} else if err := worker.ServeFetcher(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func document(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(data), Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
}

func pool(t *testing.T, config worker.Config) *worker.Pool {
	p := worker.New(config)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newLab(t testing.TB) *signtest.Lab {
	lab, err := signtest.NewLab(moment)
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

func labOptions(lab *signtest.Lab, sent []byte) verify.Options {
	o := verify.Options{Roots: trust.NewAnchors(lab.CA.Root), Now: moment.Add(time.Hour), Revocation: trust.RevocationBestEffort}
	if sent != nil {
		o.Sent = &verify.Sent{Document: document(sent)}
		o.Required = []workflow.Role{workflow.RoleOrganization}
		o.Theirs = []workflow.Signer{{Role: workflow.RoleOrganization, Organization: signtest.SupplierName}}
	}
	return o
}

// TestVerdictsAreTheSame judges honest and attacked files here and in a worker.
func TestVerdictsAreTheSame(t *testing.T) {
	lab := newLab(t)
	honest, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	attacks, err := lab.Attacks()
	if err != nil {
		t.Fatal(err)
	}
	p := pool(t, worker.Config{Files: 7})
	for _, sample := range slices.Concat(honest, attacks) {
		var here, there []trust.Want
		o := labOptions(lab, sample.Sent)
		o.Want = func(want trust.Want) { here = append(here, want) }
		want, err := verify.Verify(t.Context(), document(sample.File), o)
		if err != nil {
			t.Fatal(err)
		}
		o.Want = func(want trust.Want) { there = append(there, want) }
		got, err := p.Verify(t.Context(), document(sample.File), o)
		if err != nil {
			t.Fatal(err)
		}
		if text(t, got) != text(t, want) || text(t, here) != text(t, there) {
			t.Errorf("%s: %s, wants %s\nin a worker: %s, wants %s", sample.Name, explain(want), text(t, here), explain(got), text(t, there))
		}
		values, err := verify.Extract(t.Context(), document(sample.File), pdf.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := p.Values(t.Context(), document(sample.File), pdf.Limits{}); err != nil || !slices.Equal(found, values) {
			t.Errorf("%s: values %v, %v, want %v", sample.Name, found, err, values)
		}
	}
}

func explain(v workflow.Verdict) string {
	return fmt.Sprint(v.Verdict, " ", v.AllCauses(), " ", v.Notes)
}

func text(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// TestHostileFileCostsOneVerdict breaks a worker in every way. The next file is judged as if nothing had been.
func TestHostileFileCostsOneVerdict(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	limits := child.Limits{Timeout: 90 * time.Second, CPU: time.Minute, Memory: 256 << 20}
	for way, limit := range map[string]string{"hang": "time", "spin": "cpu", "eat": "memory", "talk": "output", "panic": "broke the reader"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			limits := limits
			switch way {
			case "hang":
				limits.Timeout = 500 * time.Millisecond
			case "spin":
				limits.CPU = time.Second
			case "talk":
				limits.Memory = 0 // The usual: what it says is encoded first, and takes several times its size.
			}
			if way == "eat" && worker.RaceDetector {
				t.Skip("the race detector itself needs more memory")
			}
			p := pool(t, worker.Config{Limits: limits})
			bad := document([]byte("hostile:" + way))
			verdict, err := p.Verify(t.Context(), bad, labOptions(lab, sent))
			if err != nil || verdict.Verdict != workflow.Failed || !slices.Contains(verdict.Reasons, workflow.ReasonLimit) {
				t.Fatalf("%+v, %v", verdict, err)
			}
			if detail := verdict.Causes[0].Detail; !strings.Contains(detail, limit) {
				t.Errorf("it says %q, want %q", detail, limit)
			}
			if values, err := p.Values(t.Context(), document([]byte("hostile:"+way)), pdf.Limits{}); err != nil || values != nil {
				t.Errorf("values %v, %v", values, err)
			}
			if way == "hang" {
				return // The short time would cost an honest file its verdict on a slow machine.
			}
			verdict, err = p.Verify(t.Context(), document(sent), labOptions(lab, nil))
			if err != nil || len(verdict.Signatures) == 0 {
				t.Errorf("the next file: %+v, %v", verdict, err)
			}
		})
	}
}

func TestWorkerIsClosedOff(t *testing.T) {
	p := pool(t, worker.Config{})
	if walls, err := p.Try(t.Context()); err != nil || walls.Missing != "" {
		t.Logf("walls %+v, %v", walls, err) // Of the kernel; what they hold back is tested below.
	}
	for _, way := range []string{"open", "write"} {
		path := filepath.Join(t.TempDir(), "document")
		if err := os.WriteFile(path, []byte("hostile:"+way), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0) // As a spooled part of a mail is open.
		if err != nil {
			t.Fatal(err)
		}
		bad := document([]byte("hostile:" + way))
		bad.ReaderAt = file
		_, err = p.Verify(t.Context(), bad, verify.Options{})
		if err == nil || !strings.Contains(err.Error(), "not permitted") && !strings.Contains(err.Error(), "denied") && !strings.Contains(err.Error(), "bad file descriptor") {
			t.Errorf("%s: %v", way, err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestEndedContextIsNoVerdict(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := pool(t, worker.Config{})
	if _, err := p.Verify(ctx, document([]byte("no PDF")), verify.Options{}); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(100*time.Millisecond, cancel)
	defer stop.Stop()
	if _, err := p.Verify(ctx, document([]byte("hostile:hang")), verify.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestLook shows pages in a worker and finds what a mark hides.
func TestLook(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(os.TempDir(), "contractd-test-render") // Shared: compiling takes seconds.
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	p := pool(t, worker.Config{Shows: true, Cache: cache, Limits: child.Limits{Timeout: 2 * time.Minute, CPU: 2 * time.Minute, Memory: 2 << 30}})
	verdict := workflow.Verdict{Verdict: workflow.Passed, Signatures: []workflow.Signature{{
		Side: workflow.SideTheirs, Marks: []workflow.Mark{{Page: 1, X: 1, Y: 1, Width: 10, Height: 10}},
	}}}
	if err := p.Look(t.Context(), document(sent), document(sent), &verdict); err != nil || verdict.Verdict != workflow.Passed {
		t.Errorf("%+v, %v", verdict, err)
	}
	pages := 0
	err = p.Show(t.Context(), document(sent), 36, 0, func(page int, picture []byte) error {
		pages++
		if page != pages || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
			t.Errorf("page %d: %.8q", page, picture)
		}
		return nil
	})
	if err != nil || pages != 2 {
		t.Errorf("%d pages, %v", pages, err)
	}
	if err := p.Look(t.Context(), document(sent), document([]byte("no PDF")), &verdict); err != nil || verdict.Verdict != workflow.Indeterminate {
		t.Errorf("%+v, %v", verdict, err)
	}
}

// BenchmarkVerify is a file with two signatures, judged here and by a worker that is warm.
func BenchmarkVerify(b *testing.B) {
	lab := newLab(b)
	sent, err := lab.Sent()
	if err != nil {
		b.Fatal(err)
	}
	o := labOptions(lab, nil)
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if _, err := verify.Verify(b.Context(), document(sent), o); err != nil {
				b.Fatal(err)
			}
		}
	})
	p := worker.New(worker.Config{Files: 1 << 30})
	b.Run("worker", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Verify(b.Context(), document(sent), o); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("round-trip", func(b *testing.B) { // A file that costs nothing to judge.
		for b.Loop() {
			if _, err := p.Verify(b.Context(), document([]byte("no PDF")), o); err != nil {
				b.Fatal(err)
			}
		}
	})
	fresh := worker.New(worker.Config{Files: 1})
	b.Run("fresh-worker", func(b *testing.B) {
		for b.Loop() {
			if _, err := fresh.Verify(b.Context(), document(sent), o); err != nil {
				b.Fatal(err)
			}
		}
	})
	if err := errors.Join(p.Close(), fresh.Close()); err != nil {
		b.Error(err)
	}
}

// TestWarm: a question finds the worker that was started ahead of it, and starts none of its own; Close ends one that nobody asked.
func TestWarm(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	p := pool(t, worker.Config{})
	p.Warm(t.Context())
	if v, err := p.Verify(t.Context(), document(sent), labOptions(lab, nil)); err != nil || len(v.Signatures) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	if n := p.Idle(); n != 1 {
		t.Errorf("%d workers for one question", n)
	}
	unasked := worker.New(worker.Config{})
	unasked.Warm(t.Context())
	if err := unasked.Close(); err != nil || unasked.Idle() != 0 {
		t.Errorf("%d workers are left: %v", unasked.Idle(), err)
	}
}
