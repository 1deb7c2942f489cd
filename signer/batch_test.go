package signer_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"image"
	"image/draw"
	"io"
	"maps"
	"slices"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
)

// counted counts what a token would have to do.
type counted struct {
	crypto.Signer
	operations int
}

func (c *counted) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	c.operations++
	return c.Signer.Sign(random, digest, opts)
}

// usualSeals are what a company places: riding over all pages, and ordinary on the last.
func usualSeals(t testing.TB) []signer.Seal {
	return []signer.Seal{
		{Kind: signer.Riding, Image: sealImage(t), Size: 40, Slices: signer.Slices{Single: signer.Fallback}},
		{Image: sealImage(t), Pages: signer.LastPage, X: 60, Y: 20, Size: 40},
	}
}

// by counts the operations of an identity.
func by(id *signtest.Identity, seals ...signer.Seal) (signer.Request, *counted) {
	key := &counted{Signer: id.Signer}
	return signer.Request{Key: key, Certificate: id.Certificate, Chain: id.Chain, Seals: seals, Reason: "确认签订"}, key
}

// TestOneOperationForEachKey seals as a company does with two keys: riding and ordinary by the organisation, ordinary by an
// employee.
func TestOneOperationForEachKey(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	first, organisation := by(w.rsa, usualSeals(t)...)
	document, result := seal(t, s, generate(25, 1000), first)
	second, employee := by(w.p256, signer.Seal{Image: sealImage(t), Pages: signer.LastPage, X: 110, Y: 20, Size: 25})
	document, _ = seal(t, s, document, second)
	if organisation.operations != 1 || employee.operations != 1 {
		t.Errorf("%d and %d key operations", organisation.operations, employee.operations)
	}
	if len(result.Marks) != 26 || len(result.Signatures) != 1 {
		t.Errorf("%d marks under %d signatures", len(result.Marks), len(result.Signatures))
	}
	judge(t, writeTemp(t, document), 2)
}

// TestStampsAreLockedMarks looks at what stands beside the signature's own widget.
func TestStampsAreLockedMarks(t *testing.T) {
	w := newWorld(t)
	r, _ := by(w.p256, usualSeals(t)...)
	out, _ := seal(t, signer.New(signer.Config{}), generate(5, 0), r)
	last := openPDF(t, out).Last()
	pages, err := last.Pages()
	if err != nil {
		t.Fatal(err)
	}
	pictures, stamps := map[pdf.Object]bool{}, 0
	for _, page := range pages {
		annots, err := last.Array(page.Dict["Annots"])
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range annots {
			annotation, err := last.Dict(o)
			if err != nil {
				t.Fatal(err)
			}
			pictures[pictureOf(t, last, annotation)] = true
			if annotation.Name("Subtype") != "Stamp" {
				continue
			}
			stamps++
			if annotation["F"] != pdf.Integer(4|64|128|512) || annotation["P"] != page.Ref || annotation.Has("Contents") || annotation.Has("Popup") {
				t.Errorf("stamp of page %d: %v", page.Number, annotation)
			}
		}
	}
	if stamps != 5 || len(pictures) != 1 {
		t.Errorf("%d stamps of %d pictures", stamps, len(pictures))
	}
}

func pictureOf(t *testing.T, rev *pdf.Revision, annotation pdf.Dict) pdf.Object {
	t.Helper()
	ap, err := rev.Dict(annotation["AP"])
	if err != nil {
		t.Fatal(err)
	}
	form, err := rev.Resolve(ap["N"])
	if err != nil {
		t.Fatal(err)
	}
	stream, ok := form.(*pdf.Stream)
	if !ok {
		t.Fatalf("the appearance is %v", form)
	}
	resources, err := rev.Dict(stream.Dict["Resources"])
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := rev.Dict(resources["XObject"])
	if err != nil {
		t.Fatal(err)
	}
	return pictures["Picture"]
}

// TestLaterMarksAreFields has a file that is signed already, and the wish for a signature of each mark: every mark is a field of
// its own, all are undone as one, and others call every signature valid.
func TestLaterMarksAreFields(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	draft := generate(4, 0)
	signed, _ := by(w.rsa, signer.Seal{Kind: signer.Invisible})
	before, _ := seal(t, s, draft, signed)
	for name, test := range map[string]struct {
		in       []byte
		separate bool
		earlier  int
	}{"a later batch": {before, false, 1}, "separate": {draft, true, 0}} {
		t.Run(name, func(t *testing.T) {
			r, key := by(w.p256, usualSeals(t)...)
			r.Separate, r.Timestamp, r.TimestampSize = test.separate, w.stamp.Stamp, 6000
			out, result := seal(t, s, test.in, r)
			if key.operations != 5 || len(result.Signatures) != 5 || len(result.Marks) != 5 || !result.Tokened {
				t.Errorf("%d operations, %d signatures of %d marks", key.operations, len(result.Signatures), len(result.Marks))
			}
			checkResult(t, result, test.in, out)
			judge(t, writeTemp(t, out), 5+test.earlier)
			for _, m := range result.Marks {
				if m.Field == "" {
					t.Errorf("the mark of page %d has no field", m.Page)
				}
			}
			before := taken(t, s, out, w.p256)
			if !bytes.Equal(before, test.in) {
				t.Errorf("undo gave %d bytes back, want %d", len(before), len(test.in))
			}
		})
	}
}

// TestPreparedFieldIsFilled fills a field by name, on turned pages too; other marks of the batch are stamps beside it.
func TestPreparedFieldIsFilled(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	for name, widget := range map[string]string{
		"merged":  "/Subtype/Widget/FT/Sig/T(Party A)/Rect[100 100 260 180]/F 4",
		"locking": "/Subtype/Widget/FT/Sig/T(Party A)/Rect[100 100 260 180]/F 4/Lock<</Type/SigFieldLock/Action/Include/Fields[(x)]>>",
		"hidden":  "/Subtype/Widget/FT/Sig/T(Party A)/Rect[100 100 260 180]/F 2",
	} {
		t.Run(name, func(t *testing.T) {
			draft := withField(widget)
			r, key := by(w.p256, signer.Seal{Image: sealImage(t), Field: "Party A"}, usualSeals(t)[0])
			out, result := seal(t, s, draft, r)
			if key.operations != 1 || result.Signatures[0].Field != "Party A" || len(result.Marks) != 3 {
				t.Errorf("%d operations, %+v", key.operations, result)
			}
			m := result.Marks[0]
			if m.Page != 1 || fmt.Sprintf("%.1f %.1f %.1f %.1f", m.X, m.Y, m.Width, m.Height) != "35.3 35.3 56.4 28.2" {
				t.Errorf("the mark is %+v", m)
			}
			judge(t, writeTemp(t, out), 1)
			if box := extent(leftHalf(render(t, writeTemp(t, out), 1)), sealRed); box.Dy() < 140 || box.Dy() > 162 || box.Min.X < 200 || box.Max.X > 522 {
				t.Errorf("the seal is seen at %v", box)
			}
			if _, err := trySeal(t, out, r); err == nil {
				t.Error("a signed field was filled again")
			}
		})
	}
}

// leftHalf leaves the riding slice out.
func leftHalf(page image.Image) image.Image {
	half := image.NewNRGBA(image.Rect(0, 0, page.Bounds().Dx()/2, page.Bounds().Dy()))
	draw.Draw(half, half.Bounds(), page, image.Point{}, draw.Src)
	return half
}

func withField(widget string) []byte {
	return rebuilt("%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>\nendobj\n" +
		"2 0 obj\n<</Type/Pages/Count 2/MediaBox[0 0 600 400]/Kids[3 0 R 4 0 R]>>\nendobj\n" +
		"3 0 obj\n<</Type/Page/Parent 2 0 R/Resources<<>>/Annots[5 0 R]>>\nendobj\n" +
		"4 0 obj\n<</Type/Page/Parent 2 0 R/Resources<<>>>>\nendobj\n" +
		"5 0 obj\n<</Type/Annot" + widget + ">>\nendobj\nxref\n")
}

// taken is the file before its last batch, of one's own key.
func taken(t *testing.T, s *signer.Sealer, document []byte, id *signtest.Identity) []byte {
	t.Helper()
	var out bytes.Buffer
	own := func(c *x509.Certificate) bool { return c.Equal(id.Certificate) }
	if _, err := s.Undo(t.Context(), bytes.NewReader(document), int64(len(document)), &out, signer.Batch{Own: own}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
