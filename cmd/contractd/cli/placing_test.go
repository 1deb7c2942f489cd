package cli

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer"
	"contractd/signer/place"
	"contractd/workflow"
)

// TestWhiteSpaceKeepsClearOfEverySeal: of one that rides over the edge, of one at a place, and of what is prepared.
func TestWhiteSpaceKeepsClearOfEverySeal(t *testing.T) {
	p := fpdf.New("P", "mm", "A4", "")
	p.AddPage()
	p.AddPage()
	var draft, picture bytes.Buffer
	if err := p.Output(&draft); err != nil {
		t.Fatal(err)
	}
	square := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	for n := range 100 * 100 {
		square.Set(n%100, n/100, color.NRGBA{200, 0, 0, 255})
	}
	if err := png.Encode(&picture, square); err != nil {
		t.Fatal(err)
	}
	seal, err := signer.NewImage(picture.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	document, err := workflow.Identify(t.Context(), bytes.NewReader(draft.Bytes()), int64(draft.Len()))
	if err != nil {
		t.Fatal(err)
	}
	sealer := signer.New(signer.Config{})
	seals := []signer.Seal{
		{Kind: signer.Riding, Pages: signer.AllPages, Image: seal, Size: 40},
		{Kind: signer.Ordinary, Pages: signer.FirstPage, Image: seal, Size: 30, X: 130, Y: 100},
		{Kind: signer.Ordinary, Pages: signer.FirstPage, Image: seal, Size: 30},
	}
	further, err := settler{sealer, (&ownEyes{}).seek}.settle(t.Context(), document, seals,
		[]wish{{}, {}, {at: "free:175,133"}}, place.Query{At: "free:150,110", Pages: signer.FirstPage, Width: 30, Height: 20})
	if err != nil {
		t.Fatal(err)
	}
	marks, err := sealer.Layout(t.Context(), document, document.Size, seals)
	if err != nil {
		t.Fatal(err)
	}
	field := further[0][0]
	marks = append(marks, signer.Mark{Seal: len(seals), Page: field.Page, X: field.X, Y: field.Y, Width: 30, Height: 20})
	for n, a := range marks {
		for _, b := range marks[:n] {
			if a.Page == b.Page && a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
				t.Errorf("%+v meets %+v", a, b)
			}
		}
	}
	if len(marks) != 5 {
		t.Errorf("%d marks", len(marks))
	}
}
