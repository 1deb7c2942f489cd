package signer_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
)

const dpi = 144

// render draws one page as seen. Poppler knows no UserUnit, MuPDF does.
func render(t *testing.T, file string, page int) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "page.png")
	text, err := run(t, tool(t, "mutool", "mupdf-tools"), "draw", "-r", fmt.Sprint(dpi), "-o", out, file, fmt.Sprint(page))
	if err != nil {
		t.Fatalf("mutool draw: %v\n%s", err, text)
	}
	return decode(t, out)
}

func renderPoppler(t *testing.T, file string, page int) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "page")
	text, err := run(t, tool(t, "pdftoppm", "poppler-utils"), "-cropbox", "-r", fmt.Sprint(dpi), "-png", "-singlefile",
		"-f", fmt.Sprint(page), "-l", fmt.Sprint(page), file, out)
	if err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, text)
	}
	return decode(t, out+".png")
}

func decode(t *testing.T, file string) image.Image {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// extent returns the box of all pixels of exactly that colour.
func extent(picture image.Image, want color.NRGBA) image.Rectangle {
	var box image.Rectangle
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if color.NRGBAModel.Convert(picture.At(x, y)) == want {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

// TestPlaceAndColours seals every page of documents with rotations, crop boxes, inherited boxes and user units, and
// looks where the seal is to be seen, that it stands upright, and that its colours are the ones given.
func TestPlaceAndColours(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	corner := color.NRGBA{0x12, 0x34, 0x9a, 0xff}
	picture := image.NewNRGBA(image.Rect(0, 0, 80, 40))
	for y := range 40 {
		for x := range 80 {
			c := sealRed
			if x < 40 && y < 20 {
				c = corner
			}
			picture.SetNRGBA(x, y, c)
		}
	}
	ready, err := signer.NewImage(encodePNG(t, picture))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"boxes.pdf", "qpdf-rotated.pdf", "cairo.pdf"} {
		draft := fixture(t, name)
		file, err := pdf.Open(t.Context(), bytes.NewReader(draft), int64(len(draft)), pdf.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := file.Last().Pages()
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			t.Run(fmt.Sprintf("%s/%d", name, page.Number), func(t *testing.T) {
				r := request(t, w.p256)
				width, height := page.Size()
				r.Seals[0] = signer.Seal{Image: ready, Pages: signer.OnPage(page.Number), Size: math.Min(width, height) / 3, X: width / 8, Y: height / 2.2}
				out, _ := seal(t, s, draft, r)
				sealed := writeTemp(t, out)
				look(t, render(t, sealed, page.Number), r.Seals[0], height, corner)
				// Poppler neither scales by UserUnit nor cuts a crop box down to the media box.
				if other := renderPoppler(t, sealed, page.Number); math.Abs(float64(other.Bounds().Dy())-height*dpi/25.4) < 2 {
					look(t, other, r.Seals[0], height, corner)
				}
			})
		}
	}
}

// look expects the picture, twice as wide as high, at its place within a pixel and a half.
func look(t *testing.T, page image.Image, r signer.Seal, height float64, corner color.NRGBA) {
	t.Helper()
	const pixel = dpi / 25.4
	whole := extent(page, sealRed).Union(extent(page, corner))
	mark := extent(page, corner)
	left, top := r.X*pixel, (height-r.Y-r.Size/2)*pixel
	want := [4]float64{left, top, left + r.Size*pixel, top + r.Size/2*pixel}
	got := [4]int{whole.Min.X, whole.Min.Y, whole.Max.X, whole.Max.Y}
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > 1.5 {
			t.Fatalf("the seal is seen at %v, want %.1f", got, want)
		}
	}
	if mark.Min.X > whole.Min.X+2 || mark.Min.Y > whole.Min.Y+2 || mark.Max.X > whole.Max.X-whole.Dx()/3 {
		t.Errorf("the seal is not upright: its upper left quarter is at %v of %v", mark, whole)
	}
}

// TestPrintBelowASealStaysReadable seals over black text: what was black must be black still.
func TestPrintBelowASealStaysReadable(t *testing.T) {
	w := newWorld(t)
	draft := fixture(t, "cairo.pdf")
	picture := image.NewNRGBA(image.Rect(0, 0, 10, 10))
	for i := range 100 {
		picture.SetNRGBA(i%10, i/10, sealRed)
	}
	ready, err := signer.NewImage(encodePNG(t, picture))
	if err != nil {
		t.Fatal(err)
	}
	r := request(t, w.p256)
	r.Seals[0] = signer.Seal{Image: ready, Size: 200}
	out, _ := seal(t, signer.New(signer.Config{}), draft, r)
	for name, draw := range map[string]func(*testing.T, string, int) image.Image{"mupdf": render, "poppler": renderPoppler} {
		before, after := draw(t, writeTemp(t, draft), 1), draw(t, writeTemp(t, out), 1)
		black, kept := 0, 0
		for y := range before.Bounds().Dy() {
			for x := range before.Bounds().Dx() {
				r, g, b, _ := before.At(x, y).RGBA()
				if r+g+b != 0 {
					continue
				}
				black++
				if r, g, b, _ := after.At(x, y).RGBA(); r+g+b < 3*0x4000 {
					kept++
				}
			}
		}
		if black == 0 || kept < black*9/10 {
			t.Errorf("%s: of %d black pixels %d are dark below the seal", name, black, kept)
		}
	}
}
