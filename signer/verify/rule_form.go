package verify

import (
	"cmp"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// formRule compares the AcroForm dictionary. ISO 32000-2, 12.7.3.
func (w *walk) formRule(before, after pdf.Dict) error {
	old, err := w.old.Dict(before["AcroForm"])
	if err != nil {
		return err
	}
	new, err := w.new.Dict(after["AcroForm"])
	if err != nil {
		return err
	}
	at := place{reason: workflow.ReasonFormChanged, path: "/AcroForm"}
	if old != nil && new == nil {
		w.differ(at, "the form was removed")
		return nil
	}
	for _, key := range keysOf(old, new) {
		if err := w.formKey(key, old[key], new[key], at.at("/"+string(key))); err != nil {
			return err
		}
	}
	return w.leftFields()
}

// leftFields compares what the lists did not lead to: fields below ones that are no objects of their own, or that have
// widgets beside fields.
func (w *walk) leftFields() error {
	var refs []pdf.Ref
	for ref := range w.oldForm {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b pdf.Ref) int { return cmp.Compare(a.Number, b.Number) })
	for _, ref := range refs {
		if err := w.fieldRule(ref, place{reason: workflow.ReasonFormChanged, path: "field " + ref.String()}); err != nil {
			return err
		}
	}
	for widget, old := range w.widgets {
		if !old || w.judged[widget] {
			continue
		}
		before, err := w.old.Dict(widget)
		if err != nil {
			return err
		}
		after, err := w.new.Dict(widget)
		if err != nil {
			return err
		}
		w.dictsBut(before, after, place{reason: workflow.ReasonFormChanged, path: "widget " + widget.String()})
	}
	return nil
}

func (w *walk) formKey(key pdf.Name, old, new pdf.Object, at place) error {
	switch key {
	case "Fields":
		return w.fieldLists(old, new, at, true)
	case "DR":
		return w.grown(old, new, at, 2)
	case "SigFlags", "DA", "Q", "NeedAppearances":
		return w.formDefault(key, old, new, at)
	case "XFA":
		at.reason = workflow.ReasonStructure
	}
	w.same(old, new, at)
	return nil
}

// formDefault lets the flags that signing sets, and the defaults for new fields, change.
func (w *walk) formDefault(key pdf.Name, old, new pdf.Object, at place) error {
	equal, err := w.equal(old, new, at)
	if err != nil || equal {
		return err
	}
	value, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	switch v := value.(type) {
	case pdf.Integer:
		if key == "SigFlags" && v >= 0 && v <= 3 || key == "Q" && v >= 0 && v <= 2 {
			return nil
		}
	case pdf.String:
		if key == "DA" {
			return nil
		}
	case pdf.Bool:
		if key == "NeedAppearances" {
			if v {
				// Viewers will draw the fields anew: what is seen is no longer what was signed.
				w.allow(workflow.ChangeForm, workflow.ReasonFormChanged, at, "")
			}
			return nil
		}
	case nil:
		if key == "NeedAppearances" || key == "Q" || key == "DA" {
			return nil
		}
	}
	w.differ(at, "%s in place of %s", kindOf(value), kindOf(old))
	return nil
}

// grown lets a dictionary of dictionaries take new entries and keeps the old ones, so many levels deep.
func (w *walk) grown(old, new pdf.Object, at place, levels int) error {
	if levels == 0 {
		w.same(old, new, at)
		return nil
	}
	before, err := w.old.Resolve(old)
	if err != nil {
		return err
	}
	after, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	from, ok1 := before.(pdf.Dict)
	to, ok2 := after.(pdf.Dict)
	if before != nil && !ok1 || !ok2 {
		w.same(old, new, at)
		return nil
	}
	at.drawn = true
	for _, key := range keysOf(from, to) {
		inner := at.at("/" + string(key))
		if !from.Has(key) {
			if err := w.harmless(to[key], inner); err != nil {
				return err
			}
			continue
		}
		if err := w.grown(from[key], to[key], inner, levels-1); err != nil {
			return err
		}
	}
	return nil
}
