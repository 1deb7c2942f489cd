package font

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Check returns an error that names all characters of the text without a glyph.
func (f *Font) Check(text string) error {
	var missing []rune
	for _, r := range text {
		if _, ok := f.lookup(r); !ok && !slices.Contains(missing, r) {
			missing = append(missing, r)
		}
	}
	if missing == nil {
		return nil
	}
	names := make([]string, len(missing))
	for i, r := range missing {
		names[i] = fmt.Sprintf("%q (%U)", r, r)
	}
	return fmt.Errorf("%w for %s: %s", ErrMissing, strings.Join(names, ", "), f.describe())
}

// Width returns the width of a text in em. Characters without a glyph count as nothing.
func (f *Font) Width(text string) float64 {
	width := 0.0
	for _, r := range text {
		if glyph, ok := f.lookup(r); ok {
			width += float64(glyph.font.advance(glyph.index)) / float64(glyph.font.unitsPerEm)
		}
	}
	return width
}

// lookup finds the glyph of a character, its own before a borrowed one.
func (f *Font) lookup(r rune) (glyphRef, bool) {
	if glyph, ok := f.ownGlyph(r); ok {
		return glyphRef{f, glyph}, true
	}
	if f.borrowed != nil {
		glyph, ok := f.borrowed.ownGlyph(r)
		return glyphRef{f.borrowed, glyph}, ok
	}
	return glyphRef{}, false
}

// ownGlyph treats a visible character with an empty outline as missing: the reader would see nothing.
func (f *Font) ownGlyph(r rune) (int, bool) {
	glyph := f.cmap.glyph(r)
	if glyph <= 0 || glyph >= f.glyphs {
		return 0, false
	}
	outline, err := f.outline(glyph)
	if err != nil || len(outline) == 0 && !unicode.IsSpace(r) {
		return 0, false
	}
	return glyph, true
}

// outline returns the glyf entry, empty for a glyph without contours.
func (f *Font) outline(glyph int) ([]byte, error) {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	var start, end uint64
	if f.longLoca {
		start, end = uint64(binary.BigEndian.Uint32(loca[4*glyph:])), uint64(binary.BigEndian.Uint32(loca[4*glyph+4:]))
	} else {
		start, end = 2*uint64(u16(loca, 2*glyph)), 2*uint64(u16(loca, 2*glyph+2))
	}
	if start > end || end > uint64(len(glyf)) {
		return nil, malformed("glyph %d lies outside of table \"glyf\"", glyph)
	}
	if end > start && end-start < 10 {
		return nil, malformed("glyph %d is cut off", glyph)
	}
	return glyf[start:end], nil
}

// advance returns the advance width in font units: glyphs behind the last metric share it.
func (f *Font) advance(glyph int) int {
	return u16(f.tables["hmtx"], 4*min(glyph, f.metrics-1))
}

// bearing returns the left side bearing in font units.
func (f *Font) bearing(glyph int) int {
	hmtx := f.tables["hmtx"]
	if glyph < f.metrics {
		return s16(hmtx, 4*glyph+2)
	}
	at := 4*f.metrics + 2*(glyph-f.metrics)
	if at+2 > len(hmtx) {
		return 0
	}
	return s16(hmtx, at)
}

func (f *Font) describe() string {
	if f.path != "" {
		return f.path
	}
	return f.postscript
}
