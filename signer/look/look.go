// Package look makes the pictures of seals (签章外观): it reads those that people bring along, and draws seals for trials.
//
// It promises: a PNG keeps its colours exactly; a picture on white that is made transparent looks the same on white as
// before, its smooth edges included; a picture is read within limits of bytes and pixels; an SVG is drawn in a child
// process that can reach neither files nor network, and one that would need something that is not drawn, as text,
// scripts or other files, is refused; a character without a glyph is refused by name; a seal that was drawn here
// says of itself that it is for trials.
//
// It does not judge whether a picture shows the seal of who signs.
package look

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"contractd/workflow"
)

// Limits of one picture.
const (
	BytesLimit  = 16 << 20
	PixelsLimit = 16 << 20
)

// DotsPerInch is how finely what has no pixels of its own is drawn.
const DotsPerInch = 600

// dotsPerMillimetre is DotsPerInch in the measure of seals.
const dotsPerMillimetre = DotsPerInch / 25.4

// Picture is one ready for a seal.
type Picture struct {
	*image.NRGBA
	Format string // What it was read from: "png", "jpeg", "svg", or "generated".
}

// WritePNG writes the picture; equal pictures give equal bytes.
func (p Picture) WritePNG(w io.Writer) error {
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(w, p.NRGBA); err != nil {
		return fmt.Errorf("write picture of a seal: %w", err)
	}
	return nil
}

func usage(hint, format string, args ...any) error {
	return workflow.WithHint(fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), workflow.ErrUsage), hint)
}
