package look

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"contractd/workflow"
)

// Options say how to read a picture.
type Options struct {
	Size               float64 // Longer edge in mm as it will stand: says how finely an SVG is drawn.
	WhiteToTransparent bool    // The picture stands on white paper; take the paper away.
}

// Read reads a PNG, JPEG or SVG. Errors wrap workflow.ErrUsage.
func Read(ctx context.Context, data []byte, options Options) (Picture, error) {
	picture, err := read(ctx, data, options)
	if err != nil {
		return Picture{}, fmt.Errorf("read seal picture: %w", err)
	}
	if options.WhiteToTransparent {
		unmultiply(picture.NRGBA)
	}
	if blank(picture.NRGBA) {
		return Picture{}, fmt.Errorf("read seal picture: %w", usage("give a picture that shows the seal", "it is blank"))
	}
	return picture, nil
}

func read(ctx context.Context, data []byte, options Options) (Picture, error) {
	if len(data) > BytesLimit {
		return Picture{}, usage("make it smaller", "it has more than %d MB", BytesLimit>>20)
	}
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return decode(data, "png", png.DecodeConfig, png.Decode)
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		return decode(data, "jpeg", jpeg.DecodeConfig, jpeg.Decode)
	case looksLikeSVG(data):
		drawn, err := drawSVG(ctx, data, int(math.Round(options.Size*dotsPerMillimetre)))
		return Picture{drawn, "svg"}, err
	}
	return Picture{}, usage("give a PNG or SVG with transparency, or a JPEG or PNG on white with --white-to-transparent", "it is neither PNG, JPEG nor SVG")
}

func looksLikeSVG(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(data, []byte("<")) && bytes.Contains(data, []byte("<svg"))
}

// decode asks for the size before it makes room for the pixels.
func decode(data []byte, format string, header func(io.Reader) (image.Config, error), whole func(io.Reader) (image.Image, error)) (Picture, error) {
	size, err := header(bytes.NewReader(data))
	if err == nil && (size.Width < 1 || size.Height < 1 || size.Width > PixelsLimit/size.Height) {
		return Picture{}, usage("make it smaller: 945 × 945 print 40 mm at 600 dpi", "%d × %d pixels are too many", size.Width, size.Height)
	}
	var decoded image.Image
	if err == nil {
		decoded, err = whole(bytes.NewReader(data))
	}
	if err != nil {
		return Picture{}, workflow.WithHint(fmt.Errorf("damaged %s: %w: %w", format, err, workflow.ErrUsage), "open it in a picture editor and save it anew, or get an unbroken copy")
	}
	return Picture{straight(decoded), format}, nil
}

// straight returns Pixels as a picture from 0, 0.
func straight(picture image.Image) *image.NRGBA {
	bounds := picture.Bounds()
	if p, ok := picture.(*image.NRGBA); ok && bounds.Min == (image.Point{}) {
		return p
	}
	out := image.NewNRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	at := Pixels(picture)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			out.SetNRGBA(x, y, at(bounds.Min.X+x, bounds.Min.Y+y))
		}
	}
	return out
}

// Pixels reads pixels that are not multiplied by their alpha. The conversions of image/color go through multiplied ones, which
// loses colour where a pixel is nearly transparent.
func Pixels(picture image.Image) func(x, y int) color.NRGBA {
	switch p := picture.(type) {
	case *image.NRGBA:
		return p.NRGBAAt
	case *image.NRGBA64:
		return func(x, y int) color.NRGBA {
			c := p.NRGBA64At(x, y)
			return color.NRGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
		}
	case *image.Paletted:
		palette := make([]color.NRGBA, len(p.Palette))
		for i, c := range p.Palette {
			palette[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
		}
		return func(x, y int) color.NRGBA { return palette[p.ColorIndexAt(x, y)] }
	}
	// What is left is opaque: gray, colours of 8 and 16 bits, JPEG's.
	return func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA) }
}

func blank(picture *image.NRGBA) bool {
	for i := 0; i < len(picture.Pix); i += 4 {
		if p := picture.Pix[i : i+4]; p[3] != 0 && (p[0] != 0xff || p[1] != 0xff || p[2] != 0xff) {
			return false
		}
	}
	return true
}

// unmultiply takes white paper away: each pixel gets the least alpha with which some ink gives its colour on white, and
// that ink's colour. So nothing looks different on white, smooth edges keep the colour of the ink, and no threshold
// eats them.
func unmultiply(picture *image.NRGBA) {
	for i := 0; i < len(picture.Pix); i += 4 {
		p := picture.Pix[i : i+4]
		alpha := 0xff - int(min(p[0], p[1], p[2]))
		if alpha == 0 {
			p[0], p[1], p[2], p[3] = 0xff, 0xff, 0xff, 0
			continue
		}
		for c := range 3 {
			p[c] = uint8((0xff*(int(p[c])-(0xff-alpha)) + alpha/2) / alpha)
		}
		p[3] = uint8((alpha*int(p[3]) + 0x7f) / 0xff)
	}
}
