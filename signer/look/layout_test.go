package look

import (
	"os"
	"strings"
	"testing"

	"contractd/signer/font"
)

// TestNothingTouches draws each character of a company's seal alone and all together: where two of them, or a
// character and the ring, the star or the number, lay over one another, the whole would show less ink than its parts.
func TestNothingTouches(t *testing.T) {
	f, err := font.Find("")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("fonts-droid-fallback: %v", err)
		}
		t.Skipf("needs fonts-droid-fallback: %v", err)
	}
	long := "中国（上海）自由贸易试验区临港新片区南江智能装备制造技术股份有限公司"
	for _, name := range []string{
		"华信科技", "南江精密制造有限公司", "广东南江精密机械设备制造股份有限公司", string([]rune(long)[:30]), "ACME", "Shenzhen Huaxin Precision Co., Ltd.", "ABC南江（中国）有限公司", strings.Repeat("囍", widestName),
	} {
		for _, number := range []string{"", "91440101MA5D3F8X2K"} {
			whole, err := Generate(f, Order{Company, name, number})
			if err != nil {
				t.Fatal(err)
			}
			line, digits := mustLetters(t, f, name), mustLetters(t, f, number)
			parts := partsOf(t, f, digits)
			for i := range line {
				parts += alone(line, i, func(c *canvas, l letters) {
					used := c.lowerArc(digits)
					c.clear()
					c.upperArc(l, latin(name), 360-used-2*lowerRoom)
				})
			}
			if ink := covered(whole); ink < parts*0.9995 || ink > parts*1.0005 {
				t.Errorf("%q with number %q: %.0f pixels of ink in one picture, %.0f in its parts", name, number, ink, parts)
			}
		}
	}
}

// partsOf is the ink of everything but the name.
func partsOf(t *testing.T, f *font.Font, digits letters) float64 {
	t.Helper()
	sum := 0.0
	mark := mustLetters(t, f, trial)
	for _, draw := range []func(*canvas){
		func(c *canvas) { c.circle(CompanySize/2, false); c.circle(CompanySize/2-ring, true) },
		func(c *canvas) { c.star(starRadius, starUp) },
		func(c *canvas) { c.row(mark, 0, trialFoot, trialWidth, trialEm) },
		func(c *canvas) { c.lowerArc(digits) },
	} {
		c := newCanvas(CompanySize)
		draw(c)
		sum += covered(c.picture())
	}
	return sum
}

// alone is the ink of one glyph at its place in a line.
func alone(line letters, n int, set func(*canvas, letters)) float64 {
	only := make(letters, len(line))
	for i, glyph := range line {
		only[i].Advance = glyph.Advance
	}
	only[n] = line[n]
	c := newCanvas(CompanySize)
	set(c, only)
	return covered(c.picture())
}

func (c *canvas) clear() { c.raster.Reset(c.side, c.side) }

func mustLetters(t *testing.T, f *font.Font, text string) letters {
	t.Helper()
	line, err := lettersOf(f, text)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func covered(p Picture) float64 {
	sum := 0
	for i := 3; i < len(p.Pix); i += 4 {
		sum += int(p.Pix[i])
	}
	return float64(sum) / 255
}
