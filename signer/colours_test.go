package signer_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"contractd/signer"
	"contractd/signer/font"
	drawing "contractd/signer/look"
	eyes "contractd/signer/render"
)

// whitePage is one of four inches.
func whitePage() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, object := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 288]/Resources<<>>>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// renderPDFium draws a page as our own eyes do.
func renderPDFium(t *testing.T, file []byte) image.Image {
	t.Helper()
	renderer, err := eyes.New(t.Context(), eyes.Options{DPI: dpi, Cache: cacheFolder(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer renderer.Close(t.Context()) // The test is over.
	var drawn image.Image
	err = renderer.Pages(t.Context(), bytes.NewReader(file), int64(len(file)), eyes.Options{DPI: dpi}, func(_ int, picture *image.RGBA) error {
		drawn = picture
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// cacheFolder keeps PDFium compiled: that takes seconds.
func cacheFolder(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	cache = filepath.Join(cache, "contractd-test", "render")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	return cache
}

// TestPixelsAreThoseOfTheSource seals with pictures whose pixels lie exactly on those of the rendered page, and compares
// each: what is opaque or empty must be equal, what is half transparent may be rounded.
func TestPixelsAreThoseOfTheSource(t *testing.T) {
	const side = 144 // Pixels: an inch at 144 dpi.
	colours := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			alpha := uint8(255)
			if y >= side/2 {
				alpha = uint8(x * 255 / (side - 1))
			}
			colours.SetNRGBA(x, y, color.NRGBA{uint8(x * 16), uint8(y * 16), uint8(x * y), alpha})
		}
	}
	pictures := map[string]*image.NRGBA{"colours": colours}
	if found, err := font.Find(""); err == nil {
		drawn, err := drawing.Generate(found, drawing.Order{Kind: drawing.Company, Name: "南江小山层有限公司", Number: "4401051234567"})
		if err != nil {
			t.Fatal(err)
		}
		pictures["seal"] = every(drawn.NRGBA, 6, side)
	}
	w := newWorld(t)
	for name, picture := range pictures {
		page := renderPDFium(t, sealWhite(t, w, picture))
		compareWithSource(t, name+" by PDFium", page, picture, 1)
		// Splash, of Poppler, widens a picture to whole pixels, so that it is one too large at that scale: at 8 pixels for
		// each it draws them as they are.
		coarse := every(picture, 8, side/8)
		page = renderPoppler(t, writeTemp(t, sealWhite(t, w, coarse)), 1)
		compareWithSource(t, name+" by Poppler", page, coarse, 8)
	}
}

// sealWhite puts a picture of an inch into a white page, two inches up and one to the right.
func sealWhite(t *testing.T, w *world, picture image.Image) []byte {
	t.Helper()
	ready, err := signer.NewImage(encodePNG(t, picture))
	if err != nil {
		t.Fatal(err)
	}
	r := request(t, w.p256)
	r.Seals[0] = signer.Seal{Image: ready, Size: 25.4, X: 25.4, Y: 50.8}
	out, _ := seal(t, signer.New(signer.Config{}), whitePage(), r)
	return out
}

// every takes every nth pixel.
func every(p *image.NRGBA, n, side int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			out.SetNRGBA(x, y, p.NRGBAAt(x*n, y*n))
		}
	}
	return out
}

func compareWithSource(t *testing.T, what string, page image.Image, source *image.NRGBA, scale int) {
	t.Helper()
	if page.Bounds().Dx() != 4*dpi {
		t.Fatalf("%s: page of %v", what, page.Bounds())
	}
	worst := [3]int{} // Of opaque pixels, of empty ones, and of the others.
	for y := range source.Bounds().Dy() {
		for x := range source.Bounds().Dx() {
			s := source.NRGBAAt(x, y)
			got := color.NRGBAModel.Convert(page.At(dpi+x*scale+scale/2, dpi+y*scale+scale/2)).(color.NRGBA)
			kind := 2
			switch s.A {
			case 255:
				kind = 0
			case 0:
				kind = 1
			}
			on := func(v uint8) int { return int(math.Round((float64(v)*float64(s.A) + 255*float64(255-s.A)) / 255)) }
			for _, pair := range [][2]int{{on(s.R), int(got.R)}, {on(s.G), int(got.G)}, {on(s.B), int(got.B)}} {
				worst[kind] = max(worst[kind], pair[0]-pair[1], pair[1]-pair[0])
			}
		}
	}
	if worst[0] > 0 || worst[1] > 0 || worst[2] > 2 {
		t.Errorf("%s: off by %d where opaque, %d where empty, %d between", what, worst[0], worst[1], worst[2])
	}
}
