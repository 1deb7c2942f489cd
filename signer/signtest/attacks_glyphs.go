package signtest

import "contractd/signer/pdf"

func box(width, height int) pdf.Array {
	return pdf.Array{pdf.Integer(0), pdf.Integer(0), pdf.Integer(width), pdf.Integer(height)}
}

// indirect makes the streams within resources objects of their own.
func indirect(u *pdf.Update, o pdf.Object) pdf.Object {
	switch v := o.(type) {
	case pdf.Dict:
		made := pdf.Dict{}
		for key, value := range v {
			made[key] = indirect(u, value)
		}
		return made
	case *pdf.Stream:
		return u.Add(&pdf.Stream{Dict: indirect(u, v.Dict).(pdf.Dict), Raw: v.Raw})
	}
	return o
}

// with is Helvetica and one resource more.
func with(kind pdf.Name, name pdf.Name, resource pdf.Object) pdf.Dict {
	resources := helvetica()
	resources[kind] = pdf.Dict{name: resource}
	return resources
}

// drawnLetters is a font whose letters are drawings, with a map that lies about them.
func drawnLetters() pdf.Dict {
	return pdf.Dict{"Font": pdf.Dict{"F": pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type3"), "FontBBox": box(1000, 1000), "FontMatrix": pdf.Matrix{0.001, 0, 0, 0.001, 0, 0}.Array(),
		"FirstChar": pdf.Integer(65), "LastChar": pdf.Integer(65), "Widths": pdf.Array{pdf.Integer(1000)},
		"Encoding":  pdf.Dict{"Type": pdf.Name("Encoding"), "Differences": pdf.Array{pdf.Integer(65), pdf.Name("a")}},
		"CharProcs": pdf.Dict{"a": &pdf.Stream{Dict: pdf.Dict{}, Raw: []byte("14000 0 d0 BT /F 1000 Tf (Only clauses 1 to 3) Tj ET")}},
		"Resources": helvetica(), "ToUnicode": lyingMap(),
	}}}
}

// lyingMap calls the letter A "Signed".
func lyingMap() *pdf.Stream {
	return &pdf.Stream{Dict: pdf.Dict{}, Raw: []byte("1 beginbfchar <41> <005300690067006E00650064> endbfchar")}
}

// tiles is a pattern that is drawn once.
func tiles(content string) *pdf.Stream {
	return &pdf.Stream{Dict: pdf.Dict{
		"Type": pdf.Name("Pattern"), "PatternType": pdf.Integer(1), "PaintType": pdf.Integer(1), "TilingType": pdf.Integer(1),
		"BBox": box(700, 700), "XStep": pdf.Integer(700), "YStep": pdf.Integer(700), "Resources": helvetica(),
	}, Raw: []byte(content)}
}

func softMask(content string) pdf.Dict {
	return pdf.Dict{"SMask": pdf.Dict{"S": pdf.Name("Luminosity"), "G": &pdf.Stream{Dict: pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": box(150, 40), "Resources": helvetica(),
		"Group": pdf.Dict{"S": pdf.Name("Transparency"), "CS": pdf.Name("DeviceGray")},
	}, Raw: []byte(content)}}}
}

// glyphAttacks are marks that show something else than their letters say.
func glyphAttacks() []recipe {
	says := func(name string, width, height float64, content string, resources pdf.Dict) recipe {
		return recipe{name, indeterminate, "signer-statement", "", false, paint(300, 300, width, height, content, resources)}
	}
	over := func(name string, left, width float64, content string) recipe {
		return recipe{name, indeterminate, "signer-statement", "", false, paint(left, 695, width, 20, content, helvetica())}
	}
	lying := helvetica()
	lying["Font"].(pdf.Dict)["F"].(pdf.Dict)["ToUnicode"] = lyingMap()
	dingbats := pdf.Dict{"Font": pdf.Dict{"F": pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("ZapfDingbats")}}}
	// What is not wanted of the words is not seen.
	hidden := "BT /F 9 Tf 3 Tr 2 20 Td (Signed Electro) Tj 0 Tr (n) Tj 3 Tr (ically signed by L) Tj 0 Tr (o) Tj 3 Tr (ca) Tj 0 Tr (t) Tj 3 Tr (ion:) Tj ET"
	white := "BT /F 9 Tf 1 g 2 20 Td (Signed Electro) Tj 0 g (n) Tj 1 g (ically signed by L) Tj 0 g (o) Tj 1 g (ca) Tj 0 g (t) Tj 1 g (ion:) Tj ET"
	small := "BT 1 0 0 1 2 20 Tm /F 0.1 Tf (Electro) Tj /F 9 Tf (n) Tj /F 0.1 Tf (icallysignedby) Tj ET"
	return []recipe{
		over("underscores-through-the-price", 68, 168, "BT /F 18 Tf 2 12 Td (_______________) Tj ET"),
		over("minus-before-the-price", 158, 9, "BT /F 18 Tf 1 8 Td (-) Tj ET"),
		over("point-in-the-price", 174, 6, "BT /F 18 Tf 0 7 Td (.) Tj ET"),
		over("minus-far-from-a-word", 68, 168, "BT /F 5 Tf 1 8 Td (Signed) Tj 90 0 Td (-) Tj ET"),
		says("cross-before-a-known-word", 150, 40, writingChinese("×同意 ≠"), chinese()),
		says("known-word-struck-through", 150, 40, "BT /F 12 Tf 2 20 Td (Agreed) Tj 1 0 0 1 2 22 Tm (_______) Tj ET", helvetica()),
		says("letters-that-are-drawings", 150, 40, "BT /F 9 Tf 2 20 Td (A) Tj ET", drawnLetters()),
		says("letters-of-a-lying-map", 150, 40, "BT /F 9 Tf 2 20 Td (A) Tj ET", lying),
		says("letters-that-are-signs", 150, 40, "BT /F 9 Tf 2 20 Td (Signed) Tj ET", dingbats),
		says("words-in-a-soft-mask", 150, 40, "/G gs 0 0 150 40 re f", with("ExtGState", "G", softMask("1 g BT /F 9 Tf 2 20 Td (Only clauses 1 to 3) Tj ET"))),
		says("words-behind-a-soft-mask", 150, 40, "/G gs BT /F 9 Tf 2 20 Td (Signed) Tj ET", with("ExtGState", "G", softMask("1 g 0 0 20 40 re f"))),
		says("words-in-a-pattern", 150, 40, "/Pattern cs /P scn 0 0 150 40 re f", with("Pattern", "P", tiles("BT /F 9 Tf 62 90 Td (Only clauses 1 to 3) Tj ET"))),
		says("words-of-hidden-letters", 150, 40, hidden, helvetica()),
		says("words-of-white-letters", 150, 40, white, helvetica()),
		says("words-of-small-letters", 150, 40, small, helvetica()),
	}
}

// besideAttacks say something beside what their marks draw.
func besideAttacks() []recipe {
	stamp := func(rect pdf.Array, more pdf.Dict, content string) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: func(u *pdf.Update, _ *pdf.File) error {
				page := pdf.Ref{Number: draftPage}
				look := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": box(150, 40), "Resources": helvetica()}
				dict := pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(4), "P": page, "Rect": rect,
					"AP": pdf.Dict{"N": u.Add(pdf.FlateStream(look, []byte(content)))}}
				for key, value := range more {
					dict[key] = value
				}
				return u.AppendAnnots(page, u.Add(dict))
			}})
		}
	}
	place := pdf.Rect{Left: 300, Bottom: 300, Right: 450, Top: 340}.Array()
	words := pdf.TextString("Only clauses 1 to 3")
	said := func(name string, more pdf.Dict) recipe {
		return recipe{name, indeterminate, "signer-statement", "", false, stamp(place, more, writing("Signed"))}
	}
	return []recipe{
		said("stamp-that-is-called-not-approved", pdf.Dict{"Name": pdf.Name("NotApproved")}),
		said("words-for-an-author", pdf.Dict{"T": words}),
		said("words-for-an-identifier", pdf.Dict{"NM": words}),
		said("words-for-a-language", pdf.Dict{"Lang": words}),
		{"words-read-aloud", indeterminate, "signer-statement", "", false, stamp(place, nil, "/Span <</ActualText (Only clauses 1 to 3)>> BDC "+writing("Signed")+" EMC")},
		{"words-in-a-place-of-no-size", indeterminate, "signer-statement", "", false, stamp(pdf.Rect{Left: 300, Bottom: 300, Right: 300, Top: 300}.Array(), nil, writing("Only clauses 1 to 3"))},
	}
}

// Redrawn makes pairs of returns whose marks look different, although what they call or encode is the same.
func (l *Lab) Redrawn() ([]Sample, error) {
	image := func(more pdf.Dict) pdf.Dict {
		dict := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Image"), "Width": pdf.Integer(2), "Height": pdf.Integer(2),
			"BitsPerComponent": pdf.Integer(8), "ColorSpace": pdf.Name("DeviceGray")}
		for key, value := range more {
			dict[key] = value
		}
		return pdf.Dict{"XObject": pdf.Dict{"I": &pdf.Stream{Dict: dict, Raw: []byte{0, 1, 2, 3}}}}
	}
	palette := func(colours string) pdf.Dict {
		return image(pdf.Dict{"ColorSpace": pdf.Array{pdf.Name("Indexed"), pdf.Name("DeviceGray"), pdf.Integer(3), pdf.String{Value: []byte(colours)}}})
	}
	list := func(a, b int) pdf.Array { return pdf.Array{pdf.Integer(a), pdf.Integer(b)} }
	pattern := func(content string) pdf.Dict { return with("Pattern", "P", tiles(content)) }
	const once, filled = "q 60 0 0 60 0 0 cm /I Do Q", "/Pattern cs /P scn 0 0 60 60 re f"
	made := func(name, content string, resources pdf.Dict) recipe {
		return recipe{name, passed, "", "", false, paint(300, 300, 60, 60, content, resources)}
	}
	return l.cook([]recipe{
		made("palette", once, palette("\x00\xff\x00\xff")), made("palette-changed", once, palette("\xff\xff\x00\x00")),
		made("decode", once, image(nil)), made("decode-changed", once, image(pdf.Dict{"Decode": list(1, 0)})),
		made("mask", once, image(nil)), made("mask-changed", once, image(pdf.Dict{"Mask": list(0, 1)})),
		made("pattern", filled, pattern("0 0 700 700 re f")), made("pattern-changed", filled, pattern("0 0 7 700 re f")),
		made("soft-mask", "/G gs 0 0 60 60 re f", with("ExtGState", "G", softMask("1 g 0 0 9 9 re f"))),
		made("soft-mask-changed", "/G gs 0 0 60 60 re f", with("ExtGState", "G", softMask("1 g 0 0 9 4 re f"))),
		made("images", "q 10 0 0 10 0 0 cm /I Do Q q 10 0 0 10 30 0 cm /I Do Q", image(nil)),
		made("images-changed", "q 10 0 0 40 0 0 cm /I Do Q q 40 0 0 10 0 30 cm /I Do Q", image(nil)),
		made("letters-brought-along", "BT /F 9 Tf (A) Tj ET", brought("one")), made("letters-brought-along-changed", "BT /F 9 Tf (A) Tj ET", brought("two")),
	})
}

// brought is a font that the file brings along.
func brought(program string) pdf.Dict {
	resources := helvetica()
	font := resources["Font"].(pdf.Dict)["F"].(pdf.Dict)
	font["ToUnicode"] = lyingMap()
	font["FontDescriptor"] = pdf.Dict{"Type": pdf.Name("FontDescriptor"), "FontFile3": &pdf.Stream{Dict: pdf.Dict{"Subtype": pdf.Name("Type1C")}, Raw: []byte(program)}}
	return resources
}
