package font

import (
	"fmt"
	"math"
)

// Point is one of an outline, in em. Between two points off the curve lies one on it, in their middle.
type Point struct {
	X, Y    float64 // From the origin of the glyph, up.
	OnCurve bool
}

// Glyph is how a character looks.
type Glyph struct {
	Contours [][]Point // Each is closed; they fill by the non-zero rule.
	Advance  float64   // In em.
}

// componentDepth bounds how deep the components of hostile composite glyphs may nest.
const componentDepth = 8

// Glyph returns the outline of a character, or an error wrapping ErrMissing.
func (f *Font) Glyph(r rune) (Glyph, error) {
	found, ok := f.lookup(r)
	if !ok {
		return Glyph{}, f.Check(string(r))
	}
	budget := glyphLimit
	contours, err := found.font.contours(found.index, componentDepth, &budget)
	if err != nil {
		return Glyph{}, fmt.Errorf("draw %q: %w", r, err)
	}
	em := 1 / float64(found.font.unitsPerEm)
	place(contours, affine{em, 0, 0, em, 0, 0})
	return Glyph{contours, float64(found.font.advance(found.index)) * em}, nil
}

// contours returns an outline in font units.
func (f *Font) contours(glyph, depth int, budget *int) ([][]Point, error) {
	if *budget--; *budget < 0 || depth < 0 {
		return nil, malformed("its composite glyphs do not end")
	}
	outline, err := f.outline(glyph)
	if err != nil || len(outline) == 0 {
		return nil, err
	}
	if s16(outline, 0) < 0 {
		return f.components(outline, depth, budget)
	}
	return simpleContours(outline)
}

// components puts the parts of a composite glyph together. Parts that are aligned by points, which Chinese fonts have
// none of, are refused.
func (f *Font) components(outline []byte, depth int, budget *int) ([][]Point, error) {
	var all [][]Point
	for at, more := 10, true; more; {
		if at+4 > len(outline) {
			return nil, malformed("a composite glyph is cut off")
		}
		flags, component := u16(outline, at), u16(outline, at+2)
		end := at + 4 + componentArguments(flags)
		if component >= f.glyphs || end > len(outline) || flags&argsAreOffsets == 0 {
			return nil, malformed("a composite glyph is cut off, names glyph %d of %d, or aligns points", component, f.glyphs)
		}
		x, y, scale := arguments(flags, outline[at+4:end])
		part, err := f.contours(component, depth-1, budget)
		if err != nil {
			return nil, err
		}
		place(part, scaled(scale, float64(x), float64(y)))
		all = append(all, part...)
		at, more = end, flags&moreFollow != 0
	}
	return all, nil
}

// affine maps x, y to a·x+c·y+e, b·x+d·y+f.
type affine [6]float64

// scaled reads the one, two or four factors of a component (OpenType 1.9, "glyf": F2DOT14).
func scaled(raw []byte, x, y float64) affine {
	factor := func(i int) float64 { return float64(s16(raw, 2*i)) / (1 << 14) }
	switch len(raw) {
	case 2:
		return affine{factor(0), 0, 0, factor(0), x, y}
	case 4:
		return affine{factor(0), 0, 0, factor(1), x, y}
	case 8:
		return affine{factor(0), factor(1), factor(2), factor(3), x, y}
	}
	return affine{1, 0, 0, 1, x, y}
}

func place(contours [][]Point, by affine) {
	for _, contour := range contours {
		for i, p := range contour {
			contour[i].X, contour[i].Y = by[0]*p.X+by[2]*p.Y+by[4], by[1]*p.X+by[3]*p.Y+by[5]
		}
	}
}

func simpleContours(outline []byte) ([][]Point, error) {
	flags, xs, ys, err := simplePoints(outline)
	if err != nil {
		return nil, err
	}
	count, points := u16(outline, 0), len(flags)
	var contours [][]Point
	for i, first := 0, 0; i < count; i++ {
		end := u16(outline, 10+2*i) + 1
		if end < first || end > points {
			return nil, malformed("the contours of a glyph are out of order")
		}
		contour := make([]Point, 0, end-first)
		for n := first; n < end; n++ {
			contour = append(contour, Point{float64(xs[n]), float64(ys[n]), flags[n]&onCurve != 0})
		}
		contours, first = append(contours, contour), end
	}
	return contours, nil
}

// Bounds returns the box of all points of the outline, empty for a blank.
func (g Glyph) Bounds() (left, bottom, right, top float64) {
	left, bottom, right, top = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, contour := range g.Contours {
		for _, p := range contour {
			left, bottom, right, top = min(left, p.X), min(bottom, p.Y), max(right, p.X), max(top, p.Y)
		}
	}
	if left > right {
		return 0, 0, 0, 0
	}
	return left, bottom, right, top
}
