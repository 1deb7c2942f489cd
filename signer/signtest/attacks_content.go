package signtest

import (
	"fmt"
	"strings"

	"contractd/signer/pdf"
)

const (
	evilText = "BT /F1 18 Tf 72 700 Td (Price: EUR 999.00) Tj ET /I Do"
	script   = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
)

// onSigned applies a patch behind both of the supplier's signatures.
func onSigned(p Patch) func(l *Lab, sent []byte) ([]byte, error) {
	return func(l *Lab, sent []byte) ([]byte, error) {
		out, err := l.countersign(sent, Ink{})
		if err != nil {
			return nil, err
		}
		return p.Apply(out)
	}
}

// covered applies a patch and lets the supplier sign over it: every signature is intact, the contract is another one.
func covered(p Patch) func(l *Lab, sent []byte) ([]byte, error) {
	return func(l *Lab, sent []byte) ([]byte, error) {
		out, err := p.Apply(sent)
		if err != nil {
			return nil, err
		}
		return l.countersign(out, Ink{})
	}
}

// contentAttacks change what is seen; verification.md, 10 and 11.
func contentAttacks() []recipe {
	page2 := "<< /Type /Page /Parent 2 0 R /Contents 6 0 R >>"
	pages := func(kids string) string {
		return fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] /Resources << /Font << /F1 7 0 R >> "+
			"/XObject << /I 13 0 R >> >> >>", kids, strings.Count(kids, "R")+strings.Count(kids, "{"))
	}
	content := Patch{Objects: map[int]string{draftContent: stream("", evilText)}}
	image := Patch{Objects: map[int]string{draftImage: stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "+
		"/ColorSpace /DeviceGray", "\x00")}}
	font := Patch{Objects: map[int]string{draftFont: "<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"}}
	return []recipe{
		{"content-after-both", failed, "changed-page", "", false, onSigned(content)},
		{"content-then-countersigned", failed, "changed-page", "", false, covered(content)},
		{"content-then-countersigned-general", failed, "changed-page", "", true, covered(content)},
		{"content-freed", failed, "changed-page", "", false, onSigned(Patch{Free: []int{draftContent}, Objects: map[int]string{draftUnused: "(x)"}})},
		{"shared-image-then-countersigned", failed, "changed-page", "", false, covered(image)},
		{"inherited-font-then-countersigned", failed, "changed-page", "", false, covered(font)},
		{"page-rotated", failed, "changed-page", "", false, covered(Patch{Objects: map[int]string{
			draftPage + 1: "<< /Type /Page /Parent 2 0 R /Contents 6 0 R /Rotate 180 >>"}})},
		{"inherited-box", failed, "changed-page", "", false, covered(Patch{Objects: map[int]string{
			draftPages: strings.Replace(pages("3 0 R 4 0 R"), "0 0 595 842", "0 0 595 400", 1)}})},
		{"page-added", failed, "changed-page-count", "", false, covered(Patch{Objects: map[int]string{draftPages: pages("3 0 R 4 0 R {0}")}, New: []string{page2}})},
		{"page-removed", failed, "changed-page-count", "", false, covered(Patch{Objects: map[int]string{draftPages: pages("3 0 R")}})},
		{"pages-swapped", failed, "changed-page-count", "", false, covered(Patch{Objects: map[int]string{draftPages: pages("4 0 R 3 0 R")}})},
		{"page-tree-moved", failed, "changed-page-count", "", false, covered(Patch{
			Objects: map[int]string{draftCatalog: "<< /Type /Catalog /Pages {0} /AcroForm 8 0 R >>"}, New: []string{pages("4 0 R 3 0 R")}})},
		{"value-after", failed, "changed-form", "", false, onSigned(Patch{Objects: map[int]string{draftField: fieldBody("999", "{0}")}, New: []string{look("999")}})},
		{"value-then-countersigned", failed, "changed-form", "", false, covered(Patch{Objects: map[int]string{draftField: fieldBody("999", "{0}")}, New: []string{look("999")}})},
		{"appearance-alone", failed, "changed-form", "", true, covered(Patch{Objects: map[int]string{draftLook: look("999")}})},
		{"appearance-replaced", failed, "changed-form", "", true, covered(Patch{Objects: map[int]string{draftField: fieldBody("100", "{0}")}, New: []string{look("999")}})},
		{"appearances-to-be-redrawn", failed, "changed-form", "", false, covered(Patch{Objects: map[int]string{
			draftForm: "<< /Fields [9 0 R 11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) /NeedAppearances true /SigFlags 3 >>"}})},
		{"link-moved", failed, "annotation-added", "", false, covered(Patch{Objects: map[int]string{
			draftLink: "<< /Type /Annot /Subtype /Link /Rect [72 500 200 520] /A << /S /URI /URI (http://evil.example) >> >>"}})},
	}
}

// annotationAttacks put something on a page; verification.md, 11 to 13.
func annotationAttacks() []recipe {
	comment := func(l *Lab, sent []byte) ([]byte, error) {
		return l.countersign(sent, Ink{Also: addAnnot(1, pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("FreeText"), "F": pdf.Integer(4),
			"Rect": pdf.Rect{Left: 72, Bottom: 690, Right: 300, Top: 720}.Array(), "Contents": pdf.TextString("EUR 999")})})
	}
	field := func(more pdf.Dict) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, Ink{Widget: more}) }
	}
	return []recipe{
		{"text-with-the-signature", failed, "annotation-added", "", false, comment},
		{"text-with-the-signature-general", failed, "annotation-added", "", true, comment},
		{"stamp-after", failed, "annotation-added", "", false, (*Lab).stampAfter},
		{"stamp-under-a-timestamp", failed, "annotation-added", "", false, (*Lab).stampUnderTimestamp},
		{"mark-of-a-timestamp", failed, "annotation-added", "", false, (*Lab).markOfTimestamp},
		{"mark-of-an-empty-field", failed, "annotation-added", "", false, (*Lab).emptyField},
		{"own-seal-removed-from-page", failed, "annotation-added", "", false, (*Lab).sealRemoved},
		{"hidden-on-paper", failed, "conditional-mark", "", false, field(pdf.Dict{"F": pdf.Integer(128)})},
		{"hidden-on-screen", failed, "conditional-mark", "", false, field(pdf.Dict{"F": pdf.Integer(132 + 32)})},
		{"zooming-otherwise", failed, "conditional-mark", "", false, field(pdf.Dict{"F": pdf.Integer(132 + 8)})},
		{"stamp-without-appearance", failed, "conditional-mark", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: func(u *pdf.Update, f *pdf.File) error {
				dict := stampDict(132)
				dict["Name"] = pdf.Name("Approved")
				return u.AppendAnnots(pdf.Ref{Number: draftPage}, u.Add(dict))
			}})
		}},
		{"stamp-with-an-action", failed, "active-content", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			dict := stampDict(132)
			dict["A"] = pdf.Dict{"S": pdf.Name("URI"), "URI": pdf.TextString("http://evil.example")}
			return l.countersign(sent, Ink{Also: addAnnot(1, dict)})
		}},
		{"stamp-with-words", indeterminate, "signer-statement", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			dict := stampDict(132)
			dict["Contents"] = pdf.TextString("仅同意第1至3条")
			return l.countersign(sent, Ink{Also: addAnnot(1, dict)})
		}},
		{"private-key-in-a-mark", indeterminate, "unexplained-change", "", false, field(pdf.Dict{"WPS_Mark": pdf.Integer(1)})},
		{"layer-in-the-appearance", failed, "conditional-mark", "", false, field(pdf.Dict{"AP": pdf.Dict{"N": pdf.Dict{
			"Properties": pdf.Dict{"OC": pdf.Dict{"Type": pdf.Name("OCG"), "Name": pdf.TextString("x")}}}}})},
		{"other-picture-on-paper", failed, "conditional-mark", "", false, field(pdf.Dict{"AP": pdf.Dict{"N": pdf.Dict{"Alternates": pdf.Array{}}}})},
		{"optional-content", failed, "conditional-mark", "", false, field(pdf.Dict{"OC": pdf.Dict{"Type": pdf.Name("OCG"), "Name": pdf.TextString("x")}})},
		{"action-on-the-mark", failed, "active-content", "", false, field(pdf.Dict{"A": pdf.Dict{"S": pdf.Name("JavaScript"), "JS": pdf.TextString("x")}})},
		{"page-wide", indeterminate, "oversized-mark", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{{Page: 1, X: 60, Y: 690, Width: 320, Height: 32}}})
		}},
		{"page-wide-by-a-stranger", failed, "oversized-mark", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.Sign(sent, Ink{By: l.Mallory, Boxes: []Box{{Page: 1, X: 60, Y: 690, Width: 320, Height: 32}}})
		}},
		{"only-some-clauses", indeterminate, "signer-statement", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Reason: "仅同意第1至3条"})
		}},
	}
}

// catalogAttacks change the document around its pages.
func catalogAttacks() []recipe {
	catalog := func(more string) map[int]string {
		return map[int]string{draftCatalog: "<< /Type /Catalog /Pages 2 0 R /AcroForm 8 0 R " + more + " >>"}
	}
	return []recipe{
		{"open-action", failed, "active-content", "", false, onSigned(Patch{Objects: catalog("/OpenAction " + script)})},
		{"open-action-countersigned", failed, "active-content", "", true, covered(Patch{Objects: catalog("/OpenAction " + script)})},
		{"named-script", failed, "active-content", "", false, covered(Patch{Objects: catalog("/Names << /JavaScript << /Names [(a) " + script + "] >> >>")})},
		{"layers", failed, "changed-structure", "", false, covered(Patch{Objects: catalog("/OCProperties << /OCGs [] /D << >> >>")})},
		{"unknown-key", failed, "changed-structure", "", true, onSigned(Patch{Objects: catalog("/Blah /Blah")})},
		{"unused-object-becomes-extension", failed, "changed-structure", "", true, onSigned(Patch{Objects: map[int]string{
			draftCatalog: catalog("/Extensions 14 0 R")[draftCatalog], draftUnused: "<< /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> >>"}})},
		{"metadata-with-document-type", failed, "changed-structure", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: metadata("<!DOCTYPE x [<!ENTITY a 'b'>]>" + packet)})
		}},
		{"language", indeterminate, "unexplained-change", "", true, onSigned(Patch{Objects: catalog("/Lang (zh-CN)")})},
		{"dss-of-strings", failed, "validation-data", "", true, onSigned(Patch{Objects: catalog("/DSS << /Certs [(x)] >>")})},
		{"form-removed", failed, "changed-form", "", true, onSigned(Patch{Objects: map[int]string{draftCatalog: "<< /Type /Catalog /Pages 2 0 R >>"}})},
		{"new-text-field", failed, "changed-form", "", true, onSigned(Patch{
			Objects: map[int]string{draftForm: "<< /Fields [9 0 R 11 0 R 16 0 R 20 0 R 24 0 R {0}] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>"},
			New:     []string{"<< /FT /Tx /T (more) /V (x) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>"}})},
	}
}

func (l *Lab) stampAfter(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return appendUpdate(out, addAnnot(1, stampDict(132)))
}

func (l *Lab) stampUnderTimestamp(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{Stamp: l.TSA, Also: addAnnot(1, stampDict(132))})
}

func (l *Lab) markOfTimestamp(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{Stamp: l.TSA, Boxes: []Box{seal(1, 72, 650)}})
}

func (l *Lab) emptyField(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{})
	if err != nil {
		return nil, err
	}
	return appendUpdate(out, func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		box := seal(1, 72, 650)
		field := u.Add(l.widget(Ink{}, pages[0], box, Appearance(u, box), pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("empty")}))
		return attach(u, []pdf.Ref{field}, pages[0].Ref, field)
	})
}

func (l *Lab) sealRemoved(sent []byte) ([]byte, error) {
	out, err := appendUpdate(sent, func(u *pdf.Update, f *pdf.File) error {
		page := pdf.Ref{Number: draftPage + 1}
		o, err := f.Last().Dict(page)
		if err != nil {
			return err
		}
		o = o.Clone()
		o["Annots"] = pdf.Array{}
		u.Set(page, o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l.countersign(out, Ink{})
}
