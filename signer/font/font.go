// Package font finds TrueType fonts for Chinese text, tells whether they cover a text, and cuts them down to the
// glyphs in use, ready for embedding into a PDF.
//
// It promises: hostile or broken font files give errors; the same text gives the same bytes; a character without a
// glyph is an error that names it, never an empty box. It does not shape text (no ligatures, no right-to-left), and
// refuses fonts with PostScript (CFF) outlines.
package font

import "errors"

// ErrMissing is wrapped when a font has no glyph for a character.
var ErrMissing = errors.New("font has no glyph")

// ErrNone is wrapped when no usable font was found.
var ErrNone = errors.New("no Chinese TrueType font found")

// ErrFormat is wrapped when a file is no TrueType font that this package can use.
var ErrFormat = errors.New("not a usable TrueType font")

// Subset is a font cut down to some characters. Character identifiers (CID) are the glyph numbers of the subset, so
// that Identity-H and CIDToGIDMap /Identity apply.
type Subset struct {
	Name      string // PostScript name with a subset tag, ABCDEF+Name.
	Data      []byte // The TrueType file (FontFile2).
	Widths    []int  // By CID, in 1/1000 em.
	ToUnicode []byte // The CMap.
	BBox      [4]int // In 1/1000 em, as Ascent, Descent and CapHeight.
	Ascent    int
	Descent   int // Negative.
	CapHeight int

	cids map[rune]uint16
}
