package verify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"contractd/signer/pdf"
	"contractd/signer/verify"
	"contractd/workflow"
)

func inspected(t *testing.T, file []byte) verify.Inspection {
	t.Helper()
	document := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(file), Size: int64(len(file))}, ReaderAt: bytes.NewReader(file)}
	found, err := verify.Inspect(t.Context(), document, pdf.Limits{})
	if err != nil || len(found.Refused) > 0 {
		t.Fatalf("inspect: %v, %v", found.Refused, err)
	}
	return found
}

// TestShadowContent prepares drafts so that they show something else later.
func TestShadowContent(t *testing.T) {
	draft, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pdf", "libreoffice.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if found := inspected(t, draft); len(found.Shadow) > 0 {
		t.Errorf("an honest draft: %q", found.Shadow)
	}
	script := pdf.Dict{"S": pdf.Name("JavaScript"), "JS": pdf.TextString("app.alert(1)")}
	appearance := func(u *pdf.Update) pdf.Dict { return pdf.Dict{"N": u.Add(pdf.FlateStream(pdf.Dict{}, nil))} }
	annotate := func(make func(u *pdf.Update) pdf.Dict) func(*pdf.File, *pdf.Update) error {
		return func(file *pdf.File, u *pdf.Update) error {
			pages, err := file.Last().Pages()
			if err != nil {
				return err
			}
			d := make(u)
			d["Type"], d["Rect"] = pdf.Name("Annot"), pdf.Rect{Right: 100, Top: 100}.Array()
			return u.AppendAnnots(pages[0].Ref, u.Add(d))
		}
	}
	catalog := func(values pdf.Dict) func(*pdf.File, *pdf.Update) error {
		return func(_ *pdf.File, u *pdf.Update) error { return u.SetCatalog(values) }
	}
	for name, test := range map[string]struct {
		change func(*pdf.File, *pdf.Update) error
		word   string
	}{
		"script at opening": {catalog(pdf.Dict{"OpenAction": script}), "runs JavaScript"},
		"launch at opening": {catalog(pdf.Dict{"OpenAction": pdf.Dict{"S": pdf.Name("Launch")}}), "acts (Launch)"},
		"named scripts":     {catalog(pdf.Dict{"Names": pdf.Dict{"JavaScript": pdf.Dict{}}}), "holds JavaScript"},
		"acts by itself":    {catalog(pdf.Dict{"AA": pdf.Dict{}}), "(/AA)"},
		"a hidden layer": {func(_ *pdf.File, u *pdf.Update) error {
			layer := u.Add(pdf.Dict{"Type": pdf.Name("OCG"), "Name": pdf.TextString("x")})
			return u.SetCatalog(pdf.Dict{"OCProperties": pdf.Dict{"OCGs": pdf.Array{layer}, "D": pdf.Dict{"OFF": pdf.Array{layer}}}})
		}, "layers are hidden"},
		"an overlay": {annotate(func(u *pdf.Update) pdf.Dict {
			return pdf.Dict{"Subtype": pdf.Name("FreeText"), "AP": appearance(u)}
		}), "lies over the page (FreeText)"},
		"a hidden one": {annotate(func(u *pdf.Update) pdf.Dict {
			return pdf.Dict{"Subtype": pdf.Name("Text"), "F": pdf.Integer(2), "AP": appearance(u)}
		}), "a hidden annotation"},
		"a link with a script": {annotate(func(*pdf.Update) pdf.Dict {
			return pdf.Dict{"Subtype": pdf.Name("Link"), "A": script}
		}), "an annotation runs JavaScript"},
		"a page in store": {func(_ *pdf.File, u *pdf.Update) error {
			u.Add(pdf.Dict{"Type": pdf.Name("Page"), "Contents": u.Add(pdf.FlateStream(pdf.Dict{}, nil))})
			return nil
		}, "is a Page that is not shown"},
		"a catalog in store": {func(_ *pdf.File, u *pdf.Update) error {
			u.Add(pdf.Dict{"Type": pdf.Name("Catalog")})
			return nil
		}, "is a Catalog that is not shown"},
		"an external stream": {func(_ *pdf.File, u *pdf.Update) error {
			u.Add(pdf.FlateStream(pdf.Dict{"F": pdf.TextString("other.bin")}, nil))
			return nil
		}, "from another file"},
	} {
		file, err := pdf.Open(t.Context(), bytes.NewReader(draft), int64(len(draft)), pdf.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		u := pdf.NewUpdate(file)
		if err := test.change(file, u); err != nil {
			t.Fatal(err)
		}
		tail, err := u.Build()
		if err != nil {
			t.Fatal(err)
		}
		found := inspected(t, append(bytes.Clone(draft), tail.Bytes...))
		if len(found.Shadow) != 1 || !strings.Contains(found.Shadow[0], test.word) {
			t.Errorf("%s: %q, want %q", name, found.Shadow, test.word)
		}
	}
}

// TestHonestDraftsCastNoShadow looks at what many producers write.
func TestHonestDraftsCastNoShadow(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "pdf", "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		document := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(file), Size: int64(len(file))}, ReaderAt: bytes.NewReader(file)}
		if found, err := verify.Inspect(t.Context(), document, pdf.Limits{}); err != nil || len(found.Shadow) > 0 {
			t.Errorf("%s: %q, %v", filepath.Base(name), found.Shadow, err)
		}
	}
}
