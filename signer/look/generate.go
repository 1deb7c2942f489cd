package look

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"contractd/signer/font"
	"contractd/workflow"
)

// Kind is the kind of seal that Generate draws.
type Kind string

// The kinds.
const (
	Company  Kind = "company"  // 公章: round, the name on an arc around a star.
	Personal Kind = "personal" // 私章: square, the name in columns from right to left.
)

// Sizes of generated seals in millimetres, as they are usual.
const (
	CompanySize  = 40
	PersonalSize = 20
)

// Size returns the usual size of a kind in millimetres.
func (k Kind) Size() float64 {
	if k == Personal {
		return PersonalSize
	}
	return CompanySize
}

// trial stands in every seal that is drawn here: it proves nothing, and must not be taken for one that was cut.
const trial = "试用 TRIAL"

// Order says what to draw.
type Order struct {
	Kind   Kind
	Name   string // Of the company or the person.
	Number string // Of the seal or the company; may be empty.
}

const (
	widestName    = 40 // Em: more would be unreadable around 40 mm.
	longestNumber = 24
)

// Generate draws a seal for trials. Errors wrap workflow.ErrUsage; one about a character without a glyph names it.
func Generate(f *font.Font, order Order) (Picture, error) {
	picture, err := generate(f, order)
	if err != nil {
		return Picture{}, fmt.Errorf("draw %s seal %q: %w", order.Kind, order.Name, err)
	}
	return picture, nil
}

func generate(f *font.Font, order Order) (Picture, error) {
	name := strings.Join(strings.Fields(order.Name), " ")
	odd := func(r rune) bool { return !unicode.IsGraphic(r) }
	switch {
	case name == "":
		return Picture{}, usage("name the company or the person", "a name is needed")
	case strings.ContainsFunc(name+order.Number, odd):
		return Picture{}, usage("write it in plain characters on one line", "it holds a control character")
	case len(order.Number) > longestNumber:
		return Picture{}, usage("a seal's number has 13 digits, a 统一社会信用代码 18", "its number has more than %d characters", longestNumber)
	}
	number, err := lettersOf(f, strings.TrimSpace(order.Number))
	if err != nil {
		return Picture{}, err
	}
	mark, err := lettersOf(f, trial)
	if err != nil {
		return Picture{}, err
	}
	switch order.Kind {
	case Company:
		return company(f, name, number, mark)
	case Personal:
		return personal(f, name, number, mark)
	}
	return Picture{}, usage("company or personal", "unknown kind")
}

// letters are the glyphs of a line.
type letters []font.Glyph

func lettersOf(f *font.Font, text string) (letters, error) {
	if err := f.Check(text); err != nil {
		return nil, workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrUsage), "name a TrueType font that has it, with --font or as [seal] font")
	}
	var all letters
	for _, r := range text {
		glyph, err := f.Glyph(r)
		if err != nil {
			return nil, err
		}
		all = append(all, glyph)
	}
	return all, nil
}

// width is that of a line in em.
func (l letters) width() float64 {
	width := 0.0
	for _, glyph := range l {
		width += glyph.Advance
	}
	return width
}

// row puts a line of text into a box, in its middle, as large as it fits but not over the given em.
func (c *canvas) row(line letters, x, y, width, em float64) {
	em = min(em, width/max(line.width(), 1))
	x -= line.width() * em / 2
	for _, glyph := range line {
		c.glyph(glyph, stance{x: x, y: y, across: em, up: em})
		x += glyph.Advance * em
	}
}

// between interpolates a table of pairs, ordered by their first.
func between(table [][2]float64, at float64) float64 {
	for i, pair := range table {
		if at > pair[0] {
			continue
		}
		if i == 0 {
			return pair[1]
		}
		before := table[i-1]
		return before[1] + (pair[1]-before[1])*(at-before[0])/(pair[0]-before[0])
	}
	return table[len(table)-1][1]
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
