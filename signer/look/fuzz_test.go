package look_test

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"contractd/signer/look"
	"contractd/workflow"
)

// FuzzRead hands any bytes to the decoders of pixels, and to the reader of drawings up to where the child begins.
func FuzzRead(f *testing.F) {
	small := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	small.SetNRGBA(1, 1, color.NRGBA{200, 16, 0, 128})
	f.Add(pngOf(f, small), false)
	f.Add(pngOf(f, image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.White, color.NRGBA{200, 0, 0, 9}})), true)
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), true)
	f.Fuzz(func(t *testing.T, data []byte, white bool) {
		picture, err := look.Read(t.Context(), data, look.Options{Size: 0, WhiteToTransparent: white}) // No size: no child.
		if err != nil {
			if !errors.Is(err, workflow.ErrUsage) {
				t.Fatalf("error %v blames nobody", err)
			}
			return
		}
		if bounds := picture.Bounds(); bounds.Min != (image.Point{}) || bounds.Empty() || bounds.Dx()*bounds.Dy() > look.PixelsLimit {
			t.Fatalf("picture of %v", bounds)
		}
	})
}

// FuzzSVG runs what the child runs: whatever it is given, it must end in a picture or an error.
func FuzzSVG(f *testing.F) {
	f.Add([]byte(drawing))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs><rect width="9" height="9" fill="url(#g)"/></svg>`))
	f.Add([]byte(`<svg width="1" height="1"><path d="M0 0A1 1 0 0 1 2 2z" stroke="#f00" stroke-dasharray="1 2"/></svg>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		kept, err := look.Cleaned(data)
		if err != nil && !errors.Is(err, workflow.ErrUsage) {
			t.Fatalf("error %v blames nobody", err)
		}
		if err == nil {
			if _, err := look.Cleaned(kept); err != nil {
				t.Fatalf("what was kept is refused itself: %v\n%s", err, kept)
			}
		}
	})
}
