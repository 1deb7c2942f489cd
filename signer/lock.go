package signer

import (
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Certify is what a certification lets others do afterwards (ISO 32000-2, 12.8.2.2.2, Table 257, /P).
type Certify int

// The levels of a certification.
const (
	CertifyNone        Certify = 0 // No certification: any client can countersign.
	CertifyFinal       Certify = 1 // Nothing may change: nobody can countersign.
	CertifyForms       Certify = 2 // Forms may be filled and signatures added.
	CertifyAnnotations Certify = 3 // The same, and comments.
)

// LockAction says how the fields of a Lock are meant.
type LockAction string

// The actions (ISO 32000-2, Table 236).
const (
	LockAll     LockAction = "All"
	LockInclude LockAction = "Include" // Those that are named.
	LockExclude LockAction = "Exclude" // All but those that are named.
)

// Lock names fields that our signature forbids to change afterwards.
type Lock struct {
	Action LockAction
	Fields []string // Full names; with LockAll none.
}

// covers reports whether a field is locked; a name stands for what is below it, too.
func (l *Lock) covers(field string) bool {
	named := slices.ContainsFunc(l.Fields, func(name string) bool { return field == name || strings.HasPrefix(field, name+".") })
	return l.Action == LockAll || l.Action == LockInclude && named || l.Action == LockExclude && !named
}

func (l *Lock) dict(kind pdf.Name) pdf.Dict {
	d := pdf.Dict{"Type": kind, "Action": pdf.Name(l.Action)}
	if l.Action != LockAll {
		names := pdf.Array{}
		for _, name := range l.Fields {
			names = append(names, pdf.TextString(name))
		}
		d["Fields"] = names
	}
	return d
}

// checkPromises refuses certifications and locks that there are not.
func (r Request) checkPromises() error {
	if r.Certify < CertifyNone || r.Certify > CertifyAnnotations {
		return fmt.Errorf("%w: a certification at level %d; there are 1, 2 and 3", workflow.ErrUsage, r.Certify)
	}
	if r.Lock == nil {
		return nil
	}
	switch r.Lock.Action {
	case LockAll:
		if len(r.Lock.Fields) > 0 {
			return fmt.Errorf("%w: a lock of all fields names some", workflow.ErrUsage)
		}
	case LockInclude, LockExclude:
		if len(r.Lock.Fields) == 0 || slices.Contains(r.Lock.Fields, "") {
			return fmt.Errorf("%w: a lock that names no field", workflow.ErrUsage)
		}
	default:
		return fmt.Errorf("%w: a lock with the action %q", workflow.ErrUsage, r.Lock.Action)
	}
	return nil
}

// ownLock is the /Lock of our new field; the prepared one keeps its own.
func (a *act) ownLock() pdf.Dict {
	if a.request.Lock == nil {
		return nil
	}
	return a.request.Lock.dict("SigFieldLock")
}

// references says what the signature promises about later changes (ISO 32000-2, 12.8.2).
func (a *act) references(file *pdf.File, m planned) pdf.Array {
	var all pdf.Array
	if a.request.Certify != CertifyNone && len(a.result.Signatures) == 0 {
		all = append(all, transform("DocMDP", pdf.Dict{"Type": pdf.Name("TransformParams"), "V": pdf.Name("1.2"), "P": pdf.Integer(a.request.Certify)}))
	}
	if m.field != nil && m.field.lock != nil {
		all = append(all, m.field.reference(file.Last().Root()))
	}
	if a.request.Lock != nil {
		parameters := a.request.Lock.dict("TransformParams")
		parameters["V"] = pdf.Name("1.2")
		reference := transform("FieldMDP", parameters)
		reference["Data"] = file.Last().Root() // ISO 32000-2, Table 256: required for FieldMDP.
		all = append(all, reference)
	}
	return all
}

func transform(method pdf.Name, parameters pdf.Dict) pdf.Dict {
	return pdf.Dict{"Type": pdf.Name("SigRef"), "TransformMethod": method, "TransformParams": parameters}
}

// promise checks that nobody's right is taken by our signature in the field name, and that no earlier lock forbids it. A
// certification is entered into the catalog.
func (a *act) promise(file *pdf.File, u *pdf.Update, name string, value pdf.Ref) error {
	fields, err := file.Last().Fields()
	if err != nil {
		return blame(err)
	}
	for _, f := range fields {
		if err := permits(file.Last(), f, name); err != nil {
			return err
		}
		if f.Type == "Sig" && f.Value == nil && f.Name != name {
			if err := a.leaves(f.Name); err != nil {
				return err
			}
		}
	}
	if a.request.Certify == CertifyNone || len(a.result.Signatures) > 0 {
		return nil
	}
	return a.certify(file, u, fields, value)
}

// leaves refuses a promise that would keep another from signing in the field prepared for it.
func (a *act) leaves(field string) error {
	if a.request.Certify != CertifyFinal && (a.request.Lock == nil || !a.request.Lock.covers(field)) {
		return nil
	}
	err := fmt.Errorf("%w: nobody could sign in the empty field %q any more", workflow.ErrPolicy, field)
	return workflow.WithHint(err, "certify at level 2, or leave the field out of the lock: --lock exclude:"+field)
}

// certify makes the signature the document's certification (ISO 32000-2, 12.8.6): at most one, and the first.
func (a *act) certify(file *pdf.File, u *pdf.Update, fields []pdf.Field, value pdf.Ref) error {
	for _, f := range fields {
		if f.Type == "Sig" && f.Value != nil {
			err := fmt.Errorf("%w: the field %q is signed, and only a file's first signature can certify it", workflow.ErrPolicy, f.Name)
			return workflow.WithHint(err, "sign without --certify")
		}
	}
	catalog, err := file.Last().Catalog()
	if err != nil {
		return blame(err)
	}
	perms, err := file.Last().Dict(catalog["Perms"])
	if err != nil {
		return blame(err)
	}
	changed := pdf.Dict{"DocMDP": value}
	for key, o := range perms {
		if key != "DocMDP" {
			changed[key] = o
		}
	}
	return blame(u.SetCatalog(pdf.Dict{"Perms": changed}))
}

// permits refuses the signature in a field that an earlier signature has locked (ISO 32000-2, 12.8.2.4).
func permits(rev *pdf.Revision, f pdf.Field, name string) error {
	if f.Type != "Sig" || f.Value == nil {
		return nil
	}
	signature, err := rev.Dict(f.Value)
	if err != nil {
		return blame(err)
	}
	references, err := rev.Array(signature["Reference"])
	if err != nil {
		return blame(err)
	}
	dictionaries := []pdf.Object{f.Dict["Lock"]}
	for _, o := range references {
		reference, err := rev.Dict(o)
		if err != nil {
			return blame(err)
		}
		if reference.Name("TransformMethod") == "FieldMDP" {
			dictionaries = append(dictionaries, reference["TransformParams"])
		}
	}
	for _, o := range dictionaries {
		lock, err := readLock(rev, o)
		if err != nil {
			return err
		}
		if lock != nil && lock.covers(name) {
			err := fmt.Errorf("%w: the signature in field %q locks the field %q", workflow.ErrPolicy, f.Name, name)
			return workflow.WithHint(err, "ask its signer for a file without that lock, or for a field that it leaves open")
		}
	}
	return nil
}

func readLock(rev *pdf.Revision, o pdf.Object) (*Lock, error) {
	d, err := rev.Dict(o)
	if err != nil || d == nil {
		return nil, blame(err)
	}
	names, err := rev.Array(d["Fields"])
	if err != nil {
		return nil, blame(err)
	}
	lock := &Lock{Action: LockAction(d.Name("Action"))}
	for _, o := range names {
		name, err := rev.Resolve(o)
		if err != nil {
			return nil, blame(err)
		}
		lock.Fields = append(lock.Fields, pdf.Text(name))
	}
	return lock, nil
}
