package verify

import (
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// addedKeys are what a new signature field may say; ISO 32000-2, tables 166, 226 and 234.
var addedKeys = []pdf.Name{"Type", "Subtype", "FT", "T", "TU", "TM", "V", "Rect", "F", "Ff", "P", "AP", "AS", "MK", "M", "NM",
	"BS", "Border", "DA", "Q", "DR", "H", "C", "StructParent", "Kids", "Lock", "SV", "Lang"}

// addedField judges a field that came later: a signature field under a name of its own, filled by a signature that
// covers it, or empty and then without anything to see.
func (w *walk) addedField(ref pdf.Ref, at place) error {
	dict, err := w.new.Dict(ref)
	if err != nil {
		return err
	}
	field, ok := w.newForm[ref]
	at.path = "new field " + ref.String()
	kind, err := w.new.Resolve(dict["FT"])
	if err != nil {
		return err
	}
	if !ok || kind != pdf.Object(pdf.Name("Sig")) || dict.Has("Parent") || field.Name == "" {
		w.differ(at, "it is no signature field of its own")
		return nil
	}
	if w.names[field.Name] {
		w.differ(at, "its name %q is taken", field.Name)
		return nil
	}
	w.names[field.Name] = true
	for _, key := range keysOf(dict) {
		if !slices.Contains(addedKeys, key) {
			w.differ(activeAt(key, at), "it has /%s", key)
		}
	}
	return w.addedMarks(field, at)
}

// addedMarks makes the widgets of a new field known to the pages' rule.
func (w *walk) addedMarks(field pdf.Field, at place) error {
	signed := w.signatureOf(field)
	value, err := w.new.Resolve(field.Value)
	if err != nil {
		return err
	}
	level := workflow.ChangeSigning
	switch {
	case value != nil && signed == nil:
		at.reason = workflow.ReasonSharedValue
		w.differ(at, "its value is an earlier signature")
		return nil
	case signed != nil && signed.timestamp():
		level = workflow.ChangeLTA
	}
	w.allow(level, workflow.ReasonFormChanged, at, field.Name)
	for _, widget := range field.Widgets {
		if widget == field.Ref {
			w.marks[widget] = &mark{ref: widget, by: signed, kind: markWidget}
			continue
		}
		dict, err := w.new.Dict(widget)
		if err != nil {
			return err
		}
		for _, key := range keysOf(dict) {
			if !slices.Contains(addedKeys, key) && key != "Parent" {
				w.differ(activeAt(key, at), "its widget %s has /%s", widget, key)
			}
		}
		w.marks[widget] = &mark{ref: widget, by: signed, kind: markWidget}
	}
	return nil
}

// activeAt names what a forbidden key of a widget means.
func activeAt(key pdf.Name, at place) place {
	switch key {
	case "A", "AA", "PA":
		at.reason = workflow.ReasonActive
	case "OC":
		at.reason = workflow.ReasonMarkHidden
	}
	return at
}
