package pdf

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"testing"
)

func TestPagesInherit(t *testing.T) {
	pages := mustPages(t, mustOpen(t, fixture(t, "boxes.pdf")))
	media := Rect{100, 50, 695, 892}
	for i, want := range []Page{
		{MediaBox: media, CropBox: media, Rotate: 0, UserUnit: 1},
		{MediaBox: media, CropBox: media, Rotate: 90, UserUnit: 1},
		{MediaBox: media, CropBox: media, Rotate: 180, UserUnit: 1},
		{MediaBox: media, CropBox: media, Rotate: 270, UserUnit: 1},
		{MediaBox: media, CropBox: Rect{150, 50, 600, 850.5}, Rotate: 0, UserUnit: 1},
		{MediaBox: media, CropBox: Rect{200, 150, 400, 350}, Rotate: 90, UserUnit: 2},
	} {
		p := pages[i]
		if p.MediaBox != want.MediaBox || p.CropBox != want.CropBox || p.Rotate != want.Rotate || p.UserUnit != want.UserUnit {
			t.Errorf("page %d is %+v", i+1, p)
		}
		if p.Number != i+1 || p.Ref != (Ref{10 + i, 0}) || p.Resources != Object(Ref{5, 0}) {
			t.Errorf("page %d is number %d, %s, resources %v", i+1, p.Number, p.Ref, p.Resources)
		}
	}
}

func TestMillimetresOfRotatedPages(t *testing.T) {
	mm := 72 / 25.4
	for i, want := range []struct{ x, y, width, height float64 }{
		{100 + 10*mm, 50 + 20*mm, 595 / mm, 842 / mm},
		{695 - 20*mm, 50 + 10*mm, 842 / mm, 595 / mm},
		{695 - 10*mm, 892 - 20*mm, 595 / mm, 842 / mm},
		{100 + 20*mm, 892 - 10*mm, 842 / mm, 595 / mm},
		{150 + 10*mm, 50 + 20*mm, 450 / mm, 800.5 / mm},
		{400 - 10*mm, 150 + 5*mm, 400 / mm, 400 / mm},
	} {
		p := mustPages(t, mustOpen(t, fixture(t, "boxes.pdf")))[i]
		m := p.FromMillimetres()
		x, y := m.Apply(10, 20)
		w, h := p.Size()
		if !near(x, want.x) || !near(y, want.y) || !near(w, want.width) || !near(h, want.height) {
			t.Errorf("page %d: (10,20) mm is (%.2f,%.2f), want (%.2f,%.2f); size %.2f×%.2f", i+1, x, y, want.x, want.y, w, h)
		}
		back, ok := m.Inverse()
		if bx, by := back.Apply(x, y); !ok || !near(bx, 10) || !near(by, 20) {
			t.Errorf("page %d: back to (%.2f,%.2f)", i+1, bx, by)
		}
		if one := m.Mul(back); !near(one[0], 1) || !near(one[1], 0) || !near(one[4], 0) {
			t.Errorf("page %d: matrix times its inverse is %v", i+1, one)
		}
	}
	if _, ok := (Matrix{}).Inverse(); ok {
		t.Error("the zero matrix has an inverse")
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// TestMillimetresAsRendered draws a square at a place of the page as seen and
// has another implementation say where it appears.
func TestMillimetresAsRendered(t *testing.T) {
	mutool := tool(t, "mutool", "mupdf-tools")
	in := fixture(t, "boxes.pdf")
	f := mustOpen(t, in)
	u := NewUpdate(f)
	square := Rect{25, 40, 35, 50} // millimetres
	for _, p := range mustPages(t, f) {
		r := p.FromMillimetres().Bounds(square)
		text := fmt.Sprintf("q 0 0 0 rg %f %f %f %f re f Q", r.Left, r.Bottom, r.Width(), r.Height())
		u.Set(p.Ref, with(p.Dict, Dict{"Contents": u.Add(deflated(Dict{}, []byte(text)))}))
	}
	path := tempFile(t, append(bytes.Clone(in), build(t, u).Bytes...))
	for _, p := range mustPages(t, f) {
		out := path + ".png"
		run(t, mutool, "draw", "-q", "-r", "72", "-o", out, path, fmt.Sprint(p.Number))
		checkSquare(t, p, readFile(t, out), square)
	}
}

func checkSquare(t *testing.T, p Page, picture []byte, square Rect) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	w, h := p.Size()
	b := img.Bounds()
	at := func(xmm, ymm float64) bool { // dark at this place of the page as seen?
		r, _, _, _ := img.At(int(xmm/w*float64(b.Dx())), int((h-ymm)/h*float64(b.Dy()))).RGBA()
		return r < 0x8000
	}
	x, y := (square.Left+square.Right)/2, (square.Bottom+square.Top)/2
	for _, c := range []struct {
		dx, dy float64
		dark   bool
	}{{0, 0, true}, {4, 4, true}, {-4, -4, true}, {4, -4, true}, {6, 0, false}, {-6, 0, false}, {0, 6, false}, {0, -6, false}} {
		if at(x+c.dx, y+c.dy) != c.dark {
			t.Errorf("page %d (%d°): at %.0f,%.0f mm from the middle dark is not %v", p.Number, p.Rotate, c.dx, c.dy, c.dark)
		}
	}
}

func TestPageTreesThatAreNone(t *testing.T) {
	base := file(Table, document(1))
	deep := map[int]string{}
	for i := range 90 {
		deep[2+i] = fmt.Sprintf("<</Type/Pages/Kids[%d 0 R]>>", 3+i)
	}
	for name, c := range map[string]struct {
		objects map[int]string
		want    error
	}{
		"cycle":        {map[int]string{2: "<</Type/Pages/Kids[2 0 R]>>"}, ErrDamaged},
		"page twice":   {map[int]string{2: "<</Type/Pages/MediaBox[0 0 9 9]/Kids[10 0 R 10 0 R]>>"}, ErrDamaged},
		"direct page":  {map[int]string{2: "<</Type/Pages/MediaBox[0 0 9 9]/Kids[<</Type/Page>>]>>"}, ErrDamaged},
		"missing page": {map[int]string{2: "<</Type/Pages/MediaBox[0 0 9 9]/Kids[77 0 R]>>"}, ErrDamaged},
		"no box":       {map[int]string{2: "<</Type/Pages/Kids[10 0 R]>>"}, ErrDamaged},
		"empty box":    {map[int]string{2: "<</Type/Pages/MediaBox[0 0 0 9]/Kids[10 0 R]>>"}, ErrDamaged},
		"odd rotation": {map[int]string{2: "<</Type/Pages/MediaBox[0 0 9 9]/Rotate 45/Kids[10 0 R]>>"}, ErrDamaged},
		"page or node": {map[int]string{10: "<</Type/Page/Kids[]>>"}, ErrDamaged},
		"no tree":      {map[int]string{1: "<</Type/Catalog>>"}, ErrDamaged},
		"deep":         {deep, ErrLimit},
	} {
		_, err := mustOpen(t, appendix(t, base, c.objects, "", "")).Last().Pages()
		wantError(t, name, err, c.want)
	}
}
