package signtest

import (
	"bytes"
	"fmt"
	"strings"

	"contractd/signer/pdf"
)

// formDraft is a draft whose form has those fields beside others, under numbers from 10 on.
func formDraft(fields string, objects ...string) []byte {
	var r raw
	r.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	r.object(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields ["+fields+"] >> >>")
	r.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>")
	r.object(3, "<< /Type /Page /Parent 2 0 R /Annots [10 0 R 11 0 R] >>")
	for i, body := range objects {
		r.object(10+i, body)
	}
	return r.finish(10+len(objects), "/Root 1 0 R", 0)
}

const textWidget = "/Type /Annot /Subtype /Widget /Rect [72 600 300 630] /F 4"

// formAttacks hide a field from the comparison; verification.md, 10.
func formAttacks() []recipe {
	then := func(draft []byte, p Patch) func(l *Lab, _ []byte) ([]byte, error) {
		return func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(draft, Ink{By: l.Ours})
			if err != nil {
				return nil, err
			}
			return p.Apply(out)
		}
	}
	font := map[int]string{10: "<< /FT /Tx /T (a) /DA (/F1 900 Tf) /V (1) " + textWidget + " /MaxLen 5 >>"}
	direct := formDraft("<< /T (top) /Kids [10 0 R] >>", "<< /FT /Tx /T (a) /V (1) "+textWidget+" >>", "<< "+textWidget+" >>")
	mixed := formDraft("12 0 R", "<< /FT /Tx /T (a) /V (1) /Parent 12 0 R "+textWidget+" >>", "<< /Parent 12 0 R "+textWidget+" >>",
		"<< /FT /Tx /T (top) /Kids [10 0 R 11 0 R] >>")
	below := formDraft("12 0 R", "<< /FT /Tx /T (a) /V (1) /Parent 12 0 R "+textWidget+" >>", "<< "+textWidget+" >>",
		"<< /T (top) /Kids [10 0 R] >>")
	return []recipe{
		{"below-a-direct-field", failed, "changed-form", "", true, then(direct, Patch{Objects: font})},
		{"beside-a-widget", failed, "changed-form", "", true, then(mixed, Patch{Objects: font})},
		{"below-a-field", failed, "changed-form", "", true, then(below, Patch{Objects: font})},
		{"new-field-below-an-old-one", failed, "changed-form", "", true, then(below, Patch{
			Objects: map[int]string{12: "<< /T (top) /Kids [10 0 R {0}] >>"}, New: []string{"<< /FT /Sig /T (b) /Parent 12 0 R >>"}})},
		{"widget-of-no-field", failed, "annotation-added", "", true, then(below, Patch{Objects: map[int]string{11: "<< " + textWidget + " /AS /On >>"}})},
		{"type-changed", failed, "changed-form", "", true, then(below, Patch{Objects: map[int]string{
			10: "<< /FT /Btn /T (a) /V (1) /Parent 12 0 R " + textWidget + " >>"}})},
		{"phantom-signature", failed, "orphan-signature", "", true, (*Lab).phantom},
	}
}

// phantom signs, cuts the field off the signature in a copy that was never signed that way, and leads a new field to it.
func (l *Lab) phantom(sent []byte) ([]byte, error) {
	out, err := l.Sign(sent, Ink{By: l.Supplier, Field: "phantom"})
	if err != nil {
		return nil, err
	}
	// The value's bytes stay where they are; only its field's reference, which is signed, leads to nothing.
	f, err := open(out)
	if err != nil {
		return nil, err
	}
	field, err := lastField(f)
	if err != nil {
		return nil, err
	}
	value, ok := field.Value.(pdf.Ref)
	if !ok {
		return nil, fmt.Errorf("value of %q is direct", field.Name)
	}
	at := bytes.LastIndex(out, []byte("/V "+value.String()))
	if at < 0 {
		return nil, fmt.Errorf("reference to %s not found", value)
	}
	copy(out[at:], "/W "+strings.Repeat("0", len(value.String())-4)+" 0 R")
	return appendUpdate(out, func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		ref := u.Add(l.widget(Ink{}, pages[0], Box{}, nil, pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("evil"), "V": value}))
		return attach(u, []pdf.Ref{ref}, pages[0].Ref, ref)
	})
}
