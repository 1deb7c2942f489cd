package verify

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"slices"

	"contractd/signer/render"
	"contractd/workflow"
)

const (
	dpi       = 72 // Of all pages.
	fineDPI   = 150
	fewPixels = 3  // So much may change at the edge of a letter.
	visible   = 24 // A smaller difference of one colour is the renderer's.
)

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

// page compares one page.
func (g *gaze) page(page int) error {
	view := render.View{DPI: dpi}
	now, err := g.after(page, view)
	if err != nil {
		return err
	}
	same, err := g.same(page, view, now)
	if err != nil {
		return err
	}
	boxes := g.boxes(page, now.Bounds())
	if !same {
		before, err := g.before(page, view)
		if err != nil {
			return err
		}
		g.blameOutside(page, len(boxes) > 0, outside(before, now, boxes), "")
	}
	if err := g.printed(page, boxes); err != nil {
		return err
	}
	for _, box := range areas(boxes, now.Bounds()) {
		if err := g.under(page, box); err != nil {
			return err
		}
	}
	if !same && g.changed != nil {
		return g.draw(page)
	}
	return nil
}

// blameOutside judges pixels that differ where no mark stands. On a page without any mark nothing changed by our reading:
// then the second reader shows something that we do not know of. Beside a mark a renderer may have its ways.
func (g *gaze) blameOutside(page int, marked bool, pixels int, where string) {
	if pixels == 0 {
		return
	}
	cause := workflow.Cause{Reason: workflow.ReasonReaders, Weight: workflow.Failed, Page: page,
		Detail: fmt.Sprintf("%d pixels differ at %d dpi on a page without marks%s", pixels, dpi, where)}
	if marked {
		cause.Reason, cause.Weight = workflow.ReasonSeen, workflow.Indeterminate
		cause.Detail = fmt.Sprintf("%d pixels differ at %d dpi where no mark stands%s", pixels, dpi, where)
	}
	g.blame(cause)
}

// printed compares the page on paper, where no mark stands, with how what was sent prints. It costs as much as the screen does, at any
// resolution.
func (g *gaze) printed(page int, boxes []image.Rectangle) error {
	view := render.View{DPI: dpi, Print: true}
	now, err := g.after(page, view)
	if err != nil {
		return err
	}
	same, err := g.same(page, view, now)
	if err != nil || same {
		return err
	}
	before, err := g.before(page, view)
	if err != nil {
		return err
	}
	g.blameOutside(page, len(boxes) > 0, outside(before, now, boxes), ", on paper")
	return nil
}

// boxes gives the marks of a page in pixels, with some air for smooth edges.
func (g *gaze) boxes(page int, bounds image.Rectangle) []image.Rectangle {
	const air = 3
	if page > len(g.sizes) {
		return nil
	}
	own := g.sizes[page-1] // PDFium's unit need not be the page's.
	across, down := float64(bounds.Dx())/own.width, float64(bounds.Dy())/own.height
	var all []image.Rectangle
	for _, mark := range g.marks {
		if mark.Page == page {
			all = append(all, image.Rect(
				int(math.Floor(mark.X*across))-air, int(math.Floor((own.height-mark.Y-mark.Height)*down))-air,
				int(math.Ceil((mark.X+mark.Width)*across))+air, int(math.Ceil((own.height-mark.Y)*down))+air).Intersect(bounds))
		}
	}
	return all
}

// manyBoxes is where looking at one page whole costs less than at its marks.
const manyBoxes = 6

// areas are what must be looked at closely: the marks, or the page.
func areas(boxes []image.Rectangle, page image.Rectangle) []image.Rectangle {
	if len(boxes) > manyBoxes {
		return []image.Rectangle{page}
	}
	var around []image.Rectangle
	for _, box := range boxes {
		if !box.Empty() {
			around = append(around, box.Inset(-letter).Intersect(page))
		}
	}
	return around
}

// letter is how far around a mark is looked, in pixels of the coarse picture: what stands at its edge must be seen whole, or a mark
// that touches a letter would seem to cover what can be seen of it.
const letter = 14

// outside counts the pixels that differ where no mark is.
func outside(sent, returned *image.RGBA, boxes []image.Rectangle) int {
	if sent.Bounds() != returned.Bounds() {
		return max(1, returned.Bounds().Dx()*returned.Bounds().Dy())
	}
	count := 0
	differing(sent, returned, func(x, y int) {
		if !slices.ContainsFunc(boxes, image.Pt(x, y).In) {
			count++
		}
	})
	return count
}

// differing finds the pixels that look different in two pictures of one size.
func differing(one, other *image.RGBA, found func(x, y int)) {
	bounds := one.Bounds()
	for y := range bounds.Dy() {
		row, same := one.Pix[y*one.Stride:][:4*bounds.Dx()], other.Pix[y*other.Stride:][:4*bounds.Dx()]
		if bytes.Equal(row, same) {
			continue
		}
		for i := 0; i < len(row); i += 4 {
			if apart(row[i], same[i]) || apart(row[i+1], same[i+1]) || apart(row[i+2], same[i+2]) {
				found(bounds.Min.X+i/4, bounds.Min.Y+y)
			}
		}
	}
}

func apart(a, b uint8) bool { return int(a)-int(b) > visible || int(b)-int(a) > visible }
