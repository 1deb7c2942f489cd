package render_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer/render"
)

// document has a red square of 100 by 100 points, 50 points from the upper left corner, on each of its pages.
func document(t testing.TB, pages int) []byte {
	t.Helper()
	pdf := fpdf.New("P", "pt", "A4", "")
	for range pages {
		pdf.AddPage()
		pdf.SetFillColor(200, 0, 0)
		pdf.Rect(50, 50, 100, 100, "F")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func start(t testing.TB, cache string) *render.Renderer {
	t.Helper()
	renderer, err := render.New(context.Background(), render.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := renderer.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return renderer
}

func TestPages(t *testing.T) {
	renderer, file := start(t, t.TempDir()), document(t, 3)
	var seen []int
	err := renderer.Pages(t.Context(), bytes.NewReader(file), int64(len(file)), render.Options{DPI: 72}, func(page int, picture *image.RGBA) error {
		seen = append(seen, page)
		if size := picture.Bounds().Size(); size.X < 594 || size.X > 597 || size.Y < 840 || size.Y > 843 {
			t.Errorf("page %d is %v", page, size)
		}
		if inside := picture.RGBAAt(100, 100); inside.R != 200 || inside.G != 0 || inside.A != 255 {
			t.Errorf("page %d: the square is %v", page, inside)
		}
		if outside := picture.RGBAAt(300, 300); outside.R != 255 || outside.G != 255 || outside.B != 255 || outside.A != 255 {
			t.Errorf("page %d: the ground is %v", page, outside)
		}
		return nil
	})
	if err != nil || len(seen) != 3 {
		t.Fatalf("saw %v, %v", seen, err)
	}
	stop := errors.New("enough")
	err = renderer.Pages(t.Context(), bytes.NewReader(file), int64(len(file)), render.Options{Pages: 1}, func(int, *image.RGBA) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("a callback's error was lost: %v", err)
	}
	junk := []byte("%PDF-1.7 not really")
	if err := renderer.Pages(t.Context(), bytes.NewReader(junk), int64(len(junk)), render.Options{}, nil); err == nil {
		t.Error("junk was rendered")
	}
	if err := renderer.Pages(t.Context(), bytes.NewReader(file), int64(len(file)), render.Options{DPI: 10_000}, nil); err == nil {
		t.Error("a huge picture was rendered")
	}
}

// TestCancelledContextEndsTheModule shows that whoever made a renderer can stop it, whatever a document does to it.
func TestCancelledContextEndsTheModule(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	renderer, err := render.New(ctx, render.Options{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	file := document(t, 40)
	err = renderer.Pages(context.Background(), bytes.NewReader(file), int64(len(file)), render.Options{DPI: 72}, func(page int, _ *image.RGBA) error {
		if page == 2 {
			cancel()
		}
		return nil
	})
	if err == nil {
		t.Error("all forty pages were rendered after the end")
	}
	if err := renderer.Close(context.Background()); err != nil {
		t.Logf("closing what was stopped: %v", err)
	}
}
