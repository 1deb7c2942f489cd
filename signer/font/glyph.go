package font

import (
	"encoding/binary"
	"slices"
)

// glyphLimit bounds what the components of hostile composite glyphs can drag in.
const glyphLimit = 20_000

// glyphRef is a glyph of the font itself or of the one that it borrows from.
type glyphRef struct {
	font  *Font
	index int
}

// selection collects the glyphs of a subset and gives them new numbers in the order in which they came.
type selection struct {
	units  int  // Per em, of the subset.
	plain  bool // Copy outlines as they are: nothing is borrowed.
	glyphs []glyphRef
	number map[glyphRef]int
}

func newSelection(f *Font) *selection {
	s := &selection{units: f.unitsPerEm, plain: f.borrowed == nil, number: map[glyphRef]int{}}
	if f.borrowed != nil {
		s.units = max(f.unitsPerEm, f.borrowed.unitsPerEm)
	}
	s.add(glyphRef{f, 0}) // .notdef always is glyph 0.
	return s
}

func (s *selection) add(glyph glyphRef) int {
	if known, ok := s.number[glyph]; ok {
		return known
	}
	s.number[glyph] = len(s.glyphs)
	s.glyphs = append(s.glyphs, glyph)
	return len(s.glyphs) - 1
}

// outlines returns the glyf entries by new number. Components are appended to the selection as they are met, so that
// each is visited once and cycles end.
func (s *selection) outlines() ([][]byte, error) {
	var out [][]byte
	for i := 0; i < len(s.glyphs); i++ {
		if i > glyphLimit {
			return nil, malformed("more than %d glyphs are needed", glyphLimit)
		}
		glyph := s.glyphs[i]
		outline, err := glyph.font.outline(glyph.index)
		if err == nil && len(outline) > 0 {
			outline, err = s.adapt(glyph.font, outline)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, outline)
	}
	return out, nil
}

func (s *selection) adapt(f *Font, outline []byte) ([]byte, error) {
	by := ratio{s.units, f.unitsPerEm}
	if s16(outline, 0) < 0 {
		return s.composite(f, outline, by)
	}
	if s.plain {
		return outline, nil
	}
	return scaleSimple(outline, by)
}

// Flags of a composite glyph (OpenType 1.9, "glyf").
const (
	argsAreWords    = 0x0001
	argsAreOffsets  = 0x0002
	hasScale        = 0x0008
	moreFollow      = 0x0020
	hasTwoScales    = 0x0040
	hasTwoByTwo     = 0x0080
	hasInstructions = 0x0100
)

// composite gives the components of a composite glyph their new numbers. Its instructions are dropped.
func (s *selection) composite(f *Font, outline []byte, by ratio) ([]byte, error) {
	out := by.box(slices.Clone(outline[:10]))
	for at, more := 10, true; more; {
		if at+4 > len(outline) {
			return nil, malformed("a composite glyph is cut off")
		}
		flags, component := u16(outline, at), u16(outline, at+2)
		end := at + 4 + componentArguments(flags)
		if component >= f.glyphs || end > len(outline) {
			return nil, malformed("a composite glyph is cut off or names glyph %d of %d", component, f.glyphs)
		}
		x, y, scale := arguments(flags, outline[at+4:end])
		if flags&argsAreOffsets != 0 {
			x, y = by.of(x), by.of(y)
		}
		number := s.add(glyphRef{f, component})
		for _, v := range []int{flags&^hasInstructions | argsAreWords, number, x, y} {
			out = binary.BigEndian.AppendUint16(out, uint16(v))
		}
		out = append(out, scale...)
		at, more = end, flags&moreFollow != 0
	}
	return out, nil
}

// arguments splits what follows a component into its two arguments and its scale. Point numbers are unsigned, but
// their sign does not matter for 16 bits.
func arguments(flags int, raw []byte) (x, y int, scale []byte) {
	if flags&argsAreWords != 0 {
		return s16(raw, 0), s16(raw, 2), raw[4:]
	}
	if flags&argsAreOffsets != 0 {
		return int(int8(raw[0])), int(int8(raw[1])), raw[2:]
	}
	return int(raw[0]), int(raw[1]), raw[2:]
}

func componentArguments(flags int) int {
	size := 2
	if flags&argsAreWords != 0 {
		size = 4
	}
	switch {
	case flags&hasScale != 0:
		size += 2
	case flags&hasTwoScales != 0:
		size += 4
	case flags&hasTwoByTwo != 0:
		size += 8
	}
	return size
}
