package look

import (
	"strings"
	"unicode"

	"contractd/signer/font"
)

// Measures of a square seal of 20 mm, in millimetres.
const (
	frame     = 0.9 // Width of the frame.
	margin    = 0.6 // Between the frame and what it holds.
	stripEm   = 2.2
	stripFoot = 0.5  // Of the lowest line above the margin.
	cellFill  = 0.94 // Of a cell that its character takes.
	mostHan   = 8    // Characters of a name in a seal of nine.
	mostLines = 3
)

// personal draws frame, name, what the seal is for, and the number below.
func personal(f *font.Font, name string, number, mark letters) (Picture, error) {
	c := newCanvas(PersonalSize)
	const half = PersonalSize / 2.0
	c.rectangle(-half, -half, half, half, false)
	c.rectangle(-half+frame, -half+frame, half-frame, half-frame, true)
	const edge = half - frame - margin
	floor := -edge + stripFoot
	for _, line := range []letters{number, mark} {
		if len(line) > 0 {
			c.row(line, 0, floor, 2*edge, stripEm)
			floor += stripEm * 1.15
		}
	}
	inside := box{-edge, floor, edge, edge}
	var err error
	if columns := columnsOf(name); columns != nil {
		err = c.columns(f, columns, inside)
	} else {
		err = c.words(f, strings.Fields(name), inside)
	}
	if err != nil {
		return Picture{}, err
	}
	return c.picture(), nil
}

type box struct{ left, bottom, right, top float64 }

// columnsOf divides a Chinese name and 印 as seals do: a name of two is filled up with 之印. Nil for other names.
func columnsOf(name string) [][]rune {
	var runes []rune
	for _, r := range name {
		switch {
		case r == '·' || r == ' ':
		case unicode.Is(unicode.Han, r):
			runes = append(runes, r)
		default:
			return nil
		}
	}
	if len(runes) > mostHan {
		return nil
	}
	if len(runes) == 2 {
		runes = append(runes, '之')
	}
	runes = append(runes, '印')
	count := 2
	if len(runes) > 6 {
		count = 3
	}
	var columns [][]rune
	for ; count > 0; count-- { // The left ones get one more where they cannot be equal.
		share := len(runes) / count
		columns, runes = append(columns, runes[:share]), runes[share:]
	}
	return columns
}

// columns fills the box with the columns from right to left.
func (c *canvas) columns(f *font.Font, columns [][]rune, inside box) error {
	width := (inside.right - inside.left) / float64(len(columns))
	for i, column := range columns {
		line, err := lettersOf(f, string(column))
		if err != nil {
			return err
		}
		height := (inside.top - inside.bottom) / float64(len(line))
		x := inside.right - (float64(i)+0.5)*width
		for n, glyph := range line {
			c.glyph(glyph, stance{
				x: x, y: inside.top - (float64(n)+1)*height + (1-cellFill)*height/2, shiftX: -glyph.Advance / 2, shift: foot,
				across: width * cellFill / max(glyph.Advance, 1), up: height * cellFill / fullUp,
			})
		}
	}
	return nil
}

// words fills the box with words in lines of their own, as names in Latin letters are set.
func (c *canvas) words(f *font.Font, words []string, inside box) error {
	if len(words) > mostLines {
		return usage("shorten it; a picture of your own has no such limit", "its name has more than %d words or %d Chinese characters", mostLines, mostHan)
	}
	height := (inside.top - inside.bottom) / float64(len(words))
	for i, word := range words {
		line, err := lettersOf(f, word)
		if err != nil {
			return err
		}
		em := min(height*cellFill, 8)
		across := min(em*0.9, (inside.right-inside.left)/line.width())
		if across < em/4 {
			return usage("shorten it; a picture of your own has no such limit", "%q is too long to be readable", word)
		}
		x := -line.width() * across / 2
		y := inside.top - (float64(i)+0.5)*height - 0.36*em
		for _, glyph := range line {
			c.glyph(glyph, stance{x: x, y: y, across: across, up: em})
			x += glyph.Advance * across
		}
	}
	return nil
}
