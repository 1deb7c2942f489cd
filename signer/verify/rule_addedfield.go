package verify

import (
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// addedKeys are what a new signature field may say; ISO 32000-2, tables 166, 226 and 234.
var addedKeys = []pdf.Name{"Type", "Subtype", "FT", "T", "TU", "TM", "V", "Rect", "F", "Ff", "P", "AP", "AS", "MK", "M", "NM",
	"BS", "Border", "DA", "Q", "DR", "H", "C", "StructParent", "Kids", "Lock", "SV", "Lang", "Contents", "CTRD_Batch", "CTRD_Before"} // The last two are ours.

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
	w.widgetKeys(dict, at)
	if err := w.markWords(dict, w.signatureOf(field), at); err != nil {
		return err
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
	kids, err := w.new.Array(field.Dict["Kids"])
	if err != nil {
		return err
	}
	if field.Dict.Has("Kids") && len(kids) != len(field.Widgets) {
		w.differ(at, "it holds more than widgets")
	}
	for _, widget := range field.Widgets {
		if widget != field.Ref && w.existed(widget) {
			w.differ(at, "its widget %s was something else", widget)
		}
		if widget == field.Ref {
			w.marks[widget] = &mark{ref: widget, by: signed, kind: markWidget}
			continue
		}
		dict, err := w.new.Dict(widget)
		if err != nil {
			return err
		}
		w.widgetKeys(dict, at)
		if err := w.markWords(dict, signed, at); err != nil {
			return err
		}
		if dict.Has("Parent") && dict["Parent"] != pdf.Object(field.Ref) {
			w.differ(at, "its widget %s belongs to another field", widget)
		}
		w.marks[widget] = &mark{ref: widget, by: signed, kind: markWidget}
	}
	return nil
}

// widgetKeys wants of a new widget only what marks need. Clients have keys of their own, which no viewer acts on: these
// are for a person to look at.
func (w *walk) widgetKeys(dict pdf.Dict, at place) {
	for _, key := range keysOf(dict) {
		inner := at.at("/" + string(key))
		switch {
		case slices.Contains(addedKeys, key), key == "Parent", key == "DV" && pdf.Equal(dict["DV"], dict["V"]):
			continue
		case key == "A", key == "AA", key == "PA":
			inner.reason = workflow.ReasonActive
		case key == "OC":
			inner.reason = workflow.ReasonMarkHidden
		default:
			inner.reason, inner.level = workflow.ReasonUnexplained, workflow.ChangeUnexplained
		}
		w.differ(inner, "the key is not one of a mark")
	}
}
