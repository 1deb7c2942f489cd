package look

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"contractd/signer/child"
	"contractd/signer/sandbox"
	"contractd/workflow"
)

// Verb is the hidden verb of the child that draws.
const Verb = "draw-svg"

const (
	svgBytesLimit = 4 << 20
	svgSideLimit  = 4096 // Pixels: 173 mm.
)

// svgLimits are those of the child: a seal of 4,000 shapes takes a second.
var svgLimits = child.Limits{Timeout: 30 * time.Second, CPU: 20 * time.Second, Memory: 768 << 20, Output: 4 * PixelsLimit}

// drawSVG has a child draw the picture, whose longer side is to have so many pixels.
func drawSVG(ctx context.Context, data []byte, side int) (*image.NRGBA, error) {
	if len(data) > svgBytesLimit {
		return nil, usage("simplify the drawing, or give a PNG", "an SVG of more than %d MB", svgBytesLimit>>20)
	}
	if side < 1 || side > svgSideLimit {
		return nil, usage("seals have 5 to 60 mm", "a seal of %.0f mm", float64(side)/dotsPerMillimetre)
	}
	if _, err := cleaned(data); err != nil { // Told here, in words; the child asks the same again.
		return nil, err
	}
	raw, err := child.Run(ctx, child.Command{Args: []string{Verb, strconv.Itoa(side)}, Stdin: bytes.NewReader(data), Limits: svgLimits})
	if err != nil {
		return nil, undrawn(err)
	}
	drawn, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read what was drawn of an SVG: %w", err)
	}
	return straight(drawn), nil
}

// undrawn tells the death of the child to whoever gave the drawing.
func undrawn(err error) error {
	var death *child.Death
	if !errors.As(err, &death) {
		return fmt.Errorf("draw SVG: %w", err)
	}
	why := "it cannot be drawn"
	if death.Limit != child.None {
		why = "it needs more than the limit of " + string(death.Limit)
	} else if line, _, _ := bytes.Cut([]byte(death.Stderr), []byte("\n")); len(line) > 0 && len(line) < 300 && !bytes.HasPrefix(line, []byte("panic")) {
		why = string(line)
	}
	return workflow.WithHint(fmt.Errorf("draw SVG: %s: %w: %w", why, workflow.ErrUsage, err), "export it with plain paths and colours, or give a PNG")
}

// AnswerSVG is the child's side: it closes itself off, reads an SVG from in and writes a PNG to out.
func AnswerSVG(args []string, in io.Reader, out io.Writer) error {
	sandbox.Close() // What could not be closed off lacks on this kernel for all that we do; the limits stand all the same.
	if len(args) != 1 {
		return errors.New("want one argument, the pixels of the longer side")
	}
	side, err := strconv.Atoi(args[0])
	if err != nil || side < 1 || side > svgSideLimit {
		return fmt.Errorf("want 1 to %d pixels", svgSideLimit)
	}
	data, err := io.ReadAll(io.LimitReader(in, svgBytesLimit+1))
	if err != nil {
		return err
	}
	if data, err = cleaned(data); err != nil {
		return err
	}
	picture, err := rasterize(data, side)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(out, picture)
}

// rasterize draws what cleaned let pass.
func rasterize(data []byte, side int) (image.Image, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(data), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	box := icon.ViewBox
	scale := float64(side) / max(box.W, box.H)
	if !(box.W > 0 && box.H > 0 && scale > 0) || math.IsInf(scale, 0) {
		return nil, errors.New("it has no size: viewBox, or width and height, are missing")
	}
	// Not SetTarget, which forgets to scale the origin of the box.
	icon.Transform = rasterx.Identity.Scale(scale, scale).Translate(-box.X, -box.Y)
	width, height := max(1, int(math.Round(box.W*scale))), max(1, int(math.Round(box.H*scale)))
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	icon.Draw(rasterx.NewDasher(width, height, rasterx.NewScannerGV(width, height, drawn, drawn.Bounds())), 1)
	return drawn, nil
}
