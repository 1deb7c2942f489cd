package verify_test

import (
	"slices"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// TestNewMark wants pictures pinned where that is asked for, and the same picture to be the same in another return.
func TestNewMark(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	judge := func(pinned []workflow.Hash, box signtest.Box) workflow.Verdict {
		t.Helper()
		returned, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Boxes: []signtest.Box{box}})
		if err != nil {
			t.Fatal(err)
		}
		options := labOptions(lab, sent)
		options.Required, options.Theirs = nil, nil
		options.PinnedMarks, options.Marks = true, pinned
		verdict, err := verify.Verify(t.Context(), document(returned), options)
		if err != nil {
			t.Fatal(err)
		}
		return verdict
	}
	box := signtest.Box{Page: 1, X: 300, Y: 300, Width: 113, Height: 113}
	first := judge(nil, box)
	theirs := first.Signatures[len(first.Signatures)-1]
	if first.Verdict != workflow.Indeterminate || !slices.Equal(theirs.Reasons, []workflow.Reason{workflow.ReasonNewMark}) {
		t.Fatalf("%s, %v", first.Verdict, first.AllCauses())
	}
	picture := theirs.Marks[0].Picture
	box.Page, box.X = 2, 60
	if again := judge([]workflow.Hash{picture}, box); again.Verdict != workflow.Passed {
		t.Errorf("the same seal elsewhere: %v", again.AllCauses())
	}
	box.Width = 80
	if other := judge([]workflow.Hash{picture}, box); other.Verdict != workflow.Indeterminate {
		t.Error("another drawing passed as pinned")
	}
}

// TestLinesMovedAbout: strokes that are pinned in one place draw something else in others.
func TestLinesMovedAbout(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Moved()
	if err != nil {
		t.Fatal(err)
	}
	var pictures []workflow.Hash
	for _, s := range samples {
		verdict, err := verify.Verify(t.Context(), document(s.File), labOptions(lab, s.Sent))
		if err != nil || verdict.Verdict != workflow.Passed {
			t.Fatal(s.Name, verdict.AllCauses(), err)
		}
		for _, signature := range verdict.Signatures {
			for _, mark := range signature.Marks {
				if mark.Kind == "stamp" {
					pictures = append(pictures, mark.Picture)
				}
			}
		}
	}
	if len(pictures) != 2 || pictures[0] == pictures[1] || pictures[0].IsZero() {
		t.Errorf("pictures %v", pictures)
	}
}

// TestRedrawn: a picture that is pinned says nothing about another one of the same samples, in the same strokes or letters.
func TestRedrawn(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Redrawn()
	if err != nil {
		t.Fatal(err)
	}
	var before workflow.Hash
	for n, s := range samples {
		verdict, err := verify.Verify(t.Context(), document(s.File), labOptions(lab, s.Sent))
		if err != nil || verdict.Verdict != workflow.Passed {
			t.Fatal(s.Name, verdict.AllCauses(), err)
		}
		picture := stampPicture(verdict)
		if picture.IsZero() || n%2 == 1 && picture == before {
			t.Errorf("%s: %s after %s", s.Name, picture.Short(), before.Short())
		}
		before = picture
	}
}

func stampPicture(verdict workflow.Verdict) workflow.Hash {
	for _, signature := range verdict.Signatures {
		for _, mark := range signature.Marks {
			if mark.Kind == "stamp" {
				return mark.Picture
			}
		}
	}
	return workflow.Hash{}
}
