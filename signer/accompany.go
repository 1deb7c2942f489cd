package signer

import (
	"fmt"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// claim is what a revision's private keys say about the sealing act that wrote it.
type claim struct {
	batch  string
	before int64
}

// accompanying returns the claim of a revision that only accompanies a seal: long-term material, a document timestamp,
// empty fields for others, a stamped QR code. Nobody signed the claim. So whatever else the revision did is refused with
// workflow.ErrPolicy, above all a signature: a claim must not make another's work look like part of a batch.
func accompanying(last *pdf.Revision) (claim, error) {
	a := accompaniment{old: last.Prev, new: last, fields: map[pdf.Ref]bool{}}
	for _, step := range []func() error{a.catalog, a.form, a.pages, a.rewritten} {
		if err := step(); err != nil {
			return claim{}, err
		}
	}
	if len(a.claims) == 0 {
		return claim{}, strange("nothing in it says whose it is")
	}
	for _, other := range a.claims {
		if other != a.claims[0] {
			return claim{}, strange("it says that it belongs to several sealing acts")
		}
	}
	return a.claims[0], nil
}

// accompaniment compares a revision with the one before.
type accompaniment struct {
	old, new *pdf.Revision
	claims   []claim
	fields   map[pdf.Ref]bool // Of the form's new fields, each looked at.
	allowed  []pdf.Object     // References to what may be written anew.
}

func strange(format string, args ...any) error {
	return fmt.Errorf("%w: the last revision does not only accompany a seal: %s", workflow.ErrPolicy, fmt.Sprintf(format, args...))
}

// claimed keeps what a dictionary's private keys say, and reports whether they say anything.
func (a *accompaniment) claimed(d pdf.Dict) bool {
	before, ok := d[beforeKey].(pdf.Integer)
	batch := pdf.Text(d[batchKey])
	if !ok || batch == "" {
		return false
	}
	a.claims = append(a.claims, claim{batch, int64(before)})
	return true
}

// may lets objects be written anew under their old numbers.
func (a *accompaniment) may(objects ...pdf.Object) { a.allowed = append(a.allowed, objects...) }

// catalog lets only the long-term material, the form and the developer extensions change.
func (a *accompaniment) catalog() error {
	before, err := a.old.Catalog()
	if err != nil {
		return blame(err)
	}
	after, err := a.new.Catalog()
	if err != nil {
		return blame(err)
	}
	if !sameBut(before, after, "DSS", "AcroForm", "Extensions") || a.old.Root() != a.new.Root() {
		return strange("it changes the catalog")
	}
	a.may(a.old.Root(), before["AcroForm"], before["DSS"])
	return a.material(before, after)
}

// material allows /DSS to change, as long as it is nothing else (ISO 32000-2, 12.8.4.3).
func (a *accompaniment) material(before, after pdf.Dict) error {
	if pdf.Equal(before["DSS"], after["DSS"]) && !slices.Contains(a.new.Changed(), refOf(after["DSS"])) {
		return nil
	}
	for _, at := range []struct {
		rev   *pdf.Revision
		value pdf.Object
	}{{a.old, before["DSS"]}, {a.new, after["DSS"]}} {
		dss, err := at.rev.Dict(at.value)
		if err != nil {
			return blame(err)
		}
		for key := range dss {
			if !slices.Contains([]pdf.Name{"Type", "Certs", "OCSPs", "CRLs", "VRI", batchKey, beforeKey}, key) {
				return strange("/DSS holds /%s", key)
			}
		}
		a.may(dss["Certs"], dss["OCSPs"], dss["CRLs"], dss["VRI"])
		if at.rev == a.new {
			a.claimed(dss)
		}
	}
	return nil
}

// form lets the form gain fields: those that are signed by a timestamp authority, and empty ones of ours.
func (a *accompaniment) form() error {
	before, err := a.old.Form()
	if err != nil {
		return blame(err)
	}
	after, err := a.new.Form()
	if err != nil {
		return blame(err)
	}
	if !sameBut(before, after, "Fields", "SigFlags") {
		return strange("it changes the form")
	}
	a.may(before["Fields"])
	added, err := a.added(before["Fields"], after["Fields"])
	if err != nil {
		return err
	}
	for _, ref := range added {
		if err := a.field(ref); err != nil {
			return err
		}
		a.fields[ref] = true
	}
	return nil
}

func (a *accompaniment) field(ref pdf.Ref) error {
	field, err := a.new.Dict(ref)
	if err != nil {
		return blame(err)
	}
	value, err := a.new.Dict(field["V"])
	if err != nil {
		return blame(err)
	}
	switch {
	case field.Name("FT") != "Sig" || field.Has("Kids"):
	case field["V"] == nil && a.claimed(field), value.Name("SubFilter") == "ETSI.RFC3161" && a.claimed(value):
		return nil
	}
	return strange("it adds the field %q", pdf.Text(field["T"]))
}

// added returns what an array of references has at its end that it had not before.
func (a *accompaniment) added(old, new pdf.Object) ([]pdf.Ref, error) {
	before, err := a.old.Array(old)
	if err != nil {
		return nil, blame(err)
	}
	after, err := a.new.Array(new)
	if err != nil {
		return nil, blame(err)
	}
	if len(after) < len(before) || !pdf.Equal(before, after[:len(before)]) {
		return nil, strange("it takes fields or annotations away")
	}
	var refs []pdf.Ref
	for _, o := range after[len(before):] {
		ref, ok := o.(pdf.Ref)
		if _, there := a.old.Entry(ref); !ok || there {
			return nil, strange("it shows what was there before")
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func refOf(o pdf.Object) pdf.Ref {
	ref, _ := o.(pdf.Ref)
	return ref
}

// sameBut compares dictionaries but for some keys.
func sameBut(a, b pdf.Dict, except ...pdf.Name) bool {
	rest := func(d pdf.Dict) pdf.Dict {
		kept := pdf.Dict{}
		for key, value := range d {
			if !slices.Contains(except, key) {
				kept[key] = value
			}
		}
		return kept
	}
	return pdf.Equal(rest(a), rest(b))
}
