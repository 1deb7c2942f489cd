package signer

import (
	"fmt"
	"maps"
	"strings"

	"contractd/signer/cms"
	"contractd/signer/pdf"
)

// Private keys of our signature dictionaries (ISO 32000-2, Annex E: names with a prefix of their own), for Undo.
const (
	batchKey  pdf.Name = "CTRD_Batch"
	beforeKey pdf.Name = "CTRD_Before" // Size of the file that was sealed.
)

// Flags of annotations (ISO 32000-2, Table 167): a mark prints as it shows, and is not moved by accident.
const (
	widgetFlags  = 4 | 128            // Print, Locked.
	coveredFlags = 4 | 64 | 128 | 512 // Print, ReadOnly, Locked, LockedContents.
)

// composed is an update that lacks only its signature.
type composed struct {
	tail  *pdf.Tail
	field string
}

// compose writes one revision over the file as it is by now.
func (a *act) compose(file *pdf.File, r revision) (*composed, error) {
	u := pdf.NewUpdate(file)
	value := u.Add(a.signatureDictionary(file, r.carrier))
	name, err := a.carry(file, u, r.carrier, value)
	if err == nil {
		err = a.promise(file, u, name, value)
	}
	if err != nil {
		return nil, err
	}
	for _, m := range r.stamps {
		stamp := pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(coveredFlags)}
		a.show(u, stamp, m)
		if err := u.AppendAnnots(m.page.Ref, u.Add(stamp)); err != nil {
			return nil, blame(err)
		}
	}
	if err := u.SetSigFlags(3); err != nil { // ISO 32000-2, Table 225: SignaturesExist, AppendOnly.
		return nil, blame(err)
	}
	if err := settleAppearances(file.Last(), u); err != nil {
		return nil, blame(err)
	}
	tail, err := u.Build()
	if err != nil {
		return nil, blame(err)
	}
	return &composed{tail, name}, nil
}

// carry gives the signature its field: a prepared one, or a new one.
func (a *act) carry(file *pdf.File, u *pdf.Update, m planned, value pdf.Ref) (string, error) {
	if m.field != nil {
		return m.field.name, blame(a.fill(u, m, value))
	}
	name, err := freeName(file.Last())
	if err != nil {
		return "", err
	}
	page := m.page
	if m.look == nil {
		pages, err := file.Last().Pages()
		if err != nil {
			return "", blame(err)
		}
		if len(pages) == 0 {
			return "", outOfRange(1, 0)
		}
		page = pages[0]
	}
	widget := pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(name),
		"F": pdf.Integer(widgetFlags), "P": page.Ref, "Rect": pdf.Rect{}.Array(), "V": value,
	}
	if m.look != nil {
		a.show(u, widget, m)
	}
	if lock := a.ownLock(); lock != nil {
		widget["Lock"] = u.Add(lock)
	}
	field := u.Add(widget)
	if err := u.AppendAnnots(page.Ref, field); err != nil {
		return "", blame(err)
	}
	return name, blame(u.AppendFields(field))
}

// show gives an annotation its place and its appearance.
func (a *act) show(u *pdf.Update, annotation pdf.Dict, m planned) {
	annotation["P"] = m.page.Ref
	annotation["Rect"] = m.rect().Array()
	annotation["AP"] = pdf.Dict{"N": m.look.add(u, m.page, a.known)}
}

// fill puts signature and appearance into a prepared field. /Rect stays.
func (a *act) fill(u *pdf.Update, m planned, value pdf.Ref) error {
	set := func(ref pdf.Ref, values pdf.Dict) error {
		o, err := u.Get(ref)
		if err != nil {
			return err
		}
		d, _ := o.(pdf.Dict) // The planner has seen that it is one.
		changed := d.Clone()
		maps.Copy(changed, values)
		u.Set(ref, changed)
		return nil
	}
	if err := set(m.field.ref, pdf.Dict{"V": value}); err != nil || m.look == nil {
		return err
	}
	return set(m.field.widget, pdf.Dict{"AP": pdf.Dict{"N": m.look.add(u, m.page, a.known)}, "F": m.field.flags()})
}

// freeName finds a name that no field has, nor any ancestor of one.
func freeName(rev *pdf.Revision) (string, error) { return freeNamed(rev, "Seal") }

func freeNamed(rev *pdf.Revision, stem string) (string, error) {
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
		if name := fmt.Sprintf("%s%d", stem, n); !taken[name] {
			return name, nil
		}
	}
}

func (a *act) signatureDictionary(file *pdf.File, m planned) pdf.Dict {
	r := a.request
	d := pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("adbe.pkcs7.detached"),
		"ByteRange": pdf.ByteRangeSlot{}, "Contents": pdf.Reserved{Bytes: a.reserved},
		"M":      pdf.String{Value: []byte(pdfDate(r.Time))},
		batchKey: pdf.TextString(r.BatchID), beforeKey: pdf.Integer(file.Size()),
	}
	switch r.Profile {
	case cms.CAdES:
		d["SubFilter"] = pdf.Name("ETSI.CAdES.detached")
	case cms.GMT0010:
		d["Filter"], d["SubFilter"] = pdf.Name("DJ.GMPkiLite"), pdf.Name("GM.sm2cms.detached")
	}
	if references := a.references(file, m); len(references) > 0 {
		d["Reference"] = references
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
