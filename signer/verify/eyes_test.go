package verify_test

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"contractd/signer/render"
	"contractd/signer/verify"
	"contractd/workflow"
)

// newEyes compiles PDFium, which takes some seconds: tests that look share them.
func newEyes(t testing.TB) *verify.Eyes {
	t.Helper()
	renderer, err := render.New(context.Background(), render.Options{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := renderer.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return verify.NewEyes(renderer)
}

func TestEyes(t *testing.T) {
	eyes := newEyes(t)
	t.Run("honest", func(t *testing.T) { honestLooks(t, eyes) })
	t.Run("seals", func(t *testing.T) { sealsLook(t, eyes) })
	t.Run("hiding", func(t *testing.T) { hidingLooks(t, eyes) })
	t.Run("samples", func(t *testing.T) { samplesLook(t, eyes) })
	t.Run("drafts", func(t *testing.T) { draftsLook(t, eyes) })
	t.Run("many pages", func(t *testing.T) { manyPages(t, eyes) })
	t.Run("corpus", func(t *testing.T) { corpusLooks(t, eyes) })
}

// honestLooks has the second reader object to nothing that honest clients return.
func honestLooks(t *testing.T, eyes *verify.Eyes) {
	lab := newLab(t)
	samples, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, s := range samples {
		if s.Sent == nil {
			continue
		}
		verdict, err := verify.Verify(t.Context(), document(s.File), labOptions(lab, s.Sent))
		if err != nil || verdict.Verdict != workflow.Passed {
			t.Errorf("%s: %s, %v, %v", s.Name, verdict.Verdict, verdict.AllCauses(), err)
			continue
		}
		looked++
		if err := eyes.Look(t.Context(), document(s.Sent), document(s.File), &verdict, nil); err != nil || verdict.Verdict != workflow.Passed {
			t.Errorf("%s: %s, %v, %v", s.Name, verdict.Verdict, verdict.AllCauses(), err)
		}
	}
	if looked < 15 {
		t.Errorf("looked at %d samples only", looked)
	}
}

// corpusLooks compares honest files of many producers with themselves: both readers must read them alike.
func corpusLooks(t *testing.T, eyes *verify.Eyes) {
	for _, c := range readCorpus(t) {
		if strings.Contains(c.expected, "INVALID") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
		if err != nil {
			t.Fatal(err)
		}
		verdict := workflow.Verdict{Verdict: workflow.Passed}
		pages := 0
		err = eyes.Look(t.Context(), document(data), document(data), &verdict, func(int, *image.RGBA) error { pages++; return nil })
		if err != nil || slices.Contains(verdict.Reasons, workflow.ReasonReaders) || pages > 0 {
			t.Errorf("%s: %d pages differ, %v, %v", c.file, pages, verdict.AllCauses(), err)
		}
	}
}

// samplesLook compares what signtest made for a second reader; pictures are drawn of what changed, and only of that.
func samplesLook(t *testing.T, eyes *verify.Eyes) {
	lab := newLab(t)
	samples, err := lab.Looks()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Run(s.Name, func(t *testing.T) {
			verdict, err := verify.Verify(t.Context(), document(s.File), labOptions(lab, s.Sent))
			if err != nil {
				t.Fatal(err)
			}
			alone := s.Reason == "" || s.Reason == string(workflow.ReasonCovers) // Nobody else objects.
			if alone && verdict.Verdict != workflow.Passed {
				t.Fatalf("%s: %v", verdict.Verdict, verdict.AllCauses())
			}
			verdict.Verdict, verdict.Causes, verdict.Reasons = workflow.Passed, nil, nil
			var changed []int
			draw := func(page int, picture *image.RGBA) error {
				if picture.Bounds().Dx() < 1000 {
					t.Errorf("a picture of %v", picture.Bounds())
				}
				changed = append(changed, page)
				return nil
			}
			if err := eyes.Look(t.Context(), document(s.Sent), document(s.File), &verdict, draw); err != nil {
				t.Fatal(err)
			}
			if string(verdict.Verdict) != s.Outcome || s.Reason != "" && !slices.Contains(verdict.Reasons, workflow.Reason(s.Reason)) {
				t.Errorf("%s, %v, want %s %s", verdict.Verdict, verdict.Causes, s.Outcome, s.Reason)
			}
			if alone && !slices.Equal(changed, []int{1}) {
				t.Errorf("pictures of the pages %v", changed)
			}
		})
	}
}

// draftsLook compares drafts of many producers with themselves: who sends one must not have every return of it doubted.
func draftsLook(t *testing.T, eyes *verify.Eyes) {
	files, err := filepath.Glob("../../testdata/pdf/*.pdf")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if slices.Contains([]string{"encrypted.pdf", "hybrid.pdf"}, filepath.Base(file)) {
			continue // PDFium cannot show the pages of this hybrid, which was written by hand; it can those of Word's.
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		verdict := workflow.Verdict{Verdict: workflow.Passed}
		if err := eyes.Look(t.Context(), document(data), document(data), &verdict, nil); err != nil || verdict.Verdict != workflow.Passed {
			t.Errorf("%s: %v, %v", file, verdict.Causes, err)
		}
	}
}
