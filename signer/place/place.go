// Package place finds where on a document's pages a mark shall stand: at a point, by a keyword of the text, in a prepared
// signature field, or in white space.
//
// It promises: places are in millimetres on the page as seen, of turned and cropped pages too; a keyword is found however the
// document splits its letters, in full width and half width, with and without spaces; what covers no ink covers none as PDFium
// shows the page, forms and annotations included; what cannot be decided is refused with the places that there are.
//
// It does not place anything (package signer does), and reads no text in pictures: a scan has white space, but no keywords.
package place

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/render"
	"contractd/workflow"
)

// Query says what shall stand where. It travels to workers as JSON.
type Query struct {
	At            string           // As Parse reads it.
	Pages         signer.Selection // The pages that are looked at.
	Width, Height float64          // Of the mark, in mm.
	Below         float64          // Of Height, what is no picture and hangs below it: a keyword gets the picture.
	Clear         bool             // The mark must cover neither ink nor another mark, wherever it stands.
	Apart         bool             // The mark must cover no other mark.
	Marks         []Taken          // In place of Pages and size: marks that have their places, and are looked at only for ink.
	Loose         bool             // Its size is an estimate: it may stand out over the page.
	Taken         []Taken          // Where other marks of the same batch will stand.
}

// Taken is a rectangle in mm from the lower left of a page as seen, that another mark takes.
type Taken struct {
	Page                int
	X, Y, Width, Height float64
}

// Refusal says why there is no place, and what a person can do. It travels between processes.
type Refusal struct{ What, Cure string }

// Error implements error.
func (r *Refusal) Error() string { return r.What }

// Explain makes an error of workflow from a refusal; others stay as they are.
func Explain(err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrUsage, err), refusal.Cure)
}

func refuse(cure, format string, args ...any) error {
	return &Refusal{fmt.Sprintf(format, args...), cure}
}

// Find answers queries about one document, in their order: what one takes, the next ones leave free. A seal that goes into a
// field has no places. A *Refusal tells what a person asked for and cannot have; other errors are those of reading.
func Find(ctx context.Context, renderer *render.Renderer, in io.ReaderAt, size int64, queries ...Query) (places [][]signer.Place, err error) {
	session, err := renderer.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	s, err := open(ctx, session, in, size)
	if err != nil {
		return nil, err
	}
	var taken []Taken
	for _, query := range queries {
		query.Taken = append(append([]Taken(nil), query.Taken...), taken...)
		found, err := s.find(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("place a mark at %s: %w", query.At, err)
		}
		for _, p := range found {
			taken = append(taken, Taken{p.Page, p.X, p.Y, query.Width, query.Height})
		}
		places = append(places, found)
	}
	return places, nil
}

// sheet is an open document, with both readers' eyes.
type sheet struct {
	file  *pdf.File
	pages []pdf.Page
	shown *render.Document
	inked map[int]*ink // By page.
}

func open(ctx context.Context, session *render.Session, in io.ReaderAt, size int64) (*sheet, error) {
	file, err := pdf.Open(ctx, in, size, pdf.Limits{})
	if err != nil {
		return nil, err
	}
	pages, err := file.Last().Pages()
	if err != nil {
		return nil, err
	}
	shown, err := session.Open(in, size)
	if err != nil {
		return nil, err
	}
	if shown.Pages() != len(pages) {
		return nil, refuse("have the program that made it save it anew", "two readers find %d and %d pages", len(pages), shown.Pages())
	}
	return &sheet{file: file, pages: pages, shown: shown, inked: map[int]*ink{}}, nil
}

func (s *sheet) find(ctx context.Context, query Query) ([]signer.Place, error) {
	if len(query.Marks) > 0 {
		return nil, s.blank(ctx, query.Marks, "choose another edge, field or place, or let print be covered: leave clear out")
	}
	at, err := Parse(query.At)
	if err != nil {
		return nil, err
	}
	if at.Kind == InField {
		return nil, s.field(at.Field)
	}
	numbers, err := query.Pages.Of(len(s.pages))
	if err != nil {
		return nil, &Refusal{err.Error(), cmp.Or(workflow.HintOf(err), fmt.Sprintf("the document has %d pages", len(s.pages)))}
	}
	var places []signer.Place
	switch at.Kind {
	case AtKeyword:
		places, err = s.keyword(ctx, at, numbers, query)
	default:
		for _, number := range numbers {
			places = append(places, signer.Place{Page: number, X: at.X, Y: at.Y})
		}
		if at.Free {
			places, err = s.white(ctx, at, places, query)
		}
	}
	if err != nil {
		return nil, err
	}
	return places, s.check(ctx, places, at, query)
}

// check refuses what stands out over its page, and what covers ink or another mark where that is not wanted.
func (s *sheet) check(ctx context.Context, places []signer.Place, at Spec, query Query) error {
	for _, p := range places {
		width, height := s.pages[p.Page-1].Size()
		const rounding = 0.01
		if !query.Loose && (p.X < -rounding || p.Y < -rounding || p.X+query.Width > width+rounding || p.Y+query.Height > height+rounding) {
			return refuse("choose a smaller seal or an offset: …;+DX,DY", "a mark of %.1f × %.1f mm at %.1f,%.1f stands out over page %d of %.1f × %.1f mm",
				query.Width, query.Height, p.X, p.Y, p.Page, width, height)
		}
		mark := Taken{p.Page, p.X, p.Y, query.Width, query.Height}
		if (query.Clear || query.Apart) && slices.ContainsFunc(query.Taken, mark.overlaps) {
			return refuse("move one of them, or let contractd look for white space: "+at.freed(),
				"a mark of %.1f × %.1f mm at %.1f,%.1f on page %d would lie over another mark of ours", query.Width, query.Height, p.X, p.Y, p.Page)
		}
		if !query.Clear || at.Free {
			continue
		}
		if err := s.blank(ctx, []Taken{mark}, "let contractd look for white space: "+at.freed()); err != nil {
			return err
		}
	}
	return nil
}

// blank refuses marks that would cover ink.
func (s *sheet) blank(ctx context.Context, marks []Taken, cure string) error {
	for _, m := range marks {
		paper, err := s.ink(ctx, m.Page)
		if err != nil {
			return err
		}
		if paper.covers(m.X, m.Y, m.Width, m.Height) {
			return refuse(cure, "a mark of %.1f × %.1f mm at %.1f,%.1f on page %d would cover what is printed there", m.Width, m.Height, m.X, m.Y, m.Page)
		}
	}
	return nil
}

// overlaps reports whether two marks have more than an edge in common.
func (t Taken) overlaps(other Taken) bool {
	const rounding = 0.01
	return t.Page == other.Page && t.X < other.X+other.Width-rounding && other.X < t.X+t.Width-rounding &&
		t.Y < other.Y+other.Height-rounding && other.Y < t.Y+t.Height-rounding
}

// field refuses a name that no empty signature field has.
func (s *sheet) field(name string) error {
	fields, err := s.file.Last().Fields()
	if err != nil {
		return err
	}
	empty := ""
	for _, f := range fields {
		if f.Type != "Sig" {
			continue
		}
		value, err := s.file.Last().Resolve(f.Value)
		if err != nil {
			return err
		}
		switch {
		case f.Name == name && value == nil:
			return nil
		case f.Name == name:
			return refuse("choose another field, or another place", "the signature field %q is signed already", name)
		case value == nil:
			empty += fmt.Sprintf(" %q", f.Name)
		}
	}
	if empty == "" {
		return refuse("choose a place on a page", "the document has no empty signature field, and none called %q", name)
	}
	return refuse("its empty signature fields are"+empty, "the document has no signature field %q", name)
}
