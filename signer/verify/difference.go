package verify

import (
	"image"
	"image/color"
	"image/draw"

	"contractd/signer/render"
)

// Colours of a picture of differences.
var (
	besideColour = color.RGBA{R: 230, G: 0, B: 0, A: 255}      // Differs where no mark stands.
	insideColour = color.RGBA{R: 0, G: 90, B: 220, A: 255}     // Differs within a mark.
	frameColour  = color.RGBA{R: 0, G: 150, B: 60, A: 255}     // Around a mark.
	veil         = color.NRGBA{R: 255, G: 255, B: 255, A: 128} // Over what stayed the same.
)

// draw gives a picture of a page as it came back, pale, with what differs in strong colours.
func (g *gaze) draw(page int) error {
	view := render.View{DPI: fineDPI}
	now, err := g.after(page, view)
	if err != nil {
		return err
	}
	before, err := g.before(page, view)
	if err != nil {
		return err
	}
	picture := image.NewRGBA(now.Bounds())
	draw.Draw(picture, picture.Bounds(), now, image.Point{}, draw.Src)
	draw.Draw(picture, picture.Bounds(), image.NewUniform(veil), image.Point{}, draw.Over)
	boxes := g.boxes(page, now.Bounds())
	if before.Bounds() == now.Bounds() {
		differing(before, now, func(x, y int) {
			colour := besideColour
			for _, box := range boxes {
				if image.Pt(x, y).In(box) {
					colour = insideColour
				}
			}
			picture.SetRGBA(x, y, colour)
		})
	}
	for _, box := range boxes {
		frame(picture, box)
	}
	if err := g.changed(page, picture); err != nil {
		return &callbackError{err}
	}
	return nil
}

// frame draws a line of two pixels along a box.
func frame(picture *image.RGBA, box image.Rectangle) {
	inner := box.Inset(2)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if at := image.Pt(x, y); !at.In(inner) && at.In(picture.Bounds()) {
				picture.SetRGBA(x, y, frameColour)
			}
		}
	}
}
