package qr_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer/qr"
	"contractd/signer/render"
)

// BenchmarkSearchOfAScanWithoutCode is the dearest case: every page at every resolution.
func BenchmarkSearchOfAScanWithoutCode(b *testing.B) {
	picture := image.NewGray(image.Rect(0, 0, 1654, 2339)) // A4 at 200 dpi.
	random := rand.New(rand.NewPCG(1, 2))
	for n := range picture.Pix {
		picture.Pix[n] = uint8(225 + random.IntN(30))
	}
	for line := 150; line < 2200; line += 40 { // Something like text.
		for x := 150; x < 1500; x++ {
			if random.IntN(3) > 0 {
				for y := range 18 {
					if random.IntN(2) > 0 {
						picture.SetGray(x, line+y, color.Gray{40})
					}
				}
			}
		}
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, picture, nil); err != nil {
		b.Fatal(err)
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.RegisterImageOptionsReader("scan", fpdf.ImageOptions{ImageType: "JPG"}, &encoded)
	for range 8 {
		pdf.AddPage()
		pdf.ImageOptions("scan", 0, 0, 210, 297, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		b.Fatal(err)
	}
	cache := filepath.Join(os.TempDir(), "contractd-test-render")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		b.Fatal(err)
	}
	renderer, err := render.New(context.Background(), render.Options{Cache: cache})
	if err != nil {
		b.Fatal(err)
	}
	defer renderer.Close(context.Background())
	for b.Loop() {
		texts, err := qr.Search(context.Background(), renderer, bytes.NewReader(out.Bytes()), int64(out.Len()), 0, func(string) bool { return true })
		if err != nil || len(texts) > 0 {
			b.Fatal(texts, err)
		}
	}
}
