package look

import (
	"math"
	"unicode"

	"contractd/signer/font"
)

// Measures of a round seal of 40 mm, in millimetres.
const (
	ring       = 1.2  // Width of the ring.
	nameTop    = 17.9 // Radius at the heads of the name's characters.
	numberFoot = 17.6 // Radius at the feet of the number, which stands the other way up.
	numberEm   = 2.7
	starRadius = 6.4
	starUp     = 1.2
	trialFoot  = -9.9
	trialEm    = 3.1
	trialWidth = 19
)

var (
	// nameHeight is that of the name's characters by the width of the name in em.
	nameHeight = [][2]float64{{5, 6.2}, {8, 5.8}, {10, 5.4}, {12, 5.1}, {16, 4.7}, {20, 4.4}, {25, 4.1}, {30, 3.8}, {40, 3.3}}
	// nameSpan is how far round the name goes, in degrees, where its characters leave room.
	nameSpan = [][2]float64{{2, 80}, {4, 140}, {6, 180}, {8, 205}, {10, 222}, {12, 235}, {16, 248}, {20, 256}}
)

const (
	lowerRoom = 10.0 // Degrees kept free between name and number, at either side.
	tightest  = 0.12 // Of a character's width: the least room between two.
	loosest   = 1.1
	loosestOf = 0.4 // The same between Latin letters, which are read as words.
	foot      = 0.1 // Em: how far Chinese characters reach below their baseline.
	fullUp    = 0.96
	capitals  = 0.76 // Em: the height of Latin capitals, and a little room.
)

// company draws ring, star, name, number and what the seal is for.
func company(f *font.Font, name string, number, mark letters) (Picture, error) {
	line, err := lettersOf(f, name)
	if err != nil {
		return Picture{}, err
	}
	if line.width() > widestName {
		return Picture{}, usage("shorten it; a picture of your own has no such limit", "its name is too long to be readable")
	}
	c := newCanvas(CompanySize)
	c.circle(CompanySize/2, false)
	c.circle(CompanySize/2-ring, true)
	c.star(starRadius, starUp)
	c.row(mark, 0, trialFoot, trialWidth, trialEm)
	used := c.lowerArc(number)
	c.upperArc(line, latin(name), 360-used-2*lowerRoom)
	return c.picture(), nil
}

// latin reports whether most of a name is not Chinese.
func latin(name string) bool {
	wide, all := 0, 0
	for _, r := range name {
		if all++; unicode.Is(unicode.Han, r) {
			wide++
		}
	}
	return 2*wide < all
}

// upperArc sets the name along the upper arc, heads outward, from left to right, within so many degrees.
func (c *canvas) upperArc(line letters, latin bool, room float64) {
	width := line.width()
	height := between(nameHeight, width)
	em, below, most := height/fullUp, foot, loosest
	if latin {
		em, below, most = height/capitals*0.86, 0, loosestOf
	}
	base := nameTop - height // Where the feet stand; neighbours are closest there.
	length := radians(min(between(nameSpan, width), room)) * base
	gaps := float64(len(line) - 1)
	across := min(em, length/(width+tightest*gaps))
	gap := 0.0
	if gaps > 0 {
		gap = min((length-width*across)/gaps, most*across)
	}
	angle := math.Pi/2 + (width*across+gap*gaps)/base/2
	for _, glyph := range line {
		half := glyph.Advance * across / base / 2
		angle -= half
		c.glyph(glyph, stance{
			x: base * math.Cos(angle), y: base * math.Sin(angle), turn: angle - math.Pi/2,
			across: across, up: em, shiftX: -glyph.Advance / 2, shift: below,
		})
		angle -= half + gap/base
	}
}

// lowerArc sets the number along the lower arc, feet outward, and returns how many degrees it takes.
func (c *canvas) lowerArc(line letters) float64 {
	if len(line) == 0 {
		return 0
	}
	const spaced = 1.35 // Digits stand apart.
	length := line.width() * numberEm * spaced
	angle := -math.Pi/2 - length/numberFoot/2
	for _, glyph := range line {
		half := glyph.Advance * numberEm * spaced / numberFoot / 2
		angle += half
		c.glyph(glyph, stance{
			x: numberFoot * math.Cos(angle), y: numberFoot * math.Sin(angle), turn: angle + math.Pi/2,
			across: numberEm, up: numberEm, shiftX: -glyph.Advance / 2,
		})
		angle += half
	}
	return length / numberFoot * 180 / math.Pi
}
