package signtest

import (
	"bytes"
	"fmt"
	"slices"

	"contractd/signer/pdf"
)

// revisionAttacks are about verification.md, 2, 4 and 5.
func revisionAttacks() []recipe {
	unused := map[int]string{draftUnused: "(x)"}
	return []recipe{
		{"empty-table", failed, "broken-revision", "", false, onSigned(Patch{})},
		{"object-of-no-table", failed, "hidden-objects", "", false, onSigned(Patch{Objects: unused, Junk: "5 0 obj\n" + stream("", evilText) + "\nendobj\n"})},
		{"object-in-a-comment", failed, "hidden-objects", "", false, onSigned(Patch{Objects: unused, Junk: "%5 0 obj << >> endobj\n"})},
		{"entry-into-earlier-bytes", failed, "broken-revision", "", false, (*Lab).earlierBytes},
		{"size-shrinks", failed, "broken-revision", "", false, onSigned(Patch{Objects: unused, Shrink: true})},
		{"catalog-kept-ready", failed, "broken-revision", "", false, (*Lab).catalogKeptReady},
		{"catalog-with-other-pages", failed, "changed-page-count", "", true, onSigned(Patch{Root: "{0}", New: []string{
			"<< /Type /Catalog /Pages {1} /AcroForm 8 0 R >>", "<< /Type /Pages /Kids [4 0 R 3 0 R] /Count 2 /MediaBox [0 0 595 842] >>"}})},
		{"countersignature-dropped", failed, "signature-removed", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.dropLast(sent)
		}},
		{"ours-dropped-then-countersigned", failed, "signature-removed", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := appendUpdate(sent, dropFields(1))
			if err != nil {
				return nil, err
			}
			return l.countersign(out, Ink{})
		}},
		{"later-field-shares-value", failed, "shared-signature", "", false, (*Lab).sharedValue},
		{"value-replaced-by-another", failed, "changed-form", "", false, (*Lab).valueReplaced},
		{"reason-changed", failed, "signature-rewritten", "", true, (*Lab).rewrittenDictionary},
		{"no-field-leads-to-it", failed, "orphan-signature", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return appendUpdate(sent, func(u *pdf.Update, _ *pdf.File) error {
				u.Add(pdf.Dict{"Type": pdf.Name("Sig"), "ByteRange": pdf.Array{pdf.Integer(0), pdf.Integer(1), pdf.Integer(2), pdf.Integer(3)},
					"Contents": pdf.String{Value: []byte("0"), Hex: true}})
				return nil
			})
		}},
	}
}

// earlierBytes leads a page's content to where an object stands already: what is shown changes without a new object
// (pdf-insecurity.org, shadow attacks: replace via overlay of hidden content).
func (l *Lab) earlierBytes(sent []byte) ([]byte, error) {
	ready := Patch{Objects: map[int]string{draftContent: stream("", evilText)}}
	hidden, err := ready.Apply(sent)
	if err != nil {
		return nil, err
	}
	// The evil content was appended once, taken back in the next revision, and countersigned; now its bytes are used again.
	at := int64(bytes.Index(hidden[len(sent):], []byte("5 0 obj")) + len(sent))
	back, err := Patch{Objects: map[int]string{draftContent: stream("", "BT /F1 18 Tf 72 700 Td (Price: EUR 100.00) Tj ET /I Do")}}.Apply(hidden)
	if err != nil {
		return nil, err
	}
	out, err := l.countersign(back, Ink{})
	if err != nil {
		return nil, err
	}
	return Patch{Objects: map[int]string{draftUnused: "(x)"}, Offsets: map[int]int64{draftContent: at}}.Apply(out)
}

// catalogKeptReady lets a revision bring a catalog that nothing leads to, and the next one use it.
func (l *Lab) catalogKeptReady(sent []byte) ([]byte, error) {
	f, err := open(sent)
	if err != nil {
		return nil, err
	}
	ready := fmt.Sprintf("%d 0 R", nextNumber(f))
	out, err := Patch{New: []string{"<< /Type /Catalog /Pages 2 0 R /AcroForm 8 0 R >>"}}.Apply(sent)
	if err != nil {
		return nil, err
	}
	if out, err = l.countersign(out, Ink{}); err != nil {
		return nil, err
	}
	return Patch{Objects: map[int]string{draftUnused: "(x)"}, Root: ready}.Apply(out)
}

// dropFields leaves the last fields out of the form.
func dropFields(n int) func(u *pdf.Update, f *pdf.File) error {
	return func(u *pdf.Update, f *pdf.File) error {
		form, err := f.Last().Form()
		if err != nil {
			return err
		}
		fields, err := f.Last().Array(form["Fields"])
		if err != nil {
			return err
		}
		return u.SetForm(pdf.Dict{"Fields": slices.Clone(fields[:len(fields)-n])})
	}
}

func (l *Lab) dropLast(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return appendUpdate(out, dropFields(1))
}

// lastValue finds the last field of the file and its value.
func lastField(f *pdf.File) (pdf.Field, error) {
	fields, err := f.Last().Fields()
	if err != nil || len(fields) == 0 {
		return pdf.Field{}, fmt.Errorf("no field: %w", err)
	}
	return fields[len(fields)-1], nil
}

func (l *Lab) sharedValue(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return appendUpdate(out, func(u *pdf.Update, f *pdf.File) error {
		field, err := lastField(f)
		if err != nil {
			return err
		}
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		box := seal(1, 72, 650)
		ref := u.Add(l.widget(Ink{}, pages[0], box, Appearance(u, box), pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("twin"), "V": field.Value}))
		return attach(u, []pdf.Ref{ref}, pages[0].Ref, ref)
	})
}

// valueReplaced lets our own field point at the supplier's signature.
func (l *Lab) valueReplaced(sent []byte) ([]byte, error) {
	return l.countersign(sent, Ink{Also: func(u *pdf.Update, f *pdf.File) error {
		field, err := lastField(f)
		if err != nil {
			return err
		}
		dict := field.Dict.Clone()
		dict["V"] = u.Add(pdf.Dict{"Type": pdf.Name("Sig")})
		u.Set(field.Ref, dict)
		return nil
	}})
}

func (l *Lab) rewrittenDictionary(sent []byte) ([]byte, error) {
	return appendUpdate(sent, func(u *pdf.Update, f *pdf.File) error {
		field, err := lastField(f)
		if err != nil {
			return err
		}
		dict, err := f.Last().Dict(field.Value)
		if err != nil {
			return err
		}
		dict = dict.Clone()
		dict["Reason"] = pdf.TextString("other")
		ref, ok := field.Value.(pdf.Ref)
		if !ok {
			return fmt.Errorf("value of %q is direct", field.Name)
		}
		u.Set(ref, dict)
		return nil
	})
}
