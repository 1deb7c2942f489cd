package verify_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// ridingPicture is a red ring.
func ridingPicture(t testing.TB) *signer.Image {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 211, 211))
	for y := range 211 {
		for x := range 211 {
			if d := (x-105)*(x-105) + (y-105)*(y-105); d < 105*105 && d > 90*90 {
				picture.SetNRGBA(x, y, color.NRGBA{0xe6, 0x1e, 0x32, 0xff})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	made, err := signer.NewImage(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// batchOf is what the organisation seals on pages of these sizes, by turns.
func batchOf(picture *signer.Image, pages []pdf.Page, turn int) []signer.Seal {
	size := 40.0
	for _, page := range pages {
		width, height := page.Size()
		size = min(size, width/3, height/3)
	}
	ordinary := signer.Seal{Image: picture, Pages: signer.LastPage, Size: size, X: size / 5, Y: size / 5}
	edge := []signer.Edge{signer.Right, signer.Left, signer.Top, signer.Bottom}[turn%4]
	riding := signer.Seal{Kind: signer.Riding, Image: picture, Size: size, Slices: signer.Slices{
		Edge: edge, Limit: 2 + turn%5, Single: signer.Fallback, TwoSided: turn%4 == 1,
	}}
	switch turn % 3 {
	case 0:
		return []signer.Seal{riding, ordinary}
	case 1:
		return []signer.Seal{{Kind: signer.MultiPage, Image: picture, Size: size}, ordinary}
	}
	return []signer.Seal{ordinary, riding, {Kind: signer.MultiPage, Image: picture, Size: size, Pages: "odd", Y: size}}
}

// sealKinds seals with both of our keys as the daemon does, several marks each.
func sealKinds(t *testing.T, lab *signtest.Lab, draft []byte, turn int) []byte {
	t.Helper()
	sealer := signer.New(signer.Config{Now: func() time.Time { return lab.Now }})
	for i, by := range []*signtest.Identity{lab.Ours, lab.OurEmployee} {
		file, err := pdf.Open(t.Context(), bytes.NewReader(draft), int64(len(draft)), pdf.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := file.Last().Pages()
		if err != nil {
			t.Fatal(err)
		}
		seals := batchOf(ridingPicture(t), pages, turn)
		if i == 1 {
			seals = seals[:1+turn%len(seals)]
		}
		var out bytes.Buffer
		if _, err := sealer.Seal(t.Context(), bytes.NewReader(draft), int64(len(draft)), &out, signer.Request{
			Key: by.Signer, Certificate: by.Certificate, Chain: by.Chain, Seals: seals, Separate: i == 0 && turn%5 == 4,
		}); err != nil {
			t.Fatal(err)
		}
		draft = bytes.Clone(out.Bytes())
	}
	return draft
}

// TestKindsPass seals drafts of every producer with batches of every kind, checks them as the daemon does, lets the supplier
// countersign with another implementation, and expects every signature of ours to be whole and unmodified still.
func TestKindsPass(t *testing.T) {
	lab, err := signtest.NewLab(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../testdata/pdf/*.pdf")
	if err != nil || len(files) == 0 {
		t.Fatalf("fixtures: %v, %v", files, err)
	}
	turns := 1
	if os.Getenv("CONTRACTD_MATRIX") != "" {
		turns = 12
	}
	for n, file := range files {
		if filepath.Base(file) == "encrypted.pdf" {
			continue
		}
		for turn := n; turn < n+turns; turn++ {
			t.Run(filepath.Base(file), func(t *testing.T) { kindsPass(t, lab, file, turn) })
		}
	}
}

func kindsPass(t *testing.T, lab *signtest.Lab, file string, turn int) {
	draft, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sent := sealKinds(t, lab, draft, turn)
	selfCheck(t, lab, draft, sent)
	o := labOptions(lab, sent)
	o.Now = lab.Now.Add(time.Minute)
	who := "pdfsign"
	if filepath.Base(file) == "form-direct.pdf" {
		who = "ours" // pdfsign drops the fields of such a form.
	}
	returned := countersigned(t, lab, sent, who)
	expectPassed(t, who, returned, o)
	v, err := verify.Verify(t.Context(), document(returned), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range v.Signatures {
		if !s.Intact || s.Verdict != workflow.Passed || s.LaterChanges != workflow.ChangeNone && s.LaterChanges != workflow.ChangeSigning {
			t.Errorf("%s: intact %t, %s, later changes %s", s.Field, s.Intact, s.Verdict, s.LaterChanges)
		}
	}
}

// TestSlicesAreMarks has the verifier find every slice as a mark of its size, all of one picture.
func TestSlicesAreMarks(t *testing.T) {
	lab, err := signtest.NewLab(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	draft, err := os.ReadFile("../../testdata/pdf/hybrid.pdf")
	if err != nil {
		t.Fatal(err)
	}
	sealer := signer.New(signer.Config{Now: func() time.Time { return lab.Now }})
	var out bytes.Buffer
	result, err := sealer.Seal(t.Context(), bytes.NewReader(draft), int64(len(draft)), &out, signer.Request{
		Key: lab.Ours.Signer, Certificate: lab.Ours.Certificate, Chain: lab.Ours.Chain,
		Seals: []signer.Seal{{Kind: signer.Riding, Image: ridingPicture(t), Size: 42}, {Image: ridingPicture(t), Size: 42, X: 20, Y: 20}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := labOptions(lab, out.Bytes())
	o.Theirs, o.Ours, o.Required, o.Sent = o.Ours, nil, nil, &verify.Sent{Document: document(draft)}
	v, err := verify.Verify(t.Context(), document(out.Bytes()), o)
	if err != nil || len(v.Signatures) != 1 {
		t.Fatalf("%d signatures, %v", len(v.Signatures), err)
	}
	found := v.Signatures[0].Marks
	if len(found) != len(result.Marks) || len(found) < 2 {
		t.Fatalf("%d marks found, %d made", len(found), len(result.Marks))
	}
	o.Sent = nil // Whoever asks about the file alone is told the same.
	alone, err := verify.Verify(t.Context(), document(out.Bytes()), o)
	if err != nil || len(alone.Signatures) != 1 || len(alone.Signatures[0].Marks) != len(found) {
		t.Errorf("without the draft: %+v, %v", alone.Signatures, err)
	}
	width, pictures := 0.0, map[workflow.Hash]bool{}
	for _, m := range found {
		pictures[m.Picture] = true
		if m.Width < 41 {
			width += m.Width
		}
	}
	if width < 41.9 || width > 42.1 || len(pictures) != 1 {
		t.Errorf("the slices are %.2f mm wide together, of %d pictures", width, len(pictures))
	}
}
