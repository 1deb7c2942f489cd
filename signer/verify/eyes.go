package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"slices"

	"contractd/signer/render"
	"contractd/workflow"
)

// Eyes see pages through PDFium, the second reader, and remember how those looked that were sent. Their methods may be
// called from several goroutines; one document is seen at a time.
type Eyes struct {
	renderer *render.Renderer
	pictures *recall[*image.RGBA]
	digests  *recall[[sha256.Size]byte]
}

// NewEyes makes them of a renderer, which they do not close.
func NewEyes(renderer *render.Renderer) *Eyes {
	return &Eyes{renderer, newRecall[*image.RGBA](maxPictures), newRecall[[sha256.Size]byte](maxDigests)}
}

// maxPages bounds how many pages of one return are compared.
const maxPages = 200

// Look lets the second reader object to a return that passed; verification.md, 12 and 15. Both files must be read alike by
// it and by us; pages must look the same where no mark of the counterparty stands; marks must hide nothing, and be the
// same on screen and on paper. What a mark says on empty paper is not its matter.
//
// Changed, unless it is nil, gets a picture of each page that looks different, with the differences marked.
func (e *Eyes) Look(ctx context.Context, sent, returned workflow.Document, verdict *workflow.Verdict, changed func(page int, picture *image.RGBA) error) (err error) {
	session, err := e.renderer.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	g := &gaze{ctx: ctx, eyes: e, session: session, sent: pageSource{doc: sent}, returned: pageSource{doc: returned}, verdict: verdict, changed: changed}
	g.marks = theirMarks(*verdict)
	return g.judge()
}

// gaze is one return that is looked at.
type gaze struct {
	ctx      context.Context
	eyes     *Eyes
	session  *render.Session
	sent     pageSource
	returned pageSource
	verdict  *workflow.Verdict
	marks    []workflow.Mark
	sizes    []size // Of the returned pages, as we read them.
	changed  func(page int, picture *image.RGBA) error
}

// pageSource is a document that is opened when a page of it is needed.
type pageSource struct {
	doc    workflow.Document
	opened *render.Document
}

func (g *gaze) open(s *pageSource) (*render.Document, error) {
	if s.opened != nil {
		return s.opened, nil
	}
	opened, err := g.session.Open(s.doc, s.doc.Size)
	s.opened = opened
	return opened, err
}

func (g *gaze) blame(cause workflow.Cause) { g.verdict.Blame(cause) }

// judge compares, the cheap things first. What another reader cannot show is for a person.
func (g *gaze) judge() error {
	agree, err := g.readers()
	if err == nil && agree {
		err = g.pages()
	}
	if g.ctx.Err() != nil {
		return fmt.Errorf("look at the returned pages: %w", g.ctx.Err())
	}
	var fault *callbackError
	if errors.As(err, &fault) {
		return fault.error
	}
	if err != nil {
		g.blame(workflow.Cause{Reason: workflow.ReasonSeen, Weight: workflow.Indeterminate, Page: g.firstMarked(), Detail: err.Error()})
	}
	return nil
}

// callbackError is not the file's.
type callbackError struct{ error }

func (g *gaze) firstMarked() int {
	if pages := markedPages(g.marks); len(pages) > 0 {
		return pages[0]
	}
	return 0
}

// readers compares PDFium's reading with ours. A difference that is there already in what we sent is not of the
// counterparty's making.
func (g *gaze) readers() (agree bool, err error) {
	difference, sizes, err := g.difference(&g.returned)
	if err != nil {
		return false, err
	}
	g.sizes = sizes
	if difference == "" {
		return true, nil
	}
	cause := workflow.Cause{Reason: workflow.ReasonReaders, Weight: workflow.Failed, Detail: difference}
	before, _, err := g.difference(&g.sent)
	if err != nil || before != "" {
		cause.Weight = workflow.Indeterminate
	}
	g.blame(cause)
	return cause.Weight == workflow.Indeterminate && err == nil, nil
}

func (g *gaze) difference(s *pageSource) (string, []size, error) {
	opened, err := g.open(s)
	if err != nil {
		return "", nil, err
	}
	ours, sizes, err := ownReading(g.ctx, s.doc)
	if err != nil {
		return "", nil, err
	}
	theirs, err := opened.Facts()
	if err != nil {
		return "", nil, err
	}
	return disagreement(ours, theirs), sizes, nil
}

// pages compares all pages, or of very many those with marks and the first ones.
func (g *gaze) pages() error {
	count := g.returned.opened.Pages()
	chosen := markedPages(g.marks)
	for page := 1; page <= count && len(chosen) < maxPages; page++ {
		if !slices.Contains(chosen, page) {
			chosen = append(chosen, page)
		}
	}
	slices.Sort(chosen)
	if left := count - len(chosen); left > 0 {
		g.verdict.Notes = append(g.verdict.Notes, fmt.Sprintf("%d pages without marks were not compared by their looks: more than %d", left, maxPages))
	}
	for _, page := range chosen {
		if err := g.page(page); err != nil {
			return err
		}
	}
	return nil
}

// before shows a page as it was sent, from memory where possible.
func (g *gaze) before(page int, view render.View) (*image.RGBA, error) {
	of := glance{g.sent.doc.Hash, page, view}
	if picture, ok := g.eyes.pictures.get(of); ok {
		return picture, nil
	}
	opened, err := g.open(&g.sent)
	if err != nil {
		return nil, err
	}
	picture, err := opened.Render(g.ctx, page, view)
	if err != nil {
		return nil, err
	}
	g.eyes.pictures.put(of, picture, len(picture.Pix))
	g.eyes.digests.put(of, fingerprint(picture), 2*sha256.Size)
	return picture, nil
}

// after shows a page as it came back.
func (g *gaze) after(page int, view render.View) (*image.RGBA, error) {
	return g.returned.opened.Render(g.ctx, page, view)
}

// same says whether a page looks exactly as it was sent.
func (g *gaze) same(page int, view render.View, picture *image.RGBA) (bool, error) {
	was, ok := g.eyes.digests.get(glance{g.sent.doc.Hash, page, view})
	if !ok {
		sent, err := g.before(page, view)
		if err != nil {
			return false, err
		}
		was = fingerprint(sent)
	}
	return was == fingerprint(picture), nil
}

// Renderer is what the eyes see through.
func (e *Eyes) Renderer() *render.Renderer { return e.renderer }
