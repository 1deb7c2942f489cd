package signtest

import (
	"fmt"

	"contractd/signer/pdf"
)

// countersign signs with both of the supplier's roles; ink says how the first one does.
func (l *Lab) countersign(sent []byte, ink Ink) ([]byte, error) {
	if ink.By == nil {
		ink.By = l.Supplier
	}
	if ink.Boxes == nil && ink.Into == "" {
		ink.Boxes = []Box{seal(1, 300, 300)}
	}
	out, err := l.Sign(sent, ink)
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.SupplierEmployee})
}

// twice signs any draft on either side.
func (l *Lab) twice(draft []byte) ([]byte, error) {
	out, err := l.Sign(draft, Ink{By: l.Ours, Boxes: []Box{seal(1, 100, 100)}})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.Supplier, Boxes: []Box{seal(1, 300, 100)}})
}

func (l *Lab) otherOrder(sent []byte) ([]byte, error) {
	out, err := l.Sign(sent, Ink{By: l.SupplierEmployee, Boxes: []Box{seal(2, 300, 100)}})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.Supplier, Boxes: []Box{seal(1, 300, 300)}})
}

func (l *Lab) preparedFirst(sent []byte) ([]byte, error) {
	out, err := appendUpdate(sent, func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		field := u.Add(l.widget(Ink{}, pages[0], seal(1, 300, 300), nil, pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("乙方")}))
		return attach(u, []pdf.Ref{field}, pages[0].Ref, field)
	})
	if err != nil {
		return nil, err
	}
	return l.countersign(out, Ink{Into: "乙方"})
}

func (l *Lab) withInfo(sent []byte) ([]byte, error) {
	return l.countersign(sent, Ink{Also: func(u *pdf.Update, _ *pdf.File) error {
		return u.SetCatalog(pdf.Dict{
			"Version":    pdf.Name("1.7"),
			"Extensions": pdf.Dict{"ADBE": pdf.Dict{"BaseVersion": pdf.Name("1.7"), "ExtensionLevel": pdf.Integer(8)}},
		})
	}})
}

const packet = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
	`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta><?xpacket end="w"?>`

func metadata(text string) func(u *pdf.Update, _ *pdf.File) error {
	return func(u *pdf.Update, _ *pdf.File) error {
		xmp := u.Add(&pdf.Stream{Dict: pdf.Dict{"Type": pdf.Name("Metadata"), "Subtype": pdf.Name("XML")}, Raw: []byte(text)})
		return u.SetCatalog(pdf.Dict{"Metadata": xmp})
	}
}

func (l *Lab) withMetadata(sent []byte) ([]byte, error) {
	return l.countersign(sent, Ink{Also: metadata(packet)})
}

// writtenAgain writes objects anew without a change, as clients do that save whatever they touched.
func (l *Lab) writtenAgain(sent []byte) ([]byte, error) {
	return l.countersign(sent, Ink{Also: func(u *pdf.Update, f *pdf.File) error {
		for _, n := range []int{draftFont, draftLink, draftField, draftContent, draftImage} {
			ref := pdf.Ref{Number: n}
			o, err := f.Last().Object(ref)
			if err != nil {
				return err
			}
			u.Set(ref, o)
		}
		return nil
	}})
}

func (l *Lab) longTerm(sent []byte) ([]byte, error) {
	out, err := l.countersign(sent, Ink{Stamp: l.TSA, CAdES: true})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{Stamp: l.TSA, Also: func(u *pdf.Update, _ *pdf.File) error {
		cert := u.Add(pdf.FlateStream(nil, l.CA.Intermediate.Raw))
		return u.SetCatalog(pdf.Dict{"DSS": u.Add(pdf.Dict{"Certs": pdf.Array{cert}})})
	}})
}

// appendUpdate appends a revision without a signature.
func appendUpdate(in []byte, change func(u *pdf.Update, f *pdf.File) error) ([]byte, error) {
	f, err := open(in)
	if err != nil {
		return nil, err
	}
	u := pdf.NewUpdate(f)
	if err := change(u, f); err != nil {
		return nil, err
	}
	tail, err := u.Build()
	if err != nil {
		return nil, err
	}
	return append(in[:len(in):len(in)], tail.Bytes...), nil
}

// addAnnot adds an annotation to a page, with a mark to be seen.
func addAnnot(page int, dict pdf.Dict) func(u *pdf.Update, f *pdf.File) error {
	return func(u *pdf.Update, f *pdf.File) error {
		pages, err := f.Last().Pages()
		if err != nil {
			return err
		}
		dict = dict.Clone()
		dict["AP"] = pdf.Dict{"N": Appearance(u, seal(page, 0, 0))}
		dict["P"] = pages[page-1].Ref
		return u.AppendAnnots(pages[page-1].Ref, u.Add(dict))
	}
}

func stampDict(flags int) pdf.Dict {
	return pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(flags),
		"Rect": pdf.Rect{Left: 400, Bottom: 400, Right: 513, Top: 513}.Array()}
}

func pageBody(content int, annots string) string {
	return fmt.Sprintf("<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Annots [%s] >>", content, annots)
}

func fieldBody(value, appearance string) string {
	return "<< /Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V (" + value + ") /F 4 /P 3 0 R /Rect [72 600 300 630] " +
		"/DA (/F1 12 Tf 0 g) /AP << /N " + appearance + " >> >>"
}

func look(value string) string {
	return stream("/Type /XObject /Subtype /Form /BBox [0 0 228 30] /Resources << /Font << /F1 7 0 R >> >>",
		"/Tx BMC BT /F1 12 Tf 2 10 Td ("+value+") Tj ET EMC")
}

const freeText = "<< /Type /Annot /Subtype /FreeText /F 4 /Rect [72 690 300 720] /DA (/Helv 18 Tf) /Contents (EUR 999) >>"
