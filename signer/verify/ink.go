package verify

import (
	"image"
)

// Luma below dark is ink, from light on it is paper. Two lumas nearer than alike cannot be told apart by a reader.
const dark, light, alike = 150, 200, 48

// Bounds of what makes ink unreadable; verification.md, 12.
const (
	lostShare   = 10 // One in so many of its pixels turned light.
	lostPixels  = 24 // Or so many: a digit of ten points has about three times as many.
	fewOutline  = 8  // A smaller outline says nothing.
	outlinePart = 30 // Per cent of the outline that turned dark like the ink.
	outlineWide = 2  // Pixels around the ink, beyond its smooth edge.
)

// lostInk counts the connected pieces of ink that cannot be read any more: they turned light, or their light surroundings
// turned as dark as they are. Ink that shines through a mark stays.
func lostInk(sent, returned *image.RGBA) int {
	p := &paper{width: sent.Bounds().Dx(), height: sent.Bounds().Dy(), was: lumas(sent), is: lumas(returned)}
	p.piece, p.edge = make([]int32, len(p.was)), make([]int32, len(p.was))
	lost := 0
	for at := range p.was {
		if p.was[at] < dark && p.piece[at] == 0 {
			p.pieces++
			if p.lost(p.collect(at)) {
				lost++
			}
		}
	}
	return lost
}

// paper is one place before and after, pixel by pixel.
type paper struct {
	width, height int
	was, is       []uint8
	piece         []int32 // To which piece of ink a pixel belongs; 0: to none.
	edge          []int32 // For which piece it was counted last as outline.
	pieces        int32
	stack         []int
}

// collect gathers the piece of ink around a pixel, corners touching.
func (p *paper) collect(at int) []int {
	p.stack = append(p.stack[:0], at)
	p.piece[at] = p.pieces
	for next := 0; next < len(p.stack); next++ {
		p.around(p.stack[next], 1, func(other int) {
			if p.was[other] < dark && p.piece[other] == 0 {
				p.piece[other] = p.pieces
				p.stack = append(p.stack, other)
			}
		})
	}
	return p.stack
}

// around visits the pixels of a square.
func (p *paper) around(at, distance int, visit func(int)) {
	x, y := at%p.width, at/p.width
	for ny := max(0, y-distance); ny <= min(p.height-1, y+distance); ny++ {
		for nx := max(0, x-distance); nx <= min(p.width-1, x+distance); nx++ {
			visit(ny*p.width + nx)
		}
	}
}

func (p *paper) lost(ink []int) bool {
	turned, sum := 0, 0
	for _, at := range ink {
		sum += int(p.is[at])
		if p.is[at] >= light {
			turned++
		}
	}
	if turned >= fewPixels && turned*lostShare >= len(ink) || turned >= lostPixels {
		return true
	}
	return p.drowned(ink, sum/len(ink))
}

// drowned says whether the paper around ink turned as dark as the ink is now.
func (p *paper) drowned(ink []int, now int) bool {
	outline, like := 0, 0
	for _, at := range ink {
		p.around(at, outlineWide, func(other int) {
			if p.was[other] < light || p.edge[other] == p.pieces {
				return
			}
			p.edge[other] = p.pieces
			outline++
			if is := int(p.is[other]); is < dark && is-now < alike && now-is < alike {
				like++
			}
		})
	}
	return outline >= fewOutline && like*100 >= outline*outlinePart
}

func lumas(picture *image.RGBA) []uint8 {
	size := picture.Bounds().Size()
	all := make([]uint8, 0, size.X*size.Y)
	for y := range size.Y {
		for row := picture.Pix[y*picture.Stride:][:4*size.X]; len(row) > 0; row = row[4:] {
			all = append(all, uint8((299*int(row[0])+587*int(row[1])+114*int(row[2]))/1000))
		}
	}
	return all
}
