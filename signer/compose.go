package signer

import (
	"fmt"
	"strings"

	"contractd/signer/cms"
	"contractd/signer/pdf"
)

// Private keys of our signature dictionaries (ISO 32000-2, Annex E: names with a prefix of their own), for Undo.
const (
	batchKey  pdf.Name = "CTRD_Batch"
	beforeKey pdf.Name = "CTRD_Before" // Size of the file that was sealed.
)

// widgetFlags are Print and Locked (ISO 32000-2, Table 167): a mark prints as it shows, and is not moved by accident.
const widgetFlags = 4 | 128

// composed is an update that lacks only its signature.
type composed struct {
	tail  *pdf.Tail
	field string
	marks []Mark
}

func (s *Sealer) compose(file *pdf.File, r Request, reserved int) (*composed, error) {
	seal := r.Seals[0]
	page, err := choosePage(file, seal)
	if err != nil {
		return nil, err
	}
	name, err := freeName(file.Last())
	if err != nil {
		return nil, err
	}
	u := pdf.NewUpdate(file)
	widget := pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(name),
		"F": pdf.Integer(widgetFlags), "P": page.Ref, "Rect": pdf.Rect{}.Array(),
		"V": u.Add(signatureDictionary(file, r, reserved)),
	}
	var marks []Mark
	if seal.Kind != Invisible {
		if err := s.stamp(u, widget, page, seal); err != nil {
			return nil, err
		}
		marks = []Mark{{Field: name, Page: page.Number, X: seal.X, Y: seal.Y}}
	}
	tail, err := attach(file, u, page, widget)
	if err != nil {
		return nil, blame(err)
	}
	return &composed{tail, name, marks}, nil
}

func (s *Sealer) stamp(u *pdf.Update, widget pdf.Dict, page pdf.Page, seal Seal) error {
	m, err := s.layOut(seal)
	if err != nil {
		return err
	}
	rect, err := m.place(page, seal.X, seal.Y)
	if err != nil {
		return err
	}
	widget["Rect"] = rect.Array()
	widget["AP"] = pdf.Dict{"N": m.add(u, page)}
	return nil
}

// attach hangs the field into page and form. ISO 32000-2, Table 225: SignaturesExist and AppendOnly.
func attach(file *pdf.File, u *pdf.Update, page pdf.Page, widget pdf.Dict) (*pdf.Tail, error) {
	field := u.Add(widget)
	if err := u.AppendAnnots(page.Ref, field); err != nil {
		return nil, err
	}
	if err := u.AppendFields(field); err != nil {
		return nil, err
	}
	if err := u.SetSigFlags(3); err != nil {
		return nil, err
	}
	if err := settleAppearances(file.Last(), u); err != nil {
		return nil, err
	}
	return u.Build()
}

func choosePage(file *pdf.File, seal Seal) (pdf.Page, error) {
	pages, err := file.Last().Pages()
	if err != nil {
		return pdf.Page{}, blame(err)
	}
	if seal.Kind == Invisible {
		seal.Pages = FirstPage
	}
	numbers, err := seal.Pages.Of(len(pages))
	if err != nil {
		return pdf.Page{}, err
	}
	return pages[numbers[0]-1], nil
}

// freeName finds a name that no field has, nor any ancestor of one.
func freeName(rev *pdf.Revision) (string, error) {
	fields, err := rev.Fields()
	if err != nil {
		return "", blame(err)
	}
	taken := make(map[string]bool, len(fields))
	for _, f := range fields {
		root, _, _ := strings.Cut(f.Name, ".")
		taken[root] = true
	}
	for n := 1; ; n++ {
		if name := fmt.Sprintf("Seal%d", n); !taken[name] {
			return name, nil
		}
	}
}

func signatureDictionary(file *pdf.File, r Request, reserved int) pdf.Dict {
	d := pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("adbe.pkcs7.detached"),
		"ByteRange": pdf.ByteRangeSlot{}, "Contents": pdf.Reserved{Bytes: reserved},
		"M":      pdf.String{Value: []byte(pdfDate(r.Time))},
		batchKey: pdf.TextString(r.BatchID), beforeKey: pdf.Integer(file.Size()),
	}
	if r.Profile == cms.CAdES {
		d["SubFilter"] = pdf.Name("ETSI.CAdES.detached")
	}
	for key, text := range map[pdf.Name]string{
		"Name": r.Name, "Reason": r.Reason, "Location": r.Location, "ContactInfo": r.Contact,
	} {
		if text != "" {
			d[key] = pdf.TextString(text)
		}
	}
	return d
}
