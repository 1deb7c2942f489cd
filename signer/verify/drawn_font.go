package verify

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"

	"contractd/signer/pdf"
)

func (s *scope) choose(operands []pdf.Object) error {
	font, err := s.resource("Font", operands)
	s.font = font
	if len(operands) > 1 {
		s.size, _ = pdf.Number(operands[1])
	}
	return err
}

// show reads strings under the present font. Whoever brings the shapes of the letters along draws a picture, too.
func (s *scope) show(op pdf.Operation) error {
	switch op.Operator {
	case "'", "\"":
		s.move(0, -s.leading)
	}
	font, ok := s.font.(pdf.Dict)
	if !ok {
		return errors.New("text without a font")
	}
	reader, own, err := s.reader(font)
	if err != nil || len(op.Operands) == 0 {
		return err
	}
	if own {
		s.painted = true
		s.drawings++
		if err := s.note(s.picture, "text", append([]pdf.Object{font}, op.Operands...)...); err != nil {
			return err
		}
	}
	pieces := op.Operands[len(op.Operands)-1:]
	if list, ok := pieces[0].(pdf.Array); ok {
		pieces = list
	}
	text, err := readPieces(reader, pieces)
	if err != nil || text == "" {
		return err
	}
	s.text.WriteString(s.goOn(len([]rune(text))) + text)
	return s.tooLong()
}

func (p *pen) tooLong() error {
	if p.text.Len() > maxDrawnText {
		return errors.New("a mark of many words")
	}
	return nil
}

// readPieces reads the strings of TJ; a number moves back by thousandths of an em, or on where it is negative.
func readPieces(reader func([]byte) (string, error), pieces []pdf.Object) (string, error) {
	all := ""
	for _, one := range pieces {
		if text, ok := one.(pdf.String); ok {
			read, err := reader(text.Value)
			if err != nil {
				return "", err
			}
			all += clean(read)
		}
		switch back, _ := pdf.Number(one); {
		case back > 500 && all != "":
			all += brokenText
		case back < -3000 && all != "":
			all += nextLine
		}
	}
	return all, nil
}

// clean leaves none of the letters that stand for places.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// pictorial are the well-known fonts whose codes stand for no letters.
var pictorial = []string{"Symbol", "ZapfDingbats", "Wingdings", "Webdings"}

// reader says how codes become letters: by the font's own map, or where it is of a kind that everybody knows. A map may lie about
// shapes that the file brings along, which makes these a picture (own), and never about those that viewers have.
func (s *scope) reader(font pdf.Dict) (read func([]byte) (string, error), own bool, err error) {
	kind, err := s.r.Resolve(font["Subtype"])
	if err != nil || kind == pdf.Object(pdf.Name("Type3")) {
		return nil, false, errors.Join(err, errors.New("text in a font of drawings"))
	}
	encoding, err := s.r.Resolve(font["Encoding"])
	if err != nil {
		return nil, false, err
	}
	mapped, err := s.mapped(font)
	if err != nil {
		return nil, false, err
	}
	embedded, err := s.embedded(font)
	if err != nil {
		return nil, false, err
	}
	known := s.wellKnown(font, kind, encoding)
	switch {
	case mapped == nil && known == nil:
		return nil, false, errors.New("text in a font without a map of its letters")
	case mapped == nil:
		return known, embedded, nil
	case known == nil || embedded:
		return mapped, true, nil
	}
	return bothWays(mapped, known), false, nil
}

// bothWays reads what viewers show by themselves, where the map says the same.
func bothWays(mapped, known func([]byte) (string, error)) func([]byte) (string, error) {
	return func(codes []byte) (string, error) {
		text, err := known(codes)
		if err != nil {
			return "", err
		}
		if other, err := mapped(codes); err != nil || solid(other) != solid(text) {
			return "", errors.New("a map that names other letters than its font has")
		}
		return text, nil
	}
}

func (s *scope) mapped(font pdf.Dict) (func([]byte) (string, error), error) {
	o, err := s.r.Resolve(font["ToUnicode"])
	if err != nil {
		return nil, err
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		return nil, nil
	}
	data, err := s.r.Decode(stream)
	if err != nil {
		return nil, err
	}
	return readerOf(data, s.limits)
}

// wellKnown reads the codes of a font that needs no map.
func (s *scope) wellKnown(font pdf.Dict, kind, encoding pdf.Object) func([]byte) (string, error) {
	switch {
	case kind == pdf.Object(pdf.Name("Type0")):
		if encoding == pdf.Object(pdf.Name("UniGB-UCS2-H")) || encoding == pdf.Object(pdf.Name("UniGB-UTF16-H")) {
			return func(codes []byte) (string, error) { return utf16Text(codes), nil }
		}
	case kind == pdf.Object(pdf.Name("Type1")) || kind == pdf.Object(pdf.Name("TrueType")):
		name := string(font.Name("BaseFont"))
		pictures := slices.ContainsFunc(pictorial, func(one string) bool { return strings.Contains(name, one) })
		if _, differs := encoding.(pdf.Dict); !differs && !pictures {
			return plainText
		}
	}
	return nil
}

// embedded says whether the file brings the shapes of the letters along.
func (s *scope) embedded(font pdf.Dict) (bool, error) {
	below, err := s.r.Array(font["DescendantFonts"])
	if err != nil {
		return false, err
	}
	for _, o := range append(pdf.Array{font}, below...) {
		dict, err := s.r.Dict(o)
		if err != nil {
			return false, err
		}
		descriptor, err := s.r.Dict(dict["FontDescriptor"])
		if err != nil {
			return false, err
		}
		if descriptor.Has("FontFile") || descriptor.Has("FontFile2") || descriptor.Has("FontFile3") {
			return true, nil
		}
	}
	return false, nil
}

// plainText reads the codes that all simple encodings of Latin share.
func plainText(codes []byte) (string, error) {
	if bytes.ContainsFunc(codes, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return "", errors.New("letters beyond ASCII in a font without a map of them")
	}
	return string(codes), nil
}
