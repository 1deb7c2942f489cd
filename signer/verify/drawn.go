package verify

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// drawn is what a mark's appearance says and shows; verification.md, 13.
type drawn struct {
	page    int
	text    string        // In the order of drawing, without what is not text; broken where it does not read on.
	unread  error         // Why not all of the text is known.
	picture workflow.Hash // Of everything that is drawn and is no text; zero when there is nothing.
}

// Bounds of one appearance.
const (
	maxDrawnForms = 64 // Acrobat nests three.
	maxDrawnDepth = 8
	maxDrawnText  = 4096
)

// pen reads one appearance.
type pen struct {
	r        *pdf.Revision
	limits   pdf.Limits
	out      drawn
	picture  hash.Hash
	moves    hash.Hash // Where things are put: moved about they would draw something else.
	painted  bool
	lines    bool
	masked   bool // By a soft mask, which may hide a part of what is written.
	images   int
	turned   string // How the last image was turned and stretched.
	drawings int    // Operators that drew or described something so far.
	paints   int    // Of these, what painted or cut.
	forms    int
	shapes   map[pdf.Ref][sha256.Size]byte
	objects  int
	last     *writ
	text     strings.Builder
}

// readDrawn reads the normal appearance of a widget or a stamp.
func (c *fileCase) readDrawn(r *pdf.Revision, dict pdf.Dict, page int) drawn {
	p := &pen{r: r, limits: c.opts.Limits, picture: sha256.New(), moves: sha256.New(), shapes: map[pdf.Ref][sha256.Size]byte{}}
	p.out.page = page
	ap, err := r.Dict(dict["AP"])
	if err == nil {
		err = p.form(ap["N"], nil, pose{ctm: identity}, 0)
	}
	if err == nil && p.masked && p.text.Len() > 0 {
		err = errors.New("words behind a soft mask")
	}
	if err != nil {
		p.out.unread = err
	}
	p.out.text = p.text.String()
	if p.images == 1 && !p.lines && p.text.Len() == 0 && !p.masked {
		fmt.Fprint(p.picture, p.turned) // A seal alone, or a slice of it, is the same wherever it stands.
	} else {
		p.picture.Write(p.moves.Sum(nil)) // Never fails.
	}
	if p.painted {
		p.out.picture = workflow.Hash(p.picture.Sum(nil))
	}
	return p.out
}

// form reads a form XObject and those within. One without resources uses those around it (ISO 32000-2, 7.8.3).
func (p *pen) form(o pdf.Object, around pdf.Dict, from pose, depth int) error {
	if p.forms++; p.forms > maxDrawnForms || depth > maxDrawnDepth {
		return errors.New("too many forms in one mark")
	}
	o, err := p.r.Resolve(o)
	if err != nil || o == nil {
		return err
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		return fmt.Errorf("the appearance is %s", kindOf(o))
	}
	resources, err := p.r.Dict(stream.Dict["Resources"])
	if err != nil {
		return err
	}
	if resources == nil {
		resources = around
	}
	if err := p.frame(stream.Dict, depth); err != nil {
		return err
	}
	content, err := p.r.Decode(stream)
	if err != nil {
		return err
	}
	operations, err := pdf.Operations(content, p.limits)
	if err != nil {
		return err
	}
	if matrix, ok := p.matrix(stream.Dict["Matrix"]); ok {
		from.ctm = matrix.Mul(from.ctm)
	}
	scope := &scope{pen: p, resources: resources, depth: depth, pose: from}
	for _, operation := range operations {
		if err := scope.do(operation); err != nil {
			return err
		}
	}
	return nil
}

// frame notes what a form cuts off and how it is turned; the outermost is turned with the page.
func (p *pen) frame(form pdf.Dict, depth int) error {
	for n, key := range []pdf.Name{"BBox", "Matrix"} {
		value, err := p.r.Array(form[key])
		if err != nil {
			return err
		}
		if n == 0 || depth > 0 {
			if err := p.note(p.moves, string(key), value); err != nil {
				return err
			}
		}
	}
	return nil
}
