package verify

import (
	"context"
	"fmt"
	"image"
	"slices"

	"contractd/signer/render"
	"contractd/workflow"
)

// Look compares how a PDF renderer shows the pages that carry the counterparty's visible marks, as sent and as returned;
// verification.md, 12 and 15. A passed verdict becomes indeterminate where a mark hides what was printed below it, or a
// page looks different where no mark stands. It sees neither what a mark adds on empty paper nor pages without marks.
func Look(ctx context.Context, renderer *render.Renderer, sent, returned workflow.Document, verdict *workflow.Verdict) error {
	marks := theirMarks(*verdict)
	for some := range slices.Chunk(markedPages(marks), pagesAtOnce) {
		before := map[int]*image.RGBA{}
		err := render72(ctx, renderer, sent, some, func(page int, picture *image.RGBA) { before[page] = picture })
		if err == nil {
			err = render72(ctx, renderer, returned, some, func(page int, picture *image.RGBA) {
				blameSeen(verdict, page, compare(before[page], picture, page, marks))
			})
		}
		if ctx.Err() != nil {
			return fmt.Errorf("look at the returned pages: %w", ctx.Err())
		}
		if err != nil { // A file that another reader cannot show is for a person.
			verdict.Blame(workflow.Cause{Reason: workflow.ReasonSeen, Weight: workflow.Indeterminate, Page: some[0], Detail: err.Error()})
		}
	}
	return nil
}

// Marked reports whether the counterparty left marks that can be seen.
func Marked(verdict workflow.Verdict) bool { return len(theirMarks(verdict)) > 0 }

const (
	dpi         = 72
	pagesAtOnce = 8 // Pictures of 2 MB each.
	fewPixels   = 3 // So much may change at the edge of a letter.
)

func render72(ctx context.Context, renderer *render.Renderer, document workflow.Document, pages []int, keep func(int, *image.RGBA)) error {
	return renderer.Pages(ctx, document, document.Size, render.Options{DPI: dpi, Only: pages}, func(page int, picture *image.RGBA) error {
		keep(page, picture)
		return nil
	})
}

// theirMarks are the visible marks that came after what we sent.
func theirMarks(verdict workflow.Verdict) []workflow.Mark {
	var marks []workflow.Mark
	for _, signature := range verdict.Signatures {
		for _, mark := range signature.Marks {
			if signature.Side == workflow.SideTheirs && mark.Width > 0 && mark.Height > 0 {
				marks = append(marks, mark)
			}
		}
	}
	return marks
}

func markedPages(marks []workflow.Mark) []int {
	var pages []int
	for _, mark := range marks {
		pages = append(pages, mark.Page)
	}
	slices.Sort(pages)
	return slices.Compact(pages)
}

// seen is what comparing two pictures of a page found.
type seen struct {
	outside int // Pixels that differ where no mark is.
	hidden  int // Pixels of ink that a mark turned light.
}

func blameSeen(verdict *workflow.Verdict, page int, found seen) {
	if found.outside > 0 {
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonSeen, Weight: workflow.Indeterminate, Page: page,
			Detail: fmt.Sprintf("%d pixels differ at %d dpi where no mark stands", found.outside, dpi)})
	}
	if found.hidden >= fewPixels {
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonCovers, Weight: workflow.Indeterminate, Page: page,
			Detail: fmt.Sprintf("%d pixels of ink are hidden at %d dpi", found.hidden, dpi)})
	}
}

// Luma below dark is ink, from light on it is paper; a smaller difference than visible is the renderer's.
const dark, light, visible = 128, 200, 24

// compare compares a page as sent with the same page as returned.
func compare(sent, returned *image.RGBA, page int, marks []workflow.Mark) seen {
	if sent == nil || sent.Bounds() != returned.Bounds() {
		return seen{outside: returned.Bounds().Dx() * returned.Bounds().Dy()}
	}
	var found seen
	bounds := sent.Bounds()
	under := boxes(page, marks, bounds.Max.Y)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			was, is := luma(sent, x, y), luma(returned, x, y)
			if !slices.ContainsFunc(under, (image.Point{X: x, Y: y}).In) {
				if was-is > visible || is-was > visible {
					found.outside++
				}
			} else if was < dark && is >= light {
				found.hidden++
			}
		}
	}
	return found
}

// boxes gives the marks of a page in pixels, with some air for smooth edges.
func boxes(page int, marks []workflow.Mark, height int) []image.Rectangle {
	const air = 3
	pixels := func(mm float64) int { return int(mm * dpi / 25.4) }
	var all []image.Rectangle
	for _, mark := range marks {
		if mark.Page == page {
			all = append(all, image.Rect(pixels(mark.X)-air, height-pixels(mark.Y+mark.Height)-air,
				pixels(mark.X+mark.Width)+air, height-pixels(mark.Y)+air))
		}
	}
	return all
}

func luma(picture *image.RGBA, x, y int) int {
	c := picture.RGBAAt(x, y)
	return (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000
}
