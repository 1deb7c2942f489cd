package signer_test

import (
	"errors"
	"strings"
	"testing"

	"contractd/signer"
	"contractd/workflow"
)

// TestRefusedGeometry has seals that cannot stand where they are asked to, with words that name the cause.
func TestRefusedGeometry(t *testing.T) {
	w := newWorld(t)
	ready, ridden := sealImage(t), func(change func(*signer.Seal)) signer.Seal {
		s := signer.Seal{Kind: signer.Riding, Image: sealImage(t)}
		change(&s)
		return s
	}
	many := func(pages signer.Selection) signer.Seal {
		return signer.Seal{Kind: signer.MultiPage, Image: ready, Pages: pages}
	}
	tests := map[string]struct {
		seal signer.Seal
		word string
	}{
		"page 5 of 4":          {many("2,5"), "page 5 of a document of 4 pages"},
		"range past the end":   {many("3-9"), "page 9 of a document of 4 pages"},
		"backwards":            {many("3-2"), "backwards"},
		"page 0":               {many("0"), "selects no pages"},
		"no pages":             {many(","), "selects no pages"},
		"words":                {many("第一页"), "selects no pages"},
		"-5 of 4":              {many("-5"), "page 0 of a document of 4 pages"},
		"outside":              {signer.Seal{Kind: signer.MultiPage, Image: ready, X: 180}, "stands out over page 1"},
		"one page to ride":     {ridden(func(s *signer.Seal) { s.Pages = "2" }), "nothing to ride over"},
		"nothing on it":        {ridden(func(s *signer.Seal) { s.Image = emptyImage(t) }), "something on it"},
		"text rides":           {ridden(func(s *signer.Seal) { s.Lines = []string{"合同"} }), "no lines of text"},
		"no such edge":         {ridden(func(s *signer.Seal) { s.Edge = "spine" }), `no edge "spine"`},
		"one slice":            {ridden(func(s *signer.Seal) { s.Limit = 1 }), "two slices"},
		"all on the first":     {ridden(func(s *signer.Seal) { s.First = 1 }), "on the first page"},
		"nearly all":           {ridden(func(s *signer.Seal) { s.First = 0.9999 }), "cannot be cut into 4 slices"},
		"beyond the edge":      {ridden(func(s *signer.Seal) { s.Along = new(280.0) }), "stands out over page 1"},
		"nowhere":              {ridden(func(s *signer.Seal) { s.Along = new(nan()) }), "along the edge"},
		"two sides, at top":    {ridden(func(s *signer.Seal) { s.Edge, s.TwoSided = signer.Top, true }), "right or left"},
		"no such way":          {ridden(func(s *signer.Seal) { s.Single = "skip" }), `no way "skip"`},
		"places ride":          {ridden(func(s *signer.Seal) { s.Places = []signer.Place{{Page: 1}} }), "not at a place"},
		"a place on no page":   {signer.Seal{Image: ready, Places: []signer.Place{{Page: 9}}}, "page 9 of a document of 4 pages"},
		"many pages, no field": {signer.Seal{Kind: signer.MultiPage, Image: ready, Field: "Seal1"}, "ordinary or invisible"},
	}
	for name, test := range tests {
		r := request(t, w.p256)
		r.Seals = []signer.Seal{test.seal}
		written, err := trySeal(t, generate(4, 0), r)
		if !errors.Is(err, workflow.ErrUsage) || !strings.Contains(err.Error(), test.word) || written > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, written)
		}
		if workflow.HintOf(err) == "" {
			t.Errorf("%s: no cure in %v", name, err)
		}
	}
}

// TestTooManySignatures has a token that would be busy for minutes.
func TestTooManySignatures(t *testing.T) {
	w := newWorld(t)
	r := request(t, w.p256)
	r.Separate, r.Seals = true, []signer.Seal{{Kind: signer.MultiPage, Image: sealImage(t), Size: 20}}
	if written, err := trySeal(t, generate(501, 0), r); !errors.Is(err, workflow.ErrUsage) || written > 0 {
		t.Errorf("%v, %d bytes written", err, written)
	}
}

func TestSelection(t *testing.T) {
	for text, want := range map[signer.Selection]string{
		"all": "1 2 3 4 5 6 7", "odd": "1 3 5 7", "even": "2 4 6", "first": "1", "last": "7", "1-3,5": "1 2 3 5", "5, 1-2,2": "1 2 5",
		"-1": "7", "-3--2": "5 6", "6-": "6 7", "2--2": "2 3 4 5 6", "first,last": "1 7", "even,1": "1 2 4 6",
	} {
		got, err := text.Of(7)
		if err != nil || strings.Trim(strings.Join(strings.Fields(fmtInts(got)), " "), "[]") != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := signer.EvenPages.Of(1); !errors.Is(err, workflow.ErrUsage) {
		t.Errorf("the even ones of one page: %v", err)
	}
	if got, err := signer.OddPages.Of(1); err != nil || len(got) != 1 {
		t.Errorf("the odd ones of one page: %v, %v", got, err)
	}
}

func FuzzSelection(f *testing.F) {
	for _, seed := range []string{"all", "1-3,5,8-", "-1", "--", "9999999999999999999999", "odd,even", "1-2-3", " , "} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, pages int) {
		pages = min(max(pages, 0), 5000)
		got, err := signer.Selection(text).Of(pages)
		if err == nil && (len(got) == 0 || got[0] < 1 || got[len(got)-1] > pages) {
			t.Errorf("%q of %d pages: %v", text, pages, got)
		}
		if err != nil && !errors.Is(err, workflow.ErrUsage) {
			t.Error(err)
		}
	})
}
