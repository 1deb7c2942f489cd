package verify

import (
	"fmt"
	"image"

	"contractd/signer/render"
	"contractd/workflow"
)

// under looks closely at the place of a mark, given in pixels of the coarse picture: the mark must hide nothing, and show the
// same on paper.
func (g *gaze) under(page int, box image.Rectangle) error {
	view := render.View{DPI: fineDPI, Area: render.Area{
		X: float64(box.Min.X), Y: float64(box.Min.Y), Width: float64(box.Dx()), Height: float64(box.Dy()), // At 72 dpi a pixel is a point.
	}}
	now, err := g.after(page, view)
	if err != nil {
		return err
	}
	before, err := g.before(page, view)
	if err != nil {
		return err
	}
	if before.Bounds() == now.Bounds() {
		if lost := lostInk(before, now) + lostLight(before, now); lost > 0 {
			g.blame(workflow.Cause{Reason: workflow.ReasonCovers, Weight: workflow.Indeterminate, Page: page,
				Detail: fmt.Sprintf("%d letters, lines or parts of them cannot be read any more at %d dpi", lost, fineDPI)})
		}
	}
	return g.onPaper(page, view, now)
}

// onPaper wants the mark to print as it shows. What the sent page itself prints differently is not the mark's doing.
func (g *gaze) onPaper(page int, view render.View, shown *image.RGBA) error {
	paper := view
	paper.Print = true
	printed, err := g.after(page, paper)
	if err != nil {
		return err
	}
	if countDiffering(shown, printed, nil) < fewPixels {
		return nil
	}
	shownBefore, err := g.before(page, view)
	if err != nil {
		return err
	}
	printedBefore, err := g.before(page, paper)
	if err != nil {
		return err
	}
	ours := map[image.Point]bool{}
	if shownBefore.Bounds() == printedBefore.Bounds() {
		differing(shownBefore, printedBefore, func(x, y int) { ours[image.Pt(x, y)] = true })
	}
	if pixels := countDiffering(shown, printed, ours); pixels >= fewPixels {
		g.blame(workflow.Cause{Reason: workflow.ReasonMarkHidden, Weight: workflow.Failed, Page: page,
			Detail: fmt.Sprintf("%d pixels of a mark show on only one of screen and paper", pixels)})
	}
	return nil
}

func countDiffering(one, other *image.RGBA, but map[image.Point]bool) int {
	if one.Bounds() != other.Bounds() {
		return one.Bounds().Dx() * one.Bounds().Dy()
	}
	count := 0
	differing(one, other, func(x, y int) {
		if !but[image.Pt(x, y)] {
			count++
		}
	})
	return count
}
