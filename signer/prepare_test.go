package signer_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/qr"
	engine "contractd/signer/render"
	"contractd/workflow"
)

// coded is the preparation with a code in Chinese, and two fields.
func coded(t testing.TB, page int, x, y float64) (signer.Preparation, string) {
	t.Helper()
	text := workflow.QRText("采购〔2026〕第14号", "8c1f2a9be07d")
	modules, err := qr.Modules(text)
	if err != nil {
		t.Fatal(err)
	}
	return signer.Preparation{
		BatchID: "b1", Stamp: &signer.Stamp{Place: signer.Place{Page: page, X: x, Y: y}, Size: 25, Quiet: qr.Quiet, Modules: modules},
		Fields: []signer.EmptyField{
			{Name: "乙方机构", Label: "乙方（盖章）", Place: signer.Place{Page: page, X: 30, Y: 60}, Width: 40, Height: 40},
			{Name: "乙方经办人", Place: signer.Place{Page: page, X: 90, Y: 60}, Width: 30, Height: 20},
		},
	}, text
}

func prepare(t testing.TB, draft []byte, p signer.Preparation) []byte {
	t.Helper()
	var out bytes.Buffer
	done, err := signer.New(signer.Config{}).Prepare(t.Context(), bytes.NewReader(draft), int64(len(draft)), &out, p)
	if err != nil {
		t.Fatal(err)
	}
	if ref := workflow.HashOf(out.Bytes()); done.Size != int64(out.Len()) || workflow.Hash(done.SHA256) != ref {
		t.Errorf("said %d bytes, wrote %d", done.Size, out.Len())
	}
	if !bytes.HasPrefix(out.Bytes(), draft) {
		t.Fatal("the draft is no prefix")
	}
	return out.Bytes()
}

func pdfium(t testing.TB) *engine.Renderer {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "contractd-test", "render")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := engine.New(t.Context(), engine.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(context.Background()) })
	return r
}

// TestCodeIsReadAgain by a QR reader, from the pictures of three renderers, on pages of several producers, upright and turned.
func TestCodeIsReadAgain(t *testing.T) {
	w, shower := newWorld(t), pdfium(t)
	for _, name := range []string{"cairo.pdf", "libreoffice.pdf", "qpdf-rotated.pdf", "hybrid-word.pdf", "mupdf.pdf"} {
		t.Run(name, func(t *testing.T) {
			draft := fixture(t, name)
			p, text := coded(t, 1, 60, 12)
			prepared := prepare(t, draft, p)
			sealed, _ := seal(t, signer.New(signer.Config{}), prepared, request(t, w.rsa))
			file := writeTemp(t, sealed)
			for reader, picture := range map[string]image.Image{"MuPDF": render(t, file, 1), "Poppler": renderPoppler(t, file, 1)} {
				if got := qr.Read(picture); !slices.Contains(got, text) {
					t.Errorf("%s: %q", reader, got)
				}
			}
			all := func(string) bool { return true }
			got, err := qr.Search(t.Context(), shower, bytes.NewReader(sealed), int64(len(sealed)), 0, all)
			if err != nil || !slices.Contains(got, text) {
				t.Errorf("PDFium: %q, %v", got, err)
			}
			none, err := qr.Search(t.Context(), shower, bytes.NewReader(draft), int64(len(draft)), 0, all)
			if err != nil || len(none) > 0 {
				t.Errorf("the draft has codes: %q, %v", none, err)
			}
			judge(t, file, 1)
		})
	}
}

// TestPreparationIsUndoneWithItsBatch: taking the seal back leaves the draft.
func TestPreparationIsUndoneWithItsBatch(t *testing.T) {
	w := newWorld(t)
	draft := fixture(t, "cairo.pdf")
	p, _ := coded(t, 1, 12, 12)
	r := request(t, w.rsa)
	r.BatchID = p.BatchID
	sealed, _ := seal(t, signer.New(signer.Config{}), prepare(t, draft, p), r)
	var out bytes.Buffer
	_, err := signer.New(signer.Config{}).Undo(t.Context(), bytes.NewReader(sealed), int64(len(sealed)), &out, signer.Batch{Own: func(*x509.Certificate) bool { return true }})
	if err != nil || !bytes.Equal(out.Bytes(), draft) {
		t.Errorf("%d bytes of %d came back: %v", out.Len(), len(draft), err)
	}
}

// TestPreparedFieldsAreEmpty and bind nobody: what others fill must not be locked.
func TestPreparedFieldsAreEmpty(t *testing.T) {
	p, _ := coded(t, 1, 12, 12)
	last := openPDF(t, prepare(t, fixture(t, "form-direct.pdf"), p)).Last()
	fields, err := last.Fields()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range fields {
		if f.Type != "Sig" {
			continue
		}
		seen++
		if f.Value != nil || f.Dict.Has("Lock") || f.Dict.Has("SV") || f.Dict.Has("AP") || f.Dict["CTRD_Batch"] == nil {
			t.Errorf("%s: %v", f.Name, f.Dict)
		}
	}
	form, err := last.Form()
	if flags, _ := form["SigFlags"].(pdf.Integer); err != nil || seen != 2 || flags&1 == 0 {
		t.Errorf("%d fields, flags %v, %v", seen, form["SigFlags"], err)
	}
}

func TestPreparationIsRefused(t *testing.T) {
	w := newWorld(t)
	draft := fixture(t, "cairo.pdf")
	signed, _ := seal(t, signer.New(signer.Config{}), draft, request(t, w.rsa))
	good, _ := coded(t, 1, 12, 12)
	outside, _ := coded(t, 1, 200, 12)
	missing, _ := coded(t, 99, 12, 12)
	twice := good
	twice.Fields = append(slices.Clone(good.Fields), good.Fields[0])
	for name, test := range map[string]struct {
		draft []byte
		p     signer.Preparation
		want  error
	}{
		"signed": {signed, good, workflow.ErrPolicy}, "outside": {draft, outside, workflow.ErrUsage},
		"no such page": {draft, missing, workflow.ErrUsage}, "name taken": {draft, twice, workflow.ErrUsage},
		"encrypted": {fixture(t, "encrypted.pdf"), good, workflow.ErrDocument},
	} {
		_, err := signer.New(signer.Config{}).Prepare(t.Context(), bytes.NewReader(test.draft), int64(len(test.draft)), &bytes.Buffer{}, test.p)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
