package look

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"

	"contractd/signer/font"
)

// ink is the red of seal paste (朱红).
var ink = color.NRGBA{R: 0xd6, G: 0x13, B: 0x1a, A: 0xff}

// canvas collects shapes in millimetres from the middle, x to the right and y up, and fills them with ink.
type canvas struct {
	raster *vector.Rasterizer
	side   int // In pixels.
}

func newCanvas(millimetres float64) *canvas {
	side := int(math.Round(millimetres * dotsPerMillimetre))
	return &canvas{vector.NewRasterizer(side, side), side}
}

// at maps to pixels, down from the upper left corner.
func (c *canvas) at(x, y float64) (float32, float32) {
	half := float64(c.side) / 2
	return float32(half + x*dotsPerMillimetre), float32(half - y*dotsPerMillimetre)
}

func (c *canvas) move(x, y float64) { c.raster.MoveTo(c.at(x, y)) }
func (c *canvas) line(x, y float64) { c.raster.LineTo(c.at(x, y)) }
func (c *canvas) close()            { c.raster.ClosePath() }

func (c *canvas) curve(bx, by, x, y float64) {
	px, py := c.at(bx, by)
	qx, qy := c.at(x, y)
	c.raster.QuadTo(px, py, qx, qy)
}

// circle fills a disk, or with clockwise cuts one out of what surrounds it.
func (c *canvas) circle(radius float64, clockwise bool) {
	const parts = 64 // A quadratic curve over a 64th of the circle is off by less than a thousandth of a pixel.
	step := 2 * math.Pi / parts
	if clockwise {
		step = -step
	}
	bulge := radius / math.Cos(step/2)
	c.move(radius, 0)
	for i := range parts {
		middle, end := (float64(i)+0.5)*step, float64(i+1)*step
		c.curve(bulge*math.Cos(middle), bulge*math.Sin(middle), radius*math.Cos(end), radius*math.Sin(end))
	}
	c.close()
}

// rectangle fills, or with clockwise cuts out.
func (c *canvas) rectangle(left, bottom, right, top float64, clockwise bool) {
	c.move(left, bottom)
	if clockwise {
		c.line(left, top)
		c.line(right, top)
		c.line(right, bottom)
	} else {
		c.line(right, bottom)
		c.line(right, top)
		c.line(left, top)
	}
	c.close()
}

// star fills a five-pointed star of straight lines.
func (c *canvas) star(radius, up float64) {
	// The inner corners of a regular pentagram.
	inner := radius * math.Sin(math.Pi/10) / math.Sin(3*math.Pi/10)
	for i := range 10 {
		r, angle := radius, math.Pi/2+float64(i)*math.Pi/5
		if i%2 == 1 {
			r = inner
		}
		if x, y := r*math.Cos(angle), up+r*math.Sin(angle); i == 0 {
			c.move(x, y)
		} else {
			c.line(x, y)
		}
	}
	c.close()
}

// stance is where a glyph stands: the point of its origin, the factors of its em, and its turn in radians.
type stance struct {
	x, y          float64
	across, up    float64
	turn          float64
	shiftX, shift float64 // In em, before everything else.
}

// glyph fills an outline. OpenType 1.9, "glyf": between two points off the curve lies one on it.
func (c *canvas) glyph(g font.Glyph, s stance) {
	sin, cos := math.Sincos(s.turn)
	put := func(p font.Point) (float64, float64) {
		x, y := (p.X+s.shiftX)*s.across, (p.Y+s.shift)*s.up
		return s.x + x*cos - y*sin, s.y + x*sin + y*cos
	}
	for _, contour := range g.Contours {
		if len(contour) > 1 {
			c.contour(unfolded(contour), put)
		}
	}
}

func (c *canvas) contour(points []font.Point, put func(font.Point) (float64, float64)) {
	c.move(put(points[0]))
	for i := 1; i < len(points); i++ {
		x, y := put(points[i])
		if points[i].OnCurve {
			c.line(x, y)
			continue
		}
		endX, endY := put(points[(i+1)%len(points)])
		c.curve(x, y, endX, endY)
		i++
	}
	c.close()
}

// unfolded begins with a point on the curve and puts in those that lie between two that are not.
func unfolded(contour []font.Point) []font.Point {
	middle := func(a, b font.Point) font.Point {
		return font.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2, OnCurve: true}
	}
	var points []font.Point
	for i, p := range contour {
		if before := contour[(i+len(contour)-1)%len(contour)]; !p.OnCurve && !before.OnCurve {
			points = append(points, middle(before, p))
		}
		points = append(points, p)
	}
	if !points[0].OnCurve {
		points = append(points[1:], points[0])
	}
	return points
}

// picture fills all shapes. Every pixel has the colour of the ink: where an edge passes through one, it is its alpha
// that says how much of it is covered.
func (c *canvas) picture() Picture {
	bounds := image.Rect(0, 0, c.side, c.side)
	mask := image.NewAlpha(bounds)
	c.raster.Draw(mask, bounds, image.Opaque, image.Point{})
	drawn := image.NewNRGBA(bounds)
	for i, alpha := range mask.Pix {
		drawn.Pix[4*i], drawn.Pix[4*i+1], drawn.Pix[4*i+2], drawn.Pix[4*i+3] = ink.R, ink.G, ink.B, alpha
	}
	return Picture{drawn, "generated"}
}
