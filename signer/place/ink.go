package place

import (
	"context"
	"fmt"
	"image"
	"math"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/render"
)

const (
	inkDPI    = 100 // A quarter of a millimetre a pixel.
	inkMargin = 1.0 // Millimetres that stay white around a mark.
	pageEdge  = 5.0 // Millimetres at the edge of a page that printers leave out.
	inset     = 10  // Millimetres from the edge to a mark in a corner.
	nearby    = 40  // Millimetres from a corner that still count as that corner.
	contrast  = 24  // Of 255: what differs more from the paper's colour is ink.
	manyCells = 64 << 20
)

// ink knows for every rectangle of a page how much of it is printed.
type ink struct {
	width, height int     // In pixels.
	across, up    float64 // Pixels for a millimetre.
	mmWide, mmUp  float64
	sum           []uint32 // (width+1)×(height+1): inked pixels above and to the left.
}

// ink reads a page as it shows, once.
func (s *sheet) ink(ctx context.Context, number int) (*ink, error) {
	if known := s.inked[number]; known != nil {
		return known, nil
	}
	width, height := s.pages[number-1].Size()
	dpi := inkDPI
	for dpi > 8 && width*height/25.4/25.4*float64(dpi*dpi) > manyCells {
		dpi /= 2 // A page as large as a wall.
	}
	picture, err := s.shown.Render(ctx, number, render.View{DPI: dpi})
	if err != nil {
		return nil, err
	}
	s.inked = map[int]*ink{number: newInk(picture, width, height)} // Pages come one after the other: the last one is enough.
	return s.inked[number], nil
}

// newInk takes the colour that most of a page has for its paper.
func newInk(picture *image.RGBA, mmWide, mmUp float64) *ink {
	size := picture.Bounds().Size()
	i := &ink{width: size.X, height: size.Y, across: float64(size.X) / mmWide, up: float64(size.Y) / mmUp, mmWide: mmWide, mmUp: mmUp}
	i.sum = make([]uint32, (size.X+1)*(size.Y+1))
	paper := ground(picture)
	for y := range size.Y {
		row, line := uint32(0), picture.Pix[y*picture.Stride:]
		for x := range size.X {
			if differs(line[4*x:4*x+3], paper) {
				row++
			}
			i.sum[(y+1)*(size.X+1)+x+1] = i.sum[y*(size.X+1)+x+1] + row
		}
	}
	return i
}

// ground returns the most frequent colour, in steps of 8.
func ground(picture *image.RGBA) [3]byte {
	counts := map[[3]byte]int{}
	var most [3]byte
	for n := 0; n+3 < len(picture.Pix); n += 4 {
		key := [3]byte{picture.Pix[n] | 7, picture.Pix[n+1] | 7, picture.Pix[n+2] | 7}
		counts[key]++
		if counts[key] > counts[most] {
			most = key
		}
	}
	return most
}

func differs(pixel []byte, paper [3]byte) bool {
	for n, value := range pixel {
		if d := int(value) - int(paper[n]); d > contrast || d < -contrast {
			return true
		}
	}
	return false
}

// count returns how many pixels of a part are inked; x and y count from the upper left.
func (i *ink) count(x0, y0, x1, y1 int) uint32 {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, i.width), min(y1, i.height)
	if x1 <= x0 || y1 <= y0 {
		return 0
	}
	w := i.width + 1
	return i.sum[y1*w+x1] - i.sum[y0*w+x1] - i.sum[y1*w+x0] + i.sum[y0*w+x0]
}

// covers reports whether a mark would cover ink; millimetres from the lower left.
func (i *ink) covers(x, y, width, height float64) bool {
	return i.count(int(x*i.across), i.height-int(math.Ceil((y+height)*i.up)), int(math.Ceil((x+width)*i.across)), i.height-int(y*i.up)) > 0
}

// search finds the place nearest to a wish where a mark covers no ink, no other mark, and no page's edge.
func (i *ink) search(wish pdf.Rect, within float64, taken []Taken) (x, y float64, ok bool) {
	best := math.Inf(1)
	if within > 0 {
		best = within * within * 1.0001
	}
	width, height := wish.Width(), wish.Height()
	for row := int(math.Ceil(pageEdge * i.up)); ; row++ {
		bottom := float64(row) / i.up
		if bottom+height > i.mmUp-pageEdge {
			return x, y, ok
		}
		if d := bottom - wish.Bottom; d*d >= best {
			continue
		}
		for column := int(math.Ceil(pageEdge * i.across)); ; column++ {
			left := float64(column) / i.across
			if left+width > i.mmWide-pageEdge {
				break
			}
			far := (left-wish.Left)*(left-wish.Left) + (bottom-wish.Bottom)*(bottom-wish.Bottom)
			if far < best && !i.covers(left-inkMargin, bottom-inkMargin, width+2*inkMargin, height+2*inkMargin) && !meets(left, bottom, width, height, taken) {
				best, x, y, ok = far, left, bottom, true
			}
		}
	}
}

// meets reports whether a mark would touch another one.
func meets(x, y, width, height float64, taken []Taken) bool {
	for _, t := range taken {
		if x < t.X+t.Width+inkMargin && t.X < x+width+inkMargin && y < t.Y+t.Height+inkMargin && t.Y < y+height+inkMargin {
			return true
		}
	}
	return false
}

// white moves places to the nearest white space of their pages.
func (s *sheet) white(ctx context.Context, at Spec, wishes []signer.Place, query Query) ([]signer.Place, error) {
	var places []signer.Place
	taken := query.Taken
	for _, wish := range wishes {
		paper, err := s.ink(ctx, wish.Page)
		if err != nil {
			return nil, err
		}
		var here []Taken
		for _, t := range taken {
			if t.Page == wish.Page {
				here = append(here, t)
			}
		}
		p, err := settle(paper, at, wish, query, here)
		if err != nil {
			return nil, err
		}
		places = append(places, p)
		taken = append(taken[:len(taken):len(taken)], Taken{p.Page, p.X, p.Y, query.Width, query.Height})
	}
	return places, nil
}

// settle tries the corners that were named, each in its neighbourhood and then anywhere; or the one place.
func settle(paper *ink, at Spec, wish signer.Place, query Query, taken []Taken) (signer.Place, error) {
	type attempt struct {
		wish   pdf.Rect
		within float64
	}
	box := func(x, y float64) pdf.Rect {
		return pdf.Rect{Left: x, Bottom: y, Right: x + query.Width, Top: y + query.Height}
	}
	attempts := []attempt{{box(wish.X, wish.Y), at.Within}}
	if len(at.Corners) > 0 {
		attempts = nil
		for _, within := range []float64{nearby, at.Within} {
			for _, corner := range at.Corners {
				x, y := corner.of(paper, query)
				attempts = append(attempts, attempt{box(x, y), within})
			}
		}
	}
	for _, a := range attempts {
		if x, y, ok := paper.search(a.wish, a.within, taken); ok {
			return signer.Place{Page: wish.Page, X: x, Y: y}, nil
		}
	}
	where := ""
	if at.Within > 0 {
		where = fmt.Sprintf(" within %g mm", at.Within)
	}
	return wish, refuse("choose another page or a smaller mark", "page %d has no white space of %.1f × %.1f mm%s", wish.Page, query.Width, query.Height, where)
}

// of returns where a mark stands in a corner.
func (c Corner) of(paper *ink, query Query) (x, y float64) {
	x, y = inset, inset
	if c == LowerRight || c == UpperRight {
		x = paper.mmWide - query.Width - inset
	}
	if c == UpperLeft || c == UpperRight {
		y = paper.mmUp - query.Height - inset
	}
	return x, y
}
