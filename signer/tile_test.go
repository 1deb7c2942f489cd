package signer_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"strings"
	"testing"

	"contractd/signer"
	engine "contractd/signer/render"
)

// blank makes a document with a page for each of the dictionaries' entries.
func blank(pages ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count %d/MediaBox[0 0 600 400]/Kids[", len(pages))
	for i := range pages {
		fmt.Fprintf(&b, "%d 0 R ", i+3)
	}
	b.WriteString("]>>\nendobj\n")
	for i, entries := range pages {
		fmt.Fprintf(&b, "%d 0 obj\n<</Type/Page/Parent 2 0 R/Resources<<>>%s>>\nendobj\n", i+3, entries)
	}
	return rebuilt(b.String() + "xref\n")
}

// confetti has another colour at every pixel, so that no slice can stand in for another.
func confetti(width, height int) *image.NRGBA {
	random := rand.New(rand.NewPCG(7, uint64(width)))
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, color.NRGBA{uint8(random.IntN(200)), uint8(random.IntN(256)), uint8(random.IntN(256)), 0xff})
		}
	}
	return picture
}

// drawer shows all pages of a document at two pixels a point.
type drawer func(t *testing.T, document []byte) []image.Image

func byPDFium(t *testing.T, document []byte) (pages []image.Image) {
	t.Helper()
	err := pdfium(t).Pages(t.Context(), bytes.NewReader(document), int64(len(document)), engine.Options{DPI: dpi}, func(_ int, page *image.RGBA) error {
		pages = append(pages, page)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// byTool shows pages with a program that takes one at a time.
func byTool(one func(*testing.T, string, int) image.Image) drawer {
	return func(t *testing.T, document []byte) (pages []image.Image) {
		t.Helper()
		file := writeTemp(t, document)
		count, err := openPDF(t, document).Last().Pages()
		if err != nil {
			t.Fatal(err)
		}
		for i := range count {
			pages = append(pages, one(t, file, i+1))
		}
		return pages
	}
}

// tiling is a riding seal whose pixels fall on pixels of the rendered pages.
type tiling struct {
	name          string
	pages         []string
	width, height int
	slices        signer.Slices
}

var tilings = []tiling{
	{"seven over an odd width", make([]string, 7), 401, 60, signer.Slices{Along: new(20.0)}},
	{"thirteen over a prime width", make([]string, 13), 97, 97, signer.Slices{Along: new(3.0), Edge: signer.Left}},
	{"at the top", make([]string, 3), 50, 101, signer.Slices{Along: new(30.0), Edge: signer.Top}},
	{"at the bottom, a third first", make([]string, 5), 50, 99, signer.Slices{Along: new(30.0), Edge: signer.Bottom, First: 1.0 / 3}},
	{"both sides", make([]string, 4), 83, 40, signer.Slices{Along: new(10.0), TwoSided: true}},
	{"in groups", make([]string, 11), 64, 64, signer.Slices{Along: new(10.0), Limit: 4}},
	{"turned pages", []string{"", "/Rotate 90/MediaBox[0 0 400 600]", "/Rotate 180", "/Rotate 270/MediaBox[10 20 410 620]"}, 77, 40, signer.Slices{Along: new(20.0)}},
	{"mixed sizes, cropped", []string{"", "/CropBox[50 40 500 380]", "/MediaBox[0 0 842 595]", "/MediaBox[-9 -9 900 300]/CropBox[0 0 300 300]"}, 88, 52, signer.Slices{Along: new(30.0)}},
}

// scale is the points of a millimetre.
const scale = 72 / 25.4

// TestSlicesTileExactly lays the slices of rendered pages together and expects, pixel by pixel, what the same renderer shows of
// the whole seal: of PDFium and MuPDF the picture itself. (Poppler shows any picture one pixel larger than it is.)
func TestSlicesTileExactly(t *testing.T) {
	w := newWorld(t)
	for name, show := range map[string]drawer{"pdfium": byPDFium, "poppler": byTool(renderPoppler), "mupdf": byTool(render)} {
		for _, tile := range tilings {
			t.Run(name+"/"+tile.name, func(t *testing.T) {
				picture := confetti(tile.width, tile.height)
				ready, err := signer.NewImage(encodePNG(t, picture))
				if err != nil {
					t.Fatal(err)
				}
				r := request(t, w.p256)
				tile.slices.Along = new(float64(int(*tile.slices.Along*scale)) / scale) // Whole points.
				r.Seals = []signer.Seal{{Kind: signer.Riding, Image: ready, Size: float64(max(tile.width, tile.height)) / 2 / scale, Slices: tile.slices}}
				document := blank(tile.pages...)
				sealed, result := seal(t, signer.New(signer.Config{}), document, r)
				if name == "poppler" {
					r.Seals[0].Kind, r.Seals[0].X, r.Seals[0].Y = signer.Ordinary, 10/scale, 10/scale
					whole, alone := seal(t, signer.New(signer.Config{}), blank(""), r)
					picture = laid(show(t, whole), alone.Marks, tile)[0]
				}
				for n, got := range laid(show(t, sealed), result.Marks, tile) {
					samePicture(t, n, picture, got)
				}
			})
		}
	}
}

// laid puts the slices of each group together, as pages fanned out show them.
func laid(pages []image.Image, marks []signer.Mark, tile tiling) (whole []*image.NRGBA) {
	var at int // How much of the present picture is there.
	total, across := tile.width, true
	if e := tile.slices.Edge; e == signer.Top || e == signer.Bottom {
		total, across = tile.height, false
	}
	for _, m := range marks {
		if at == 0 {
			whole = append(whole, image.NewNRGBA(image.Rect(0, 0, tile.width, tile.height)))
		}
		page := pages[m.Page-1]
		const pixel = 2 * scale
		left, right := round(m.X*pixel), round((m.X+m.Width)*pixel)
		top, bottom := page.Bounds().Dy()-round((m.Y+m.Height)*pixel), page.Bounds().Dy()-round(m.Y*pixel)
		size := image.Pt(right-left, bottom-top)
		extent := size.X
		if !across {
			extent = size.Y
		}
		to := image.Pt(at, 0)
		switch tile.slices.Edge {
		case signer.Left:
			to = image.Pt(total-at-extent, 0)
		case signer.Bottom:
			to = image.Pt(0, at)
		case signer.Top:
			to = image.Pt(0, total-at-extent)
		}
		draw.Draw(whole[len(whole)-1], image.Rectangle{to, to.Add(size)}, page, page.Bounds().Min.Add(image.Pt(left, top)), draw.Src)
		if at += extent; at >= total {
			at = 0
		}
	}
	return whole
}

func round(v float64) int { return int(v + 0.5) }

func samePicture(t *testing.T, group int, want, got *image.NRGBA) {
	t.Helper()
	different := 0
	for i := range want.Pix {
		if want.Pix[i] != got.Pix[i] {
			different++
		}
	}
	if different > 0 {
		t.Errorf("picture %d: %d of %d samples differ", group, different, len(want.Pix))
	}
}

// TestMarginIsCutOff has a seal with a white and a transparent margin: its size is that of the ink, and no slice is empty.
func TestMarginIsCutOff(t *testing.T) {
	w := newWorld(t)
	for name, margin := range map[string]color.NRGBA{"white": {255, 255, 255, 255}, "nothing": {}, "dust": {250, 248, 251, 255}} {
		picture := image.NewNRGBA(image.Rect(0, 0, 300, 200))
		draw.Draw(picture, picture.Bounds(), image.NewUniform(margin), image.Point{}, draw.Src)
		draw.Draw(picture, image.Rect(100, 50, 180, 90), image.NewUniform(sealRed), image.Point{}, draw.Src)
		ready, err := signer.NewImage(encodePNG(t, picture))
		if err != nil {
			t.Fatal(err)
		}
		r := request(t, w.p256)
		r.Seals = []signer.Seal{{Kind: signer.Riding, Image: ready, Size: 40}}
		sealed, result := seal(t, signer.New(signer.Config{}), blank("", "", "", ""), r)
		for i, page := range byPDFium(t, sealed) {
			if box := extent(page, sealRed); box.Dx() < 55 || box.Dx() > 58 || box.Dy() < 112 || box.Dy() > 115 || box.Max.X != page.Bounds().Max.X {
				t.Errorf("%s: page %d shows %v of ink", name, i+1, box) // 10 × 20 mm are 56.7 × 113.4 pixels.
			}
		}
		if len(result.Marks) != 4 {
			t.Errorf("%d marks", len(result.Marks))
		}
	}
}

// TestAlongIsTheMiddle has no position: the seal stands in the middle of the shortest page, at one place of all.
func TestAlongIsTheMiddle(t *testing.T) {
	w := newWorld(t)
	r := request(t, w.p256)
	r.Seals = []signer.Seal{{Kind: signer.Riding, Image: sealImage(t), Size: 20}}
	_, result := seal(t, signer.New(signer.Config{}), blank("", "/MediaBox[0 0 500 200]", "/UserUnit 2"), r)
	for _, m := range result.Marks {
		if want := (200/scale - 20) / 2; m.Y < want-0.3 || m.Y > want+0.3 {
			t.Errorf("page %d: %.2f mm from the lower edge, want %.2f", m.Page, m.Y, want)
		}
	}
}
