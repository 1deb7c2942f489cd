package verify

import (
	"regexp"

	"contractd/signer/pdf"
	"contractd/workflow"
)

var versionForm = regexp.MustCompile(`^[12]\.[0-9]$`)

// silentCatalogKeys change nothing that is seen on paper.
var silentCatalogKeys = map[pdf.Name]bool{"PieceInfo": true, "PageLayout": true, "PageMode": true, "Lang": true, "MarkInfo": true, "SpiderInfo": true}

// catalogRule compares what no other rule does. ISO 32000-2, 7.7.2.
func (w *walk) catalogRule(before, after pdf.Dict) error {
	for _, key := range keysOf(before, after) {
		at := place{reason: workflow.ReasonStructure, path: "/" + string(key)}
		var err error
		switch key {
		case "Pages", "AcroForm", "DSS", "Metadata", "StructTreeRoot":
			continue
		case "Version":
			err = w.versionRule(before[key], after[key], at)
		case "Extensions":
			err = w.extensionsRule(before[key], after[key], at)
		case "Perms":
			err = w.permsRule(before[key], after[key], at)
		case "OpenAction", "AA", "Names":
			at.reason = workflow.ReasonActive
			w.same(before[key], after[key], at)
		default:
			if silentCatalogKeys[key] {
				err = w.silent(before[key], after[key], at)
				break
			}
			w.same(before[key], after[key], at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) versionRule(old, new pdf.Object, at place) error {
	value, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	name, ok := value.(pdf.Name)
	if !ok || !versionForm.MatchString(string(name)) {
		w.differ(at, "it is %s", kindOf(value))
		return nil
	}
	if equal, err := w.equal(old, new, at); err != nil || equal {
		return err
	}
	w.allow(workflow.ChangeLTA, workflow.ReasonStructure, at, "")
	return nil
}

// extensionsRule lets developer extensions be named; ISO 32000-2, 7.12.
func (w *walk) extensionsRule(old, new pdf.Object, at place) error {
	if equal, err := w.equal(old, new, at); err != nil || equal {
		return err
	}
	before, err := w.old.Dict(old)
	if err != nil {
		return err
	}
	after, err := w.newDict(new, at)
	if err != nil || after == nil {
		return err
	}
	w.allow(workflow.ChangeLTA, workflow.ReasonStructure, at, "")
	for _, key := range keysOf(before, after) {
		inner := at.at("/" + string(key))
		if key == "Type" {
			w.wantName(after[key], "Extensions", inner)
			continue
		}
		if err := w.extension(after[key], inner, 0); err != nil {
			return err
		}
	}
	return nil
}

// extension wants a developer extension dictionary of plain values, or (PDF 2.0) an array of them.
func (w *walk) extension(o pdf.Object, at place, depth int) error {
	value, err := w.new.Resolve(o)
	if err != nil {
		return err
	}
	switch v := value.(type) {
	case pdf.Name, pdf.Integer, pdf.String:
		if depth > 0 {
			return nil
		}
	case pdf.Array:
		for _, e := range v {
			if depth > 0 {
				break
			}
			if err := w.extension(e, at, 0); err != nil {
				return err
			}
		}
		if depth == 0 && len(v) < 16 {
			return nil
		}
	case pdf.Dict:
		if depth > 0 {
			break
		}
		for _, key := range keysOf(v) {
			if err := w.extension(v[key], at.at("/"+string(key)), 1); err != nil {
				return err
			}
		}
		return nil
	}
	w.differ(at, "it is %s", kindOf(value))
	return nil
}

// permsRule lets a first certification be named. Usage rights (UR3) are never added by signing.
func (w *walk) permsRule(old, new pdf.Object, at place) error {
	before, err := w.old.Dict(old)
	if err != nil {
		return err
	}
	after, err := w.newDict(new, at)
	if err != nil || after == nil {
		return err
	}
	for _, key := range keysOf(before, after) {
		inner := at.at("/" + string(key))
		ref, isRef := after[key].(pdf.Ref)
		if key == "DocMDP" && before[key] == nil && isRef {
			for _, s := range w.fresh {
				if s.key == ref {
					return nil // certifications judges whether it may stand here.
				}
			}
		}
		w.same(before[key], after[key], inner)
	}
	return nil
}
