package signtest

import (
	"strings"

	"contractd/signer/pdf"
)

// clientShapes are what known clients write beside a signature, and nobody should mind.
func clientShapes() []recipe {
	sign := func(ink Ink) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, ink) }
	}
	recipes := []recipe{
		// iText writes a page anew with what it inherits.
		{"page-with-its-inherited-keys", passed, "", "signing", false, sign(Ink{Also: setKeys(draftPage, pdf.Dict{
			"MediaBox": pdf.Rect{Right: 595, Top: 842}.Array(), "Resources": pdf.Dict{
				"Font": pdf.Dict{"F1": pdf.Ref{Number: draftFont}}, "XObject": pdf.Dict{"I": pdf.Ref{Number: draftImage}}},
		})})},
		{"stamp-with-an-empty-popup", passed, "", "signing", false, sign(Ink{Also: stampWithPopup})},
		{"vri-in-lower-case", passed, "", "signing", false, (*Lab).lowerVRI},
		{"table-of-crlf", passed, "", "signing", false, (*Lab).tableOfCRLF},
		{"tooltip-and-date", passed, "", "signing", false, sign(Ink{Widget: pdf.Dict{
			"TU": pdf.TextString("签名"), "MK": pdf.Dict{"CA": pdf.TextString("2026年11月23日")}, "Contents": pdf.TextString(SupplierName)}})},
		{"tooltip-with-a-number", passed, "", "signing", false, sign(Ink{Widget: pdf.Dict{"TU": pdf.TextString("Signature 3")}})},
	}
	for _, name := range []string{"Signature 3", "Sig1", "签名1", "Seal2", "signature_ab12cd", "6f1c2d1e-5f0b-4a77-9a3c-1f2e3d4c5b6a", "fzqSign0", "乙方盖章处"} {
		recipes = append(recipes, recipe{"field-called-" + strings.ReplaceAll(name, " ", "-"), passed, "", "signing", false, sign(Ink{Field: name})})
	}
	return recipes
}

// stampWithPopup adds a stamp as Acrobat does, with its empty window.
func stampWithPopup(u *pdf.Update, _ *pdf.File) error {
	page, popup := pdf.Ref{Number: draftPage}, u.Add(nil)
	dict := stampDict(4)
	dict["AP"] = pdf.Dict{"N": Appearance(u, seal(1, 0, 0))}
	dict["P"], dict["Popup"] = page, popup
	dict["NM"], dict["T"], dict["Subj"] = pdf.TextString("x"), pdf.TextString("李层山"), pdf.TextString("图章")
	stamp := u.Add(dict)
	u.Set(popup, pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Popup"), "Parent": stamp, "F": pdf.Integer(28),
		"Rect": pdf.Rect{Left: 413, Bottom: 300, Right: 590, Top: 400}.Array()})
	return u.AppendAnnots(page, stamp, popup)
}

// lowerVRI adds validation material under a key in either case, as some do.
func (l *Lab) lowerVRI(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{Stamp: l.TSA, CAdES: true})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{Stamp: l.TSA, Also: func(u *pdf.Update, _ *pdf.File) error {
		cert := u.Add(pdf.FlateStream(nil, l.CA.Intermediate.Raw))
		entry := pdf.Dict{"Cert": pdf.Array{cert}}
		return u.SetCatalog(pdf.Dict{"DSS": u.Add(pdf.Dict{"Certs": pdf.Array{cert}, "VRI": pdf.Dict{
			"0123456789ABCDEF0123456789ABCDEF01234567": entry, "0123456789abcdef0123456789abcdef01234567": entry}})})
	}})
}

// tableOfCRLF ends the entries of a table the other way that ISO 32000-2, 7.5.4 has.
func (l *Lab) tableOfCRLF(sent []byte) ([]byte, error) {
	out, err := loosely(sent, func(table string) string { return strings.ReplaceAll(table, " n \n", " n\r\n") })
	if err != nil {
		return nil, err
	}
	return l.countersign(out, Ink{})
}
