package look_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"

	"contractd/signer/font"
	"contractd/signer/look"
	"contractd/workflow"
)

// TestMain lets the test's own program be the child that draws.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == look.Verb {
		if err := look.AnswerSVG(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func chinese(t testing.TB) *font.Font {
	t.Helper()
	found, err := font.Find("")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("fonts-droid-fallback: %v", err)
		}
		t.Skipf("needs fonts-droid-fallback: %v", err)
	}
	return found
}

func pngOf(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inked returns how much of a part of a picture is covered, in pixels.
func inked(p look.Picture, part image.Rectangle) float64 {
	sum := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			sum += int(p.NRGBAAt(x, y).A)
		}
	}
	return float64(sum) / 255
}

func TestPNGKeepsEveryPixel(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range source.Pix {
		source.Pix[i] = uint8(i * 7)
	}
	read, err := look.Read(t.Context(), pngOf(t, source), look.Options{Size: 40})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Pix, source.Pix) {
		t.Error("a PNG with alpha did not keep its pixels")
	}
	var again bytes.Buffer
	if err := read.WritePNG(&again); err != nil {
		t.Fatal(err)
	}
	back, err := look.Read(t.Context(), again.Bytes(), look.Options{Size: 40})
	if err != nil || !bytes.Equal(back.Pix, source.Pix) {
		t.Errorf("what was written differs: %v", err)
	}
}

// TestWhiteToTransparentLooksTheSameOnWhite puts every pixel back on white, and wants solid ink to stay almost opaque
// and smooth edges to have the ink's own hue.
func TestWhiteToTransparentLooksTheSameOnWhite(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 256, 3))
	ink := color.NRGBA{200, 16, 0, 255}
	for x := range 256 { // An edge in all shades, gray in all shades, and noise.
		mix := func(v uint8) uint8 { return uint8((int(v)*x + 255*(255-x)) / 255) }
		source.SetNRGBA(x, 0, color.NRGBA{mix(ink.R), mix(ink.G), mix(ink.B), 255})
		source.SetNRGBA(x, 1, color.NRGBA{uint8(x), uint8(x), uint8(x), 255})
		source.SetNRGBA(x, 2, color.NRGBA{uint8(x * 31), uint8(x * 57), uint8(x * 113), 255})
	}
	read, err := look.Read(t.Context(), pngOf(t, source), look.Options{Size: 40, WhiteToTransparent: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(source.Pix); i += 4 {
		alpha := int(read.Pix[i+3])
		for c := range 3 {
			on := (int(read.Pix[i+c])*alpha + 255*(255-alpha) + 127) / 255
			if on != int(source.Pix[i+c]) {
				t.Fatalf("pixel %d: %v on white gives %d, was %v", i/4, read.Pix[i:i+4], on, source.Pix[i:i+4])
			}
		}
	}
	for _, x := range []int{64, 128, 255} {
		if c := read.NRGBAAt(x, 0); int(c.A) != x || c.R < ink.R-6 || c.R > ink.R+6 || c.B > 6 {
			t.Errorf("shade %d of the edge became %v, want the ink %v at that alpha", x, c, ink)
		}
	}
	if c := read.NRGBAAt(0, 0); c.A != 0 {
		t.Errorf("white became %v", c)
	}
}

func TestJPEGOnWhite(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 80, 80))
	for i := range source.Pix {
		source.Pix[i] = 0xff
	}
	for y := 20; y < 60; y++ {
		for x := 20; x < 60; x++ {
			source.SetNRGBA(x, y, color.NRGBA{214, 19, 26, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, source, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	read, err := look.Read(t.Context(), b.Bytes(), look.Options{Size: 20, WhiteToTransparent: true})
	if err != nil {
		t.Fatal(err)
	}
	if read.Format != "jpeg" || read.NRGBAAt(2, 2).A > 3 || read.NRGBAAt(40, 40).A < 220 || read.NRGBAAt(40, 40).R < 200 {
		t.Errorf("%s: paper %v, ink %v", read.Format, read.NRGBAAt(2, 2), read.NRGBAAt(40, 40))
	}
}

func TestRefusedPictures(t *testing.T) {
	header := pngOf(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)))
	huge := bytes.Replace(header, []byte{0, 0, 0, 1, 0, 0, 0, 1, 8}, []byte{0x7f, 0, 0, 0, 0x7f, 0, 0, 0, 8}, 1)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("seal"), "cut off": header[:40], "large": make([]byte, look.BytesLimit+1),
		"of too many pixels": huge, "blank": header, "gif": []byte("GIF89a\x01\x00\x01\x00"),
	} {
		_, err := look.Read(t.Context(), data, look.Options{Size: 40})
		if !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

const drawing = `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://www.inkscape.org/" viewBox="100 100 200 200" width="40mm" height="40mm" i:version="1">
<title>公章</title><style>.r{fill:none;stroke:#c81000;stroke-width:10}</style>
<g transform="translate(200 200) scale(1)"><circle class="r" r="90"/><path style="fill:#c81000" d="M0-40 L38-12 L24 32 L-24 32 L-38-12 Z"/></g>
</svg>`

// TestSVG looks where the drawing must have ink and where not: the origin of its box and scale(1) both lie off the
// library's own reading.
func TestSVG(t *testing.T) {
	read, err := look.Read(t.Context(), []byte(drawing), look.Options{Size: 40})
	if err != nil {
		t.Fatal(err)
	}
	if read.Format != "svg" || read.Bounds().Dx() != 945 || read.Bounds().Dy() != 945 {
		t.Fatalf("%s of %v, want 40 mm at 600 dpi: 945 pixels", read.Format, read.Bounds())
	}
	red := color.NRGBA{200, 16, 0, 255}
	for at, want := range map[image.Point]color.NRGBA{
		{472, 472}: red, {472, 47}: red, {47, 472}: red, {897, 472}: red, {472, 897}: red, {5, 5}: {}, {472, 150}: {}, {940, 940}: {},
	} {
		if got := read.NRGBAAt(at.X, at.Y); got != want {
			t.Errorf("pixel %v is %v, want %v", at, got, want)
		}
	}
}

func TestSVGRefusals(t *testing.T) {
	wrap := func(inner string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">` + inner + `</svg>`
	}
	for want, text := range map[string]string{
		"entities":       `<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"/>`,
		"<text>":         wrap(`<text>印</text>`),
		"<image>":        wrap(`<image xlink:href="http://a.example/x.png"/>`),
		"<script>":       wrap(`<script>1</script>`),
		"script (onload": wrap(`<g onload="x()"/>`),
		"another file":   wrap(`<rect width="9" height="9" fill="url(http://a.example/#g)"/>`),
		"href refers":    wrap(`<use xlink:href="other.svg#a"/>`),
		"style sheet":    wrap(`<style>@import url(a.css);</style><rect width="9" height="9"/>`),
		"xml-stylesheet": `<?xml-stylesheet href="a.css"?>` + wrap(`<rect width="9" height="9"/>`),
		"evenodd":        wrap(`<path fill-rule="evenodd" d="M0 0L9 9L0 9Z"/>`),
		"mask":           wrap(`<rect width="9" height="9" mask="url(#m)"/>`),
		"filter":         wrap(`<rect width="9" height="9" style="filter:url(#f)"/>`),
		"in one another": wrap(strings.Repeat("<g>", 100) + strings.Repeat("</g>", 100)),
		"elements":       wrap(strings.Repeat("<g/>", 20_001)),
		"blank":          wrap(`<rect width="9" height="9" fill="none"/>`),
		"no size":        `<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>`,
		"kind \"html\"":  `<html><svg/></html>`,
		"draw SVG":       wrap(`<path d="M0 0 L"/><path d="not a path"/>`),
		"EOF":            wrap(`<g>`)[:105],
		"draws itself":   wrap(`<defs><g id="a"><use href="#a"/><use href="#a"/></g></defs><use href="#a"/>`),
	} {
		_, err := look.Read(t.Context(), []byte(text), look.Options{Size: 20})
		if !errors.Is(err, workflow.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestSVGChildEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := look.Read(ctx, []byte(drawing), look.Options{Size: 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
