package signer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// stampFlags are Print, ReadOnly, Locked and LockedContents (ISO 32000-2, Table 167).
const stampFlags = 4 | 64 | 128 | 512

// Preparation is what a draft gets before its first seal, in a revision of its own. It belongs to the batch of that seal, and is
// undone with it.
type Preparation struct {
	BatchID string
	Stamp   *Stamp       // nil for none.
	Fields  []EmptyField // For signatures of others.
}

// Stamp is a square of modules on a page, such as a QR code.
type Stamp struct {
	Place   Place
	Size    float64  // In mm, with the quiet zone.
	Quiet   int      // White modules around it.
	Modules [][]bool // Dark ones, row by row from the top.
}

// EmptyField is a place for somebody else's signature.
type EmptyField struct {
	Name          string
	Label         string // What a viewer says of it.
	Place         Place
	Width, Height float64 // In mm.
}

// Prepared is what Prepare made.
type Prepared struct {
	Size   int64
	SHA256 [32]byte
}

// Prepare writes the input, and a revision with the preparation, to out. It refuses a document that is signed already: whoever
// signed it did not sign that. The fields have neither /Lock nor /SV, so that any client can fill them, and no appearance, since
// nothing that shows may come without a signature that vouches for it; viewers that know fields show where they are.
func (s *Sealer) Prepare(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, p Preparation) (Prepared, error) {
	tail, err := s.prepare(ctx, in, size, p)
	if err != nil {
		return Prepared{}, fmt.Errorf("prepare document: %w", err)
	}
	digest := sha256.New()
	if err := s.copy(ctx, in, tail.Base, io.MultiWriter(digest, out)); err != nil {
		return Prepared{}, fmt.Errorf("prepare document: %w", err)
	}
	digest.Write(tail.Bytes) // A hash never fails.
	if _, err := out.Write(tail.Bytes); err != nil {
		return Prepared{}, fmt.Errorf("write the preparation: %w", err)
	}
	return Prepared{tail.Size(), [32]byte(digest.Sum(nil))}, nil
}

func (s *Sealer) prepare(ctx context.Context, in io.ReaderAt, size int64, p Preparation) (*pdf.Tail, error) {
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return nil, err
	}
	if err := sealable(file); err != nil {
		return nil, err
	}
	rev := file.Last()
	if signed, err := signatures(rev); err != nil {
		return nil, err
	} else if len(signed) > 0 {
		err := fmt.Errorf("%w: it is signed already", workflow.ErrPolicy)
		return nil, workflow.WithHint(err, "prepare the document before anybody signs it")
	}
	pages, err := rev.Pages()
	if err != nil {
		return nil, blame(err)
	}
	w := &preparing{update: pdf.NewUpdate(file), pages: pages, private: pdf.Dict{
		batchKey: pdf.TextString(p.BatchID), beforeKey: pdf.Integer(size),
	}}
	if p.Stamp != nil {
		err = w.stamp(*p.Stamp)
	}
	if err == nil {
		err = w.fields(rev, p.Fields)
	}
	if err != nil {
		return nil, blame(err)
	}
	tail, err := w.update.Build()
	return tail, blame(err)
}

// preparing is a preparation under way.
type preparing struct {
	update  *pdf.Update
	pages   []pdf.Page
	private pdf.Dict // The private keys of each annotation.
}

// annotate hangs an annotation with the private keys into a page.
func (w *preparing) annotate(page pdf.Page, annotation pdf.Dict) (pdf.Ref, error) {
	for key, value := range w.private {
		annotation[key] = value
	}
	annotation["Type"], annotation["P"] = pdf.Name("Annot"), page.Ref
	ref := w.update.Add(annotation)
	return ref, w.update.AppendAnnots(page.Ref, ref)
}

// rect returns a place on its page in user space.
func (w *preparing) rect(at Place, width, height float64) (pdf.Page, pdf.Rect, error) {
	if at.Page < 1 || at.Page > len(w.pages) {
		return pdf.Page{}, pdf.Rect{}, outOfRange(at.Page, len(w.pages))
	}
	page := w.pages[at.Page-1]
	across, up := page.Size()
	seen := pdf.Rect{Left: at.X, Bottom: at.Y, Right: at.X + width, Top: at.Y + height}
	const rounding = 0.01 // Millimetres.
	if !(width > 0 && height > 0 && seen.Left >= -rounding && seen.Bottom >= -rounding && seen.Right <= across+rounding && seen.Top <= up+rounding) {
		err := fmt.Errorf("%w: %.1f × %.1f mm at %.1f,%.1f stand out over page %d of %.1f × %.1f mm",
			workflow.ErrUsage, width, height, at.X, at.Y, page.Number, across, up)
		return page, seen, workflow.WithHint(err, "places are in mm from the lower left of the page as seen; move it, or make it smaller")
	}
	return page, page.FromMillimetres().Bounds(seen), nil
}

// stamp puts a code on its page as a stamp annotation: it shows and prints in every viewer, whereas a change of the page's own
// content would be one that no later judge could tell from a forgery.
func (w *preparing) stamp(s Stamp) error {
	page, rect, err := w.rect(s.Place, s.Size, s.Size)
	if err != nil {
		return err
	}
	form := w.update.Add(pdf.FlateStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "Resources": pdf.Dict{},
		"BBox":   pdf.Rect{Right: s.Size * millimetre, Top: s.Size * millimetre}.Array(),
		"Matrix": upright(page).Array(),
	}, s.content()))
	_, err = w.annotate(page, pdf.Dict{
		"Subtype": pdf.Name("Stamp"), "F": pdf.Integer(stampFlags), "Rect": rect.Array(), "AP": pdf.Dict{"N": form},
	})
	return err
}

// content draws the modules on white; runs in a row are one rectangle.
func (s Stamp) content() []byte {
	var b bytes.Buffer
	side := s.Size * millimetre
	module := side / float64(len(s.Modules)+2*s.Quiet)
	fmt.Fprintf(&b, "q 1 g 0 0 %.4f %.4f re f 0 g\n", side, side)
	for row, line := range s.Modules {
		y := side - float64(s.Quiet+row+1)*module
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				fmt.Fprintf(&b, "%.4f %.4f %.4f %.4f re\n", float64(s.Quiet+from)*module, y, float64(to-from)*module, module)
				from = to
			}
		}
	}
	b.WriteString("f Q\n")
	return b.Bytes()
}

// fields adds empty signature fields to pages and form.
func (w *preparing) fields(rev *pdf.Revision, fields []EmptyField) error {
	if len(fields) == 0 {
		return nil
	}
	known, err := rev.Fields()
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, f := range known {
		taken[f.Name] = true
	}
	var added []pdf.Ref
	for _, field := range fields {
		if field.Name == "" || taken[field.Name] {
			err := fmt.Errorf("%w: the document has a field %q already", workflow.ErrUsage, field.Name)
			return workflow.WithHint(err, "give the new field another name; each is there once")
		}
		taken[field.Name] = true
		page, rect, err := w.rect(field.Place, field.Width, field.Height)
		if err != nil {
			return fmt.Errorf("prepare field %q: %w", field.Name, err)
		}
		widget := pdf.Dict{
			"Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(field.Name), "F": pdf.Integer(4), "Rect": rect.Array(),
		}
		if field.Label != "" {
			widget["TU"] = pdf.TextString(field.Label)
		}
		ref, err := w.annotate(page, widget)
		if err != nil {
			return err
		}
		added = append(added, ref)
	}
	if err := w.update.AppendFields(added...); err != nil {
		return err
	}
	return w.update.SetSigFlags(1) // ISO 32000-2, Table 225: SignaturesExist.
}
