package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"contractd/signer/pdf"
	"contractd/signer/render"
	"contractd/workflow"
)

// ownReading is how we read what PDFium can tell of a document, in its terms; verification.md, 15.
func ownReading(ctx context.Context, doc workflow.Document) (facts render.Facts, sizes []size, err error) {
	file, err := pdf.Open(ctx, doc.ReaderAt, doc.Size, pdf.Limits{})
	if err != nil {
		return facts, nil, err
	}
	r := file.Last()
	pages, err := r.Pages()
	if err != nil {
		return facts, nil, err
	}
	facts.Pages = len(pages)
	for _, page := range pages {
		width, height := page.Size()
		sizes = append(sizes, size{width, height})
	}
	form, err := r.Form()
	if err != nil {
		return facts, nil, err
	}
	roots, err := r.Array(form["Fields"])
	if err != nil {
		return facts, nil, err
	}
	for _, root := range roots {
		if err := readRoot(r, root, &facts); err != nil {
			return facts, nil, err
		}
	}
	return facts, sizes, nil
}

// size is that of a page as seen, in millimetres.
type size struct{ width, height float64 }

// readRoot counts a field at the top of the form that says itself that it is for a signature.
func readRoot(r *pdf.Revision, root pdf.Object, facts *render.Facts) error {
	field, err := r.Dict(root)
	if err != nil {
		return err
	}
	if kind, err := r.Resolve(field["FT"]); err != nil || kind != pdf.Object(pdf.Name("Sig")) {
		return err
	}
	facts.Fields++
	value, err := r.Dict(field["V"])
	if err != nil {
		return err
	}
	numbers, err := r.Array(value["ByteRange"])
	if err != nil || len(numbers) == 0 {
		return err
	}
	var covered []int
	for _, number := range numbers {
		number, err := r.Resolve(number)
		if err != nil {
			return err
		}
		n, ok := number.(pdf.Integer)
		if !ok {
			return errors.New("a byte range is not made of integers")
		}
		covered = append(covered, int(n))
	}
	facts.ByteRanges = append(facts.ByteRanges, covered)
	return nil
}

// disagreement says what two readers see differently; empty when nothing.
func disagreement(ours, theirs render.Facts) string {
	switch {
	case ours.Pages != theirs.Pages:
		return fmt.Sprintf("%d pages for us, %d for PDFium", ours.Pages, theirs.Pages)
	case ours.Fields != theirs.Fields:
		return fmt.Sprintf("%d signature fields for us, %d for PDFium", ours.Fields, theirs.Fields)
	case !slices.EqualFunc(ours.ByteRanges, theirs.ByteRanges, slices.Equal):
		return fmt.Sprintf("byte ranges %v for us, %v for PDFium", ours.ByteRanges, theirs.ByteRanges)
	case theirs.Repaired:
		return "PDFium could not use the cross-references and made its own"
	}
	return ""
}
