package pdf

import (
	"fmt"
	"maps"
)

// AppendAnnots appends annotations to /Annots of a page. The array alone is
// changed where it is an object of its own, else the page.
func (u *Update) AppendAnnots(page Ref, annots ...Ref) error {
	d, err := u.dict(page)
	if err != nil {
		return fmt.Errorf("annotate page %s: %w", page, err)
	}
	changed, err := u.appended(d, "Annots", annots)
	if err == nil && changed != nil {
		u.Set(page, changed)
	}
	return err
}

// appended appends refs to the array under key of d. It returns the changed
// copy of d, or nil if only the array, as an object of its own, was changed.
func (u *Update) appended(d Dict, key Name, refs []Ref) (Dict, error) {
	o, err := u.Resolve(d[key])
	if err != nil {
		return nil, err
	}
	old, ok := o.(Array)
	if !ok && o != nil {
		return nil, damaged("/%s is not an array", string(key))
	}
	list := make(Array, len(old), len(old)+len(refs))
	copy(list, old)
	for _, r := range refs {
		list = append(list, r)
	}
	if ref, ok := u.lastRef(d[key]); ok && o != nil {
		u.Set(ref, list)
		return nil, nil
	}
	changed := Dict{key: list}
	for k, v := range d {
		if k != key {
			changed[k] = v
		}
	}
	return changed, nil
}

// lastRef returns the reference by which o's value is reached directly; false if
// o is no reference.
func (u *Update) lastRef(o Object) (Ref, bool) {
	ref, ok := o.(Ref)
	for range maxChain {
		if !ok {
			return ref, false
		}
		next, err := u.Get(ref)
		if err != nil {
			return ref, false
		}
		further, more := next.(Ref)
		if !more {
			return ref, true
		}
		ref = further
	}
	return ref, false
}

// form returns the AcroForm dictionary, and what puts a changed one in place: in
// the catalog if it is direct there. A missing form becomes an object of its
// own, so that the next signature need not change the catalog.
func (u *Update) form() (form Dict, put func(Dict), err error) {
	root := u.base.Root()
	cat, err := u.dict(root)
	if err != nil {
		return nil, nil, fmt.Errorf("read catalog: %w", err)
	}
	o, err := u.Resolve(cat["AcroForm"])
	if err != nil {
		return nil, nil, err
	}
	form, ok := o.(Dict)
	if !ok && o != nil {
		return nil, nil, damaged("/AcroForm is not a dictionary")
	}
	ref, indirect := u.lastRef(cat["AcroForm"])
	return form, func(d Dict) {
		switch {
		case indirect && o != nil:
			u.Set(ref, d)
		case o != nil:
			u.setKeys(root, cat, Dict{"AcroForm": d})
		default:
			u.setKeys(root, cat, Dict{"AcroForm": u.Add(d)})
		}
	}, nil
}

func (u *Update) setKeys(ref Ref, d, values Dict) {
	d = maps.Clone(d)
	maps.Copy(d, values)
	u.Set(ref, d)
}

// AppendFields appends fields to the form, making one where there is none.
func (u *Update) AppendFields(fields ...Ref) error {
	form, put, err := u.form()
	if err != nil {
		return fmt.Errorf("append fields: %w", err)
	}
	changed, err := u.appended(form, "Fields", fields)
	if err != nil {
		return fmt.Errorf("append fields: %w", err)
	}
	if changed != nil {
		put(changed)
	}
	return nil
}

// SetForm sets keys of the AcroForm dictionary; a null value removes the key.
func (u *Update) SetForm(values Dict) error {
	form, put, err := u.form()
	if err != nil {
		return fmt.Errorf("set keys of the form: %w", err)
	}
	changed := Dict{}
	if form == nil {
		form = Dict{"Fields": Array{}}
	}
	maps.Copy(changed, form)
	maps.Copy(changed, values)
	if !Equal(changed, form) {
		put(changed)
	}
	return nil
}

// SetSigFlags sets further bits of the form's /SigFlags: 1 SignaturesExist, 2
// AppendOnly. ISO 32000-2, Table 225.
func (u *Update) SetSigFlags(bits int) error {
	form, _, err := u.form()
	if err != nil {
		return fmt.Errorf("set /SigFlags: %w", err)
	}
	o, err := u.Resolve(form["SigFlags"])
	if err != nil {
		return fmt.Errorf("set /SigFlags: %w", err)
	}
	old, _ := o.(Integer)
	if old|Integer(bits) == old && o != nil {
		return nil
	}
	return u.SetForm(Dict{"SigFlags": old | Integer(bits)})
}

// SetCatalog sets keys of the catalog; a null value removes the key.
func (u *Update) SetCatalog(values Dict) error {
	root := u.base.Root()
	cat, err := u.dict(root)
	if err != nil {
		return fmt.Errorf("set keys of the catalog: %w", err)
	}
	u.setKeys(root, cat, values)
	return nil
}
