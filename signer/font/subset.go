package font

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// Subset cuts the font down to the characters of the text.
func (f *Font) Subset(text string) (*Subset, error) {
	if err := f.Check(text); err != nil {
		return nil, err
	}
	runes := []rune(text)
	slices.Sort(runes)
	runes = slices.Compact(runes)

	chosen := newSelection(f)
	s := &Subset{cids: make(map[rune]uint16, len(runes))}
	for _, r := range runes {
		glyph, _ := f.lookup(r)
		s.cids[r] = uint16(chosen.add(glyph))
	}
	outlines, err := chosen.outlines()
	if err != nil {
		return nil, err
	}
	s.Name = tag(f.postscript, runes) + "+" + f.postscript
	s.Data = f.assemble(chosen, outlines)
	for _, glyph := range chosen.glyphs {
		s.Widths = append(s.Widths, glyph.font.perMille(glyph.font.advance(glyph.index)))
	}
	s.ToUnicode = toUnicode(runes, s.cids)
	f.describeTo(s)
	return s, nil
}

// Encode returns the text as big-endian CIDs for Identity-H. Characters outside of the subset become CID 0.
func (s *Subset) Encode(text string) []byte {
	var out []byte
	for _, r := range text {
		out = binary.BigEndian.AppendUint16(out, s.cids[r])
	}
	return out
}

// describeTo fills what a font descriptor needs (ISO 32000-2, 9.8.1).
func (f *Font) describeTo(s *Subset) {
	head, hhea := f.tables["head"], f.tables["hhea"]
	for i := range s.BBox {
		s.BBox[i] = f.perMille(s16(head, 36+2*i))
	}
	s.Ascent, s.Descent = f.perMille(s16(hhea, 4)), f.perMille(s16(hhea, 6))
	s.CapHeight = s.Ascent
	if os2 := f.tables["OS/2"]; len(os2) >= 90 && u16(os2, 0) >= 2 && s16(os2, 88) > 0 {
		s.CapHeight = f.perMille(s16(os2, 88))
	}
	if f.borrowed == nil {
		return
	}
	var other Subset
	f.borrowed.describeTo(&other)
	s.BBox[0], s.BBox[1] = min(s.BBox[0], other.BBox[0]), min(s.BBox[1], other.BBox[1])
	s.BBox[2], s.BBox[3] = max(s.BBox[2], other.BBox[2]), max(s.BBox[3], other.BBox[3])
	s.Ascent, s.Descent = max(s.Ascent, other.Ascent), min(s.Descent, other.Descent)
	s.CapHeight = other.CapHeight
}

func (f *Font) perMille(units int) int {
	return int(math.Round(float64(units) * 1000 / float64(f.unitsPerEm)))
}

// tag makes the six letters before the name of a subset from its characters (ISO 32000-2, 9.9.2).
func tag(name string, runes []rune) string {
	sum := sha256.Sum256([]byte(name + string(runes)))
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}
