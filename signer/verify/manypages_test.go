package verify_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// manyPages looks at a contract of more pages than are compared: those with marks are always among them, and a note tells of
// the rest.
func manyPages(t *testing.T, eyes *verify.Eyes) {
	const pages, marked = 206, 205
	lab := newLab(t)
	draft := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: 200, Ht: 200}})
	draft.SetFont("Helvetica", "B", 20)
	for range pages {
		draft.AddPage()
		draft.Text(40, 100, "Total 100")
	}
	var out bytes.Buffer
	if err := draft.Output(&out); err != nil {
		t.Fatal(err)
	}
	sent, err := lab.Sign(out.Bytes(), signtest.Ink{By: lab.Ours, Stamp: lab.TSA})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bottom float64
		want   []workflow.Reason
	}{
		"over the total":   {90, []workflow.Reason{workflow.ReasonCovers}},
		"beside the total": {10, nil},
	} {
		returned, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Also: whiteBox(marked, c.bottom)})
		if err != nil {
			t.Fatal(err)
		}
		o := labOptions(lab, sent)
		o.Required, o.Theirs = o.Required[:1], o.Theirs[:1]
		verdict := judge(t, returned, o)
		if verdict.Verdict != workflow.Passed {
			t.Fatalf("%s: %s", name, explain(verdict))
		}
		if err := eyes.Look(t.Context(), document(sent), document(returned), &verdict, nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(verdict.Reasons, c.want) && len(verdict.Reasons)+len(c.want) > 0 {
			t.Errorf("%s: %s", name, explain(verdict))
		}
		if len(c.want) > 0 && verdict.Causes[0].Page != marked {
			t.Errorf("%s: page %d", name, verdict.Causes[0].Page)
		}
		if !slices.ContainsFunc(verdict.Notes, func(note string) bool { return strings.HasPrefix(note, "6 pages without marks were not compared") }) {
			t.Errorf("%s: notes %q", name, verdict.Notes)
		}
	}
}

// whiteBox puts a stamp that is white all over on a page, with a signature.
func whiteBox(page int, bottom float64) func(*pdf.Update, *pdf.File) error {
	return func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		on := pages[page-1].Ref
		look := u.Add(pdf.FlateStream(pdf.Dict{
			"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Rect{Right: 110, Top: 30}.Array(),
		}, []byte("1 g 0 0 110 30 re f")))
		return u.AppendAnnots(on, u.Add(pdf.Dict{
			"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(4), "P": on,
			"Rect": pdf.Rect{Left: 35, Bottom: bottom, Right: 145, Top: bottom + 30}.Array(), "AP": pdf.Dict{"N": look},
		}))
	}
}
