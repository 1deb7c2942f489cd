package signtest

import (
	"fmt"

	"contractd/signer/pdf"
)

// Sample is one file with what a verifier must make of it.
type Sample struct {
	Name    string // What was done.
	Sent    []byte // What had been sent; nil: judge the file by itself.
	File    []byte
	Outcome string // passed, indeterminate, failed.
	Reason  string // One of the reasons; empty when passed.
	Later   string // What came after the first signature; empty if it is not asked for.
}

const (
	passed        = "passed"
	indeterminate = "indeterminate"
	failed        = "failed"
)

// seal is a box of 40 mm.
func seal(page int, x, y float64) Box { return Box{Page: page, X: x, Y: y, Width: 113, Height: 113} }

// Sent is the draft with our two seals, as mailed.
func (l *Lab) Sent() ([]byte, error) {
	out, err := l.Sign(Draft(), Ink{By: l.Ours, Boxes: []Box{seal(2, 60, 100)}, Stamp: l.TSA})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.OurEmployee, Stamp: l.TSA})
}

// recipe makes a returned file of a sent one.
type recipe struct {
	name, outcome, reason, later string
	general                      bool // Judged by itself.
	make                         func(l *Lab, sent []byte) ([]byte, error)
}

// cook makes the samples of some recipes.
func (l *Lab) cook(recipes []recipe) ([]Sample, error) {
	sent, err := l.Sent()
	if err != nil {
		return nil, fmt.Errorf("making sent file: %w", err)
	}
	var samples []Sample
	for _, r := range recipes {
		file, err := r.make(l, sent)
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", r.name, err)
		}
		s := Sample{Name: r.name, File: file, Outcome: r.outcome, Reason: r.reason, Later: r.later}
		if s.Reason != "" {
			s.Name = s.Reason + "--" + s.Name
		}
		if !r.general {
			s.Sent = sent
		}
		samples = append(samples, s)
	}
	return samples, nil
}

// Honest makes files as honest clients return them.
func (l *Lab) Honest() ([]Sample, error) {
	return l.cook([]recipe{
		{"both-roles", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, Ink{}) }},
		{"other-order", passed, "", "signing", false, (*Lab).otherOrder},
		{"several-widgets-of-one-field", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{seal(1, 300, 300), seal(2, 300, 300)}})
		}},
		{"several-fields-of-one-value", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{seal(1, 300, 300), seal(2, 300, 300)}, Twins: true})
		}},
		{"prepared-field-filled", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Into: "Prepared"})
		}},
		{"prepared-in-one-revision-signed-in-the-next", passed, "", "signing", false, (*Lab).preparedFirst},
		{"stamps-with-the-signature", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: addAnnot(1, stampDict(132))})
		}},
		{"stamps-without-lock", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: addAnnot(2, stampDict(4))})
		}},
		{"info-version-extensions", passed, "", "signing", false, (*Lab).withInfo},
		{"metadata", passed, "", "signing", false, (*Lab).withMetadata},
		{"objects-written-again", passed, "", "signing", false, (*Lab).writtenAgain},
		{"dss-and-document-timestamp", passed, "", "signing", false, (*Lab).longTerm},
		{"timestamped", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Stamp: l.TSA, CAdES: true})
		}},
		{"known-reason", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Reason: "合同签署"})
		}},
		{"white-space-at-the-end", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.countersign(sent, Ink{})
			return append(out, "\r\n\n \n"...), err
		}},
		{"object-streams", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.twice(packedDraft()) }},
		{"hybrid", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.twice(hybrid(false)) }},
		{"tagged", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.tagged() }},
		{"field-filled-in", passed, "", "form", true, func(l *Lab, sent []byte) ([]byte, error) {
			return Patch{Objects: map[int]string{draftField: fieldBody("999", "{0}")}, New: []string{look("999")}}.Apply(sent)
		}},
		{"certified-p2-countersigned", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(Draft(), Ink{By: l.Ours, Permits: 2})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: l.Supplier, Boxes: []Box{seal(1, 300, 300)}})
		}},
		{"certified-p3-commented", passed, "", "annotation", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(Draft(), Ink{By: l.Ours, Permits: 3})
			if err != nil {
				return nil, err
			}
			return Patch{Objects: map[int]string{draftPage + 1: pageBody(6, "{0}")}, New: []string{freeText}}.Apply(out)
		}},
	})
}

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
