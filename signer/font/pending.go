package font

import "errors"

var errPending = errors.New("font: not written yet")

// Font is a parsed TrueType font. It may be used concurrently.
type Font struct{}

// Find opens the configured font file; without one it looks where Debian keeps Chinese TrueType fonts.
func Find(configured string) (*Font, error) { return nil, errPending }

// Open reads a font file (.ttf, or the first font of a .ttc).
func Open(file string) (*Font, error) { return nil, errPending }

// Parse reads a font.
func Parse(data []byte) (*Font, error) { return nil, errPending }

// Path returns the file that the font was read from; empty after Parse.
func (f *Font) Path() string { return "" }

// Data returns the font file, which must not be changed. For a collection it is the whole collection.
func (f *Font) Data() []byte { return nil }

// Check returns an error that names all characters of the text without a glyph.
func (f *Font) Check(text string) error { return errPending }

// Width returns the width of a text in em.
func (f *Font) Width(text string) float64 { return 0 }

// Subset cuts the font down to the characters of the text.
func (f *Font) Subset(text string) (*Subset, error) { return nil, errPending }

// Encode returns the text as big-endian CIDs for Identity-H. Characters outside of the subset become CID 0.
func (s *Subset) Encode(text string) []byte { return nil }
