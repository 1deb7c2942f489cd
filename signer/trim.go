package signer

import (
	"image"
	"image/color"
)

// faintest is the least darkness on white paper, of 255, that counts as ink: what scanners and lossy formats leave in a
// margin is fainter.
const faintest = 13

// inked finds the box round everything that would be seen on white paper; a picture of nothing is left as it is.
func inked(bounds image.Rectangle, at func(x, y int) color.NRGBA) (box image.Rectangle, ink bool) {
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if !isInk(at(x, y)) {
				continue
			}
			if !ink {
				box, ink = image.Rect(x, y, x+1, y+1), true
				continue
			}
			box = image.Rect(min(box.Min.X, x), min(box.Min.Y, y), max(box.Max.X, x+1), max(box.Max.Y, y+1))
		}
	}
	if !ink {
		return bounds, false
	}
	return box, true
}

func isInk(c color.NRGBA) bool {
	return int(255-min(c.R, c.G, c.B))*int(c.A) >= faintest*255
}
