package verify

import (
	"errors"
	"unicode/utf16"

	"contractd/signer/pdf"
)

// letters maps the codes of a font to text, by its ToUnicode. ISO 32000-2, 9.10.3.
type letters struct {
	long   int // Bytes of a code, at most.
	single map[string]string
	ranges []letterRange
}

type letterRange struct {
	from, to string
	first    []byte // UTF-16BE of the first code's text.
}

// readerOf reads a character map.
func readerOf(data []byte, limits pdf.Limits) (func([]byte) (string, error), error) {
	operations, err := pdf.Operations(data, limits)
	if err != nil {
		return nil, err
	}
	l := &letters{single: map[string]string{}}
	for _, operation := range operations {
		switch operation.Operator {
		case "endbfchar":
			err = l.chars(operation.Operands)
		case "endbfrange":
			err = l.spans(operation.Operands)
		}
		if err != nil {
			return nil, err
		}
	}
	return l.read, nil
}

var errLetters = errors.New("a font with a broken map of its letters")

func (l *letters) chars(operands []pdf.Object) error {
	for ; len(operands) >= 2; operands = operands[2:] {
		from, ok := operands[0].(pdf.String)
		to, also := operands[1].(pdf.String)
		if !ok || !also {
			return errLetters
		}
		l.add(from.Value, to.Value)
	}
	return nil
}

func (l *letters) add(code, text []byte) {
	l.single[string(code)] = utf16Text(text)
	l.long = max(l.long, len(code))
}

func (l *letters) spans(operands []pdf.Object) error {
	for ; len(operands) >= 3; operands = operands[3:] {
		from, ok := operands[0].(pdf.String)
		to, also := operands[1].(pdf.String)
		if !ok || !also || len(from.Value) != len(to.Value) || len(from.Value) == 0 {
			return errLetters
		}
		l.long = max(l.long, len(from.Value))
		switch text := operands[2].(type) {
		case pdf.String:
			l.ranges = append(l.ranges, letterRange{string(from.Value), string(to.Value), text.Value})
		case pdf.Array:
			code := []byte(string(from.Value))
			for _, one := range text {
				one, ok := one.(pdf.String)
				if !ok {
					return errLetters
				}
				l.add(append([]byte{}, code...), one.Value)
				code[len(code)-1]++
			}
		default:
			return errLetters
		}
	}
	return nil
}

// read takes the shortest code that is known, again and again.
func (l *letters) read(codes []byte) (string, error) {
	text := ""
next:
	for len(codes) > 0 {
		for n := 1; n <= min(l.long, len(codes)); n++ {
			if one, ok := l.one(string(codes[:n])); ok {
				text, codes = text+one, codes[n:]
				continue next
			}
		}
		return "", errors.New("a letter that its font does not name")
	}
	return text, nil
}

func (l *letters) one(code string) (string, bool) {
	if text, ok := l.single[code]; ok {
		return text, true
	}
	for _, r := range l.ranges {
		if len(code) == len(r.from) && code >= r.from && code <= r.to && code[:len(code)-1] == r.from[:len(code)-1] && len(r.first) > 0 {
			text := append([]byte{}, r.first...)
			text[len(text)-1] += code[len(code)-1] - r.from[len(code)-1] // Only the last byte counts up.
			return utf16Text(text), true
		}
	}
	return "", false
}

func utf16Text(v []byte) string {
	units := make([]uint16, 0, len(v)/2)
	for ; len(v) >= 2; v = v[2:] {
		units = append(units, uint16(v[0])<<8|uint16(v[1]))
	}
	return string(utf16.Decode(units))
}
