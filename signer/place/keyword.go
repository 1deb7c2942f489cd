package place

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/render"
)

// hit is where a keyword stands, in mm on the page as seen.
type hit struct {
	page int
	box  pdf.Rect
}

// maxHits bounds what one keyword may find.
const maxHits = 1000

// keyword finds the places of a keyword: the middle of the mark's picture lies on its own.
func (s *sheet) keyword(ctx context.Context, at Spec, numbers []int, query Query) ([]signer.Place, error) {
	hits, err := s.hits(ctx, at.Keyword, numbers)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(hits, at)
	if err != nil {
		return nil, err
	}
	var places []signer.Place
	for _, h := range chosen {
		places = append(places, signer.Place{
			Page: h.page,
			X:    (h.box.Left+h.box.Right-query.Width)/2 + at.DX,
			Y:    (h.box.Bottom+h.box.Top-query.Height-query.Below)/2 + at.DY,
		})
	}
	if at.Free {
		return s.white(ctx, at, places, query)
	}
	return places, nil
}

// choose picks what was asked for, and refuses to guess.
func choose(hits []hit, at Spec) ([]hit, error) {
	switch {
	case at.Which == All:
		return hits, nil
	case at.Which == Last:
		return hits[len(hits)-1:], nil
	case at.Which == First || len(hits) == 1 && at.N <= 1:
		return hits[:1], nil
	case at.Which == Nth && at.N <= len(hits):
		return hits[at.N-1 : at.N], nil
	case at.Which == Nth:
		return nil, refuse("it stands "+listed(hits), "the keyword %q stands in %d places, not in %d", at.Keyword, len(hits), at.N)
	}
	return nil, refuse("say which: …;first, ;last, ;all or ;2; it stands "+listed(hits), "the keyword %q stands in %d places", at.Keyword, len(hits))
}

func listed(hits []hit) string {
	const most = 6
	var all []string
	for n, h := range hits {
		if n == most {
			all = append(all, fmt.Sprintf("and in %d more", len(hits)-most))
			break
		}
		all = append(all, fmt.Sprintf("on page %d at %.0f,%.0f", h.page, h.box.Left, h.box.Bottom))
	}
	return strings.Join(all, ", ")
}

// miss is what comes closest to a keyword that is nowhere.
type miss struct {
	page, edits int
	text        string
}

// hits searches pages in their order, each in the order of its text.
func (s *sheet) hits(ctx context.Context, keyword string, numbers []int) ([]hit, error) {
	key, letters := fold(keyword), 0
	closest := miss{edits: len(key)/2 + 1}
	var found []hit
	for _, number := range numbers {
		some, read, err := s.hitsOn(ctx, number, key, &closest)
		if err != nil {
			return nil, err
		}
		letters += read
		if found = append(found, some...); len(found) > maxHits {
			return nil, refuse("choose a longer keyword", "the keyword %q stands in more than %d places", keyword, maxHits)
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case letters == 0:
		return nil, refuse("name the place in millimetres, or let contractd look for white space: free:X,Y",
			"the keyword %q cannot be found: the %d pages that were searched are pictures without text, as of a scan", keyword, len(numbers))
	case closest.text != "":
		return nil, refuse(fmt.Sprintf("page %d says %q", closest.page, closest.text), "the keyword %q is nowhere on the %d pages that were searched", keyword, len(numbers))
	}
	return nil, refuse("look how the document writes it, and which pages are searched (--pages)", "the keyword %q is nowhere on the %d pages that were searched", keyword, len(numbers))
}

func (s *sheet) hitsOn(ctx context.Context, number int, key []rune, closest *miss) (found []hit, letters int, err error) {
	text, err := s.shown.Text(ctx, number)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	folded := foldRunes(text.Letters)
	all := occurrences(folded, key)
	if len(all) == 0 && s.pages[number-1].Rotate != 0 {
		// PDFium orders single letters from left to right as seen, also those that stand on their heads.
		reversed := slices.Clone(key)
		slices.Reverse(reversed)
		all = occurrences(folded, reversed)
	}
	for _, at := range all {
		box, err := s.around(text, number, folded[at:at+len(key)])
		if err != nil {
			return nil, 0, err
		}
		if n := len(found); n == 0 || !same(found[n-1].box, box) { // Bold is often the same text drawn twice.
			found = append(found, hit{number, box})
		}
	}
	if len(found) == 0 {
		if from, to, edits := nearest(folded, key); edits < closest.edits {
			*closest = miss{number, edits, string(text.Letters[folded[from].from : folded[to-1].from+1])}
		}
	}
	return found, len(folded), nil
}

// same reports whether two boxes are one place.
func same(a, b pdf.Rect) bool {
	common := a.Intersect(b)
	return !common.Empty() && common.Width()*common.Height() > 0.5*min(a.Width()*a.Height(), b.Width()*b.Height())
}

// around returns the box of letters as seen. Of a keyword that goes on in the next line it is that of the longer part.
func (s *sheet) around(text *render.Text, number int, letters []letter) (pdf.Rect, error) {
	inverse, ok := s.pages[number-1].FromMillimetres().Inverse()
	if !ok {
		return pdf.Rect{}, fmt.Errorf("page %d has no size", number)
	}
	var longest, run, last pdf.Rect
	most, count := 0, 0
	for n, l := range letters {
		if n > 0 && l.from == letters[n-1].from {
			continue
		}
		b, err := text.Box(l.from)
		if err != nil {
			return pdf.Rect{}, err
		}
		box := inverse.Bounds(pdf.Rect{Left: b.Left, Bottom: b.Bottom, Right: b.Right, Top: b.Top})
		if count > 0 && goesOn(last, box) {
			run = pdf.Rect{Left: min(run.Left, box.Left), Bottom: min(run.Bottom, box.Bottom), Right: max(run.Right, box.Right), Top: max(run.Top, box.Top)}
		} else {
			run, count = box, 0
		}
		last = box
		if count++; count > most {
			most, longest = count, run
		}
	}
	return longest, nil
}

// goesOn reports whether a letter stands in the line of the one before, or in its column where text runs down.
func goesOn(before, box pdf.Rect) bool {
	const loose, apart = 1, 15 // Millimetres: a full stop and a bracket need not overlap; letters of a column stand closer than lines of text are long.
	beside := min(before.Top, box.Top) > max(before.Bottom, box.Bottom)-loose
	below := min(before.Right, box.Right) > max(before.Left, box.Left)-loose && max(before.Bottom-box.Top, box.Bottom-before.Top) < apart
	return beside || below
}
