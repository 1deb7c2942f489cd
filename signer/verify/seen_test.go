package verify_test

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// priced is a page with a price in black, 30 mm from the left and 200 mm from the bottom.
func priced(t *testing.T) []byte {
	t.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "B", 24)
	pdf.Text(30, 97, "Total: EUR 100,000.00")
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// picture draws a red ring as wide as those of company seals, 1.2 mm, on white or on nothing.
func picture(t *testing.T, ground color.Color) *signer.Image {
	t.Helper()
	drawn := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	for y := range 200 {
		for x := range 200 {
			drawn.Set(x, y, ground)
			if r := (x-100)*(x-100) + (y-100)*(y-100); r < 98*98 && r > 92*92 {
				drawn.Set(x, y, color.NRGBA{R: 200, A: 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		t.Fatal(err)
	}
	seal, err := signer.NewImage(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// signed seals a file and returns the new one.
func signed(t *testing.T, in []byte, by *signtest.Identity, request signer.Request) []byte {
	t.Helper()
	request.Key, request.Certificate, request.Chain = by.Signer, by.Certificate, by.Chain
	var out bytes.Buffer
	if _, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, request); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asDocument(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: sha256.Sum256(data), Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
}

// sealsLook lets honest seals pass.
func sealsLook(t *testing.T, eyes *verify.Eyes) {
	ca, err := signtest.NewCA(signtest.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ca.Organization(signtest.P256)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ca.Issue(signtest.Person{Organization: signtest.SupplierName, Key: signtest.P256})
	if err != nil {
		t.Fatal(err)
	}
	sent := signed(t, priced(t), ours, signer.Request{Seals: []signer.Seal{{Kind: signer.Invisible}}})
	visible := func(ground color.Color, x, y float64) signer.Request {
		return signer.Request{Seals: []signer.Seal{{Kind: signer.Ordinary, X: x, Y: y, Size: 40, Image: picture(t, ground)}}}
	}
	for name, request := range map[string]signer.Request{
		"invisible":                    {Seals: []signer.Seal{{Kind: signer.Invisible}}},
		"on empty paper":               visible(color.White, 120, 40),
		"transparent over the price":   visible(color.Transparent, 40, 180),
		"a picture of nothing over it": visible(color.NRGBA{R: 255, G: 255, B: 255, A: 1}, 40, 180),
	} {
		t.Run(name, func(t *testing.T) { look(t, eyes, ca, sent, signed(t, sent, theirs, request), nil) })
	}
}

// hidingLooks covers the price by a white box, which a stamp of the countersigner's own revision may be.
func hidingLooks(t *testing.T, eyes *verify.Eyes) {
	lab, err := signtest.NewLab(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sent := signed(t, priced(t), lab.Ours, signer.Request{Seals: []signer.Seal{{Kind: signer.Invisible}}})
	for name, test := range map[string]struct {
		paint string
		want  []workflow.Reason
	}{
		"a red frame": {"1 0 0 RG 3 w 3 3 164 34 re S", nil},
		"a white box": {"1 g 0 0 170 40 re f", []workflow.Reason{workflow.ReasonCovers}},
	} {
		t.Run(name, func(t *testing.T) {
			returned, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Also: stampOver(80, 560, test.paint)})
			if err != nil {
				t.Fatal(err)
			}
			look(t, eyes, lab.CA, sent, returned, test.want)
		})
	}
}

// stampOver puts a stamp of 170 by 40 points at a place of the first page.
func stampOver(x, y float64, paint string) func(*pdf.Update, *pdf.File) error {
	return func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		box := pdf.Rect{Right: 170, Top: 40}
		form := u.Add(&pdf.Stream{Dict: pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": box.Array()}, Raw: []byte(paint)})
		stamp := u.Add(pdf.Dict{
			"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(4), "P": pages[0].Ref,
			"Rect": pdf.Rect{Left: x, Bottom: y, Right: x + 170, Top: y + 40}.Array(), "AP": pdf.Dict{"N": form},
		})
		return u.AppendAnnots(pages[0].Ref, stamp)
	}
}

// look expects the reasons that comparing the pages gives to a return that passes otherwise.
func look(t *testing.T, eyes *verify.Eyes, ca *signtest.CA, sent, returned []byte, want []workflow.Reason) {
	t.Helper()
	verdict, err := verify.Verify(t.Context(), asDocument(returned), verify.Options{
		Roots: trust.NewAnchors(ca.Root), Now: time.Now(), Sent: &verify.Sent{Document: asDocument(sent)},
	})
	if err != nil || verdict.Verdict != workflow.Passed {
		t.Fatalf("%s, %v, %v", verdict.Verdict, verdict.AllCauses(), err)
	}
	if err := eyes.Look(t.Context(), asDocument(sent), asDocument(returned), &verdict, nil); err != nil {
		t.Fatal(err)
	}
	if len(verdict.Reasons) != len(want) || (len(want) > 0 && (verdict.Reasons[0] != want[0] || verdict.Verdict != workflow.Indeterminate)) {
		t.Errorf("%s, %v; want %v", verdict.Verdict, verdict.AllCauses(), want)
	}
}
