package signer

import (
	"fmt"
	"slices"
	"sync"

	"contractd/signer/font"
	"contractd/signer/pdf"
	"contractd/workflow"
)

// always are characters that every subset has, so that seals which differ in time only share one.
const always = " 0123456789-+:"

// cachedSubsets bounds the memory of a process that seals for years.
const cachedSubsets = 64

// face gives subsets of one font ready for embedding.
type face struct {
	font *font.Font

	mu      sync.Mutex // Guards the following.
	subsets map[string]*typeface
}

// typeface is a subset with its streams compressed.
type typeface struct {
	*font.Subset
	program, unicode *pdf.Stream
	widths           pdf.Array
}

func (f *face) subset(lines []string) (*typeface, error) {
	if f.font == nil {
		err := fmt.Errorf("%w: text below a seal needs a font", workflow.ErrUsage)
		return nil, workflow.WithHint(err, "install the Debian package fonts-droid-fallback, or configure a TrueType font")
	}
	characters := characterSet(lines)
	if f.font.Check(always) == nil {
		characters = characterSet(append(slices.Clone(lines), always))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.subsets[characters]; ok {
		return known, nil
	}
	made, err := newTypeface(f.font, characters)
	if err != nil {
		return nil, err
	}
	if len(f.subsets) >= cachedSubsets || f.subsets == nil {
		f.subsets = map[string]*typeface{}
	}
	f.subsets[characters] = made
	return made, nil
}

func characterSet(lines []string) string {
	var all []rune
	for _, line := range lines {
		all = append(all, []rune(line)...)
	}
	slices.Sort(all)
	return string(slices.Compact(all))
}

func newTypeface(f *font.Font, characters string) (*typeface, error) {
	subset, err := f.Subset(characters)
	if err != nil {
		return nil, fmt.Errorf("%w: write the text of the seal: %w", workflow.ErrUsage, err)
	}
	t := &typeface{
		Subset:  subset,
		program: pdf.FlateStream(pdf.Dict{"Length1": pdf.Integer(len(subset.Data))}, subset.Data),
		unicode: pdf.FlateStream(pdf.Dict{}, subset.ToUnicode),
	}
	for _, w := range subset.Widths {
		t.widths = append(t.widths, pdf.Integer(w))
	}
	return t, nil
}

// add puts the font into an update. ISO 32000-2, 9.7: a Type 0 font over one CIDFontType2.
func (t *typeface) add(u *pdf.Update) pdf.Ref {
	name := pdf.Name(t.Name)
	box := pdf.Array{}
	for _, v := range t.BBox {
		box = append(box, pdf.Integer(v))
	}
	descriptor := u.Add(pdf.Dict{
		"Type": pdf.Name("FontDescriptor"), "FontName": name, "FontBBox": box, "ItalicAngle": pdf.Integer(0),
		"Flags":  pdf.Integer(4), // Symbolic: the characters are not those of a Latin text font.
		"Ascent": pdf.Integer(t.Ascent), "Descent": pdf.Integer(t.Descent), "CapHeight": pdf.Integer(t.CapHeight),
		"StemV": pdf.Integer(80), "FontFile2": u.Add(t.program),
	})
	cidFont := u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType2"), "BaseFont": name,
		"CIDSystemInfo": pdf.Dict{
			"Registry": pdf.String{Value: []byte("Adobe")}, "Ordering": pdf.String{Value: []byte("Identity")},
			"Supplement": pdf.Integer(0),
		},
		"FontDescriptor": descriptor, "CIDToGIDMap": pdf.Name("Identity"), "DW": pdf.Integer(1000),
		"W": pdf.Array{pdf.Integer(0), t.widths},
	})
	return u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": name, "Encoding": pdf.Name("Identity-H"),
		"DescendantFonts": pdf.Array{cidFont}, "ToUnicode": u.Add(t.unicode),
	})
}

// width returns the width of a line in em.
func (t *typeface) width(line string) float64 {
	cids, sum := t.Encode(line), 0
	for i := 0; i+1 < len(cids); i += 2 {
		sum += t.Widths[int(cids[i])<<8|int(cids[i+1])]
	}
	return float64(sum) / 1000
}

// Font returns the font of Seal.Lines; nil where there is none.
func (s *Sealer) Font() *font.Font { return s.face.font }
