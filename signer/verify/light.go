package verify

import (
	"image"
)

// Bounds of what is light print on a dark ground; verification.md, 12. What encloses such a piece is dark far beyond the strokes of
// letters, so that the white within an 口 is none.
const (
	maxLight   = 60 // Pixels each way: at 150 dpi a letter of 28 points.
	groundFrom = 4  // The ground is looked at so far from the piece …
	groundTo   = 8  // … up to here.
	groundPart = 60 // Per cent of that which are dark.
	wideTo     = 20 // And so far around it, about 3 mm, …
	widePart   = 48 // … so much is: letters of any size leave more paper between them.
	turnedPart = 40 // Per cent of the piece that look like the ground now.
)

// lostLight counts the connected pieces of light print on a dark ground that cannot be read any more: they look like their
// ground. That the ground itself turned light is for lostInk to see.
func lostLight(sent, returned *image.RGBA) int {
	p := &paper{width: sent.Bounds().Dx(), height: sent.Bounds().Dy(), was: lumas(sent), is: lumas(returned)}
	p.piece = make([]int32, len(p.was))
	lost := 0
	for at := range p.was {
		if p.was[at] >= dark && p.piece[at] == 0 {
			p.pieces++
			if p.dimmed(p.gather(at)) {
				lost++
			}
		}
	}
	return lost
}

// gather collects the piece of light around a pixel, edges touching.
func (p *paper) gather(at int) []int {
	p.stack = append(p.stack[:0], at)
	p.piece[at] = p.pieces
	take := func(other int) {
		if p.was[other] >= dark && p.piece[other] == 0 {
			p.piece[other] = p.pieces
			p.stack = append(p.stack, other)
		}
	}
	for next := 0; next < len(p.stack); next++ {
		one := p.stack[next]
		x := one % p.width
		if x > 0 {
			take(one - 1)
		}
		if x < p.width-1 {
			take(one + 1)
		}
		if one >= p.width {
			take(one - p.width)
		}
		if one+p.width < len(p.was) {
			take(one + p.width)
		}
	}
	return p.stack
}

// dimmed says whether a piece of light print looks like its ground. The cheap question comes first: most pieces did not change.
func (p *paper) dimmed(light []int) bool {
	turned := 0
	for _, at := range light {
		if p.is[at] < dark {
			turned++
		}
	}
	if turned < fewPixels || turned*100 < len(light)*turnedPart {
		return false
	}
	box := p.boundsOf(light)
	if box.Dx() > maxLight || box.Dy() > maxLight {
		return false
	}
	ground, now := p.ground(box)
	if !ground {
		return false
	}
	like := 0
	for _, at := range light {
		if is := int(p.is[at]); is-now < alike && now-is < alike {
			like++
		}
	}
	return like*100 >= len(light)*turnedPart
}

// boundsOf is the box around some pixels.
func (p *paper) boundsOf(pixels []int) image.Rectangle {
	box := image.Rectangle{}
	for _, at := range pixels {
		box = box.Union(image.Rect(at%p.width, at/p.width, at%p.width+1, at/p.width+1))
	}
	return box
}

// ground looks at the frame around a box: whether it was dark, and how dark that is now.
func (p *paper) ground(box image.Rectangle) (dim bool, now int) {
	within := image.Rect(0, 0, p.width, p.height)
	inner, outer := box.Inset(-groundFrom), box.Inset(-groundTo).Intersect(within)
	all, deep, sum := p.darkness(outer, inner)
	if deep == 0 || deep*100 < all*groundPart {
		return false, 0
	}
	if all, deep, _ := p.darkness(box.Inset(-wideTo).Intersect(within), box); deep*100 < all*widePart {
		return false, 0
	}
	return true, sum / deep
}

// darkness counts the pixels between two boxes, those that were dark, and the sum of what these are now.
func (p *paper) darkness(outer, inner image.Rectangle) (all, deep, sum int) {
	for y := outer.Min.Y; y < outer.Max.Y; y++ {
		for x := outer.Min.X; x < outer.Max.X; x++ {
			if image.Pt(x, y).In(inner) {
				continue
			}
			all++
			if at := y*p.width + x; p.was[at] < dark {
				deep++
				sum += int(p.is[at])
			}
		}
	}
	return all, deep, sum
}
