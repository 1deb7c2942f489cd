package verify

import (
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Keys of a field or widget that a client writes when it fills the field in (ISO 32000-2, tables 166, 191, 226).
var (
	fillKeys = []pdf.Name{"V", "AP", "AS", "DA", "Q", "I", "MK", "M"}
	fillable = []pdf.Name{"Tx", "Ch", "Btn"}
	signKeys = []pdf.Name{"V", "AP", "AS", "DA", "Q", "MK", "M", "NM", "BS", "Border", "P", "StructParent", "CTRD_Batch", "CTRD_Before"} // The last two are ours; a client may drop them.
)

// fieldRule compares one field that was there before, with its widgets or the fields below it.
func (w *walk) fieldRule(ref pdf.Ref, at place) error {
	before, err := w.old.Dict(ref)
	if err != nil {
		return err
	}
	after, err := w.new.Dict(ref)
	if err != nil {
		return err
	}
	if w.judged[ref] {
		return nil
	}
	w.judged[ref] = true
	old, terminal := w.oldForm[ref]
	new := w.newForm[ref]
	if !terminal {
		w.dictsBut(before, after, at, "Kids")
		return w.fieldLists(before["Kids"], after["Kids"], at.at("/Kids"), false)
	}
	at.path = "field " + old.Name
	f := &fieldChange{walk: w, old: old, new: new, at: at}
	if err := f.judgeValue(); err != nil {
		return err
	}
	if err := f.keys(ref, before, after); err != nil {
		return err
	}
	w.sameKids(before["Kids"], after["Kids"], at)
	for _, widget := range old.Widgets {
		if widget == ref {
			continue
		}
		if err := f.widget(widget); err != nil {
			return err
		}
	}
	return nil
}

// sameKids compares a terminal field's list of widgets, which are compared by the field's own rule.
func (w *walk) sameKids(old, new pdf.Object, at place) {
	before, err1 := w.old.Array(old)
	after, err2 := w.new.Array(new)
	if err1 != nil || err2 != nil || !slices.EqualFunc(before, after, func(a, b pdf.Object) bool {
		x, ok1 := a.(pdf.Ref)
		y, ok2 := b.(pdf.Ref)
		return ok1 && ok2 && x == y
	}) {
		// verification.md, 4: further widgets of a field are accepted only from before its signature.
		w.differ(at.at("/Kids"), "the field has other widgets")
	}
}

// fieldChange is one field in two views.
type fieldChange struct {
	*walk
	old, new pdf.Field
	at       place
	valued   bool       // Its value changed.
	signed   *signature // Fills it in this step.
}

// judgeValue finds out whether the field was filled in, by what.
func (f *fieldChange) judgeValue() error {
	equal, err := f.equal(f.old.Value, f.new.Value, f.at.at("/V"))
	if err != nil {
		return err
	}
	f.valued = !equal
	if equal || f.old.Type != "Sig" {
		return nil
	}
	before, err := f.walk.old.Resolve(f.old.Value)
	if err != nil {
		return err
	}
	after, err := f.walk.new.Resolve(f.new.Value)
	if err != nil {
		return err
	}
	if before == nil && after != nil {
		f.signed = f.signatureOf(f.new)
	}
	return nil
}

// signatureOf finds the signature that a field's value is, among those that came in this step.
func (w *walk) signatureOf(field pdf.Field) *signature {
	for _, s := range w.c.found {
		if s.used[useKey{field.Ref, field.Name}] && s.first.Index > w.old.Index && s.first.Index <= w.new.Index {
			return s
		}
	}
	return nil
}

// widget compares a widget that is an object of its own.
func (f *fieldChange) widget(ref pdf.Ref) error {
	f.judged[ref] = true
	before, err := f.walk.old.Dict(ref)
	if err != nil {
		return err
	}
	after, err := f.walk.new.Dict(ref)
	if err != nil {
		return err
	}
	return f.keys(ref, before, after)
}

// keys compares the dictionary of a field or widget, key by key.
func (f *fieldChange) keys(ref pdf.Ref, before, after pdf.Dict) error {
	touched := false
	for _, key := range keysOf(before, after) {
		at := f.at.at("/" + string(key))
		at.drawn = drawnKeys[key]
		if key == "Kids" {
			continue
		}
		equal, err := f.equal(before[key], after[key], at)
		if err != nil {
			return err
		}
		if equal || key == "Type" && before[key] == nil && after.Name(key) == "Annot" {
			continue
		}
		touched = true
		if !f.explained(key, before, after) {
			f.differ(at, "%s in place of %s", kindOf(after[key]), kindOf(before[key]))
		}
	}
	if !touched {
		return nil
	}
	if f.signed != nil {
		f.marks[ref] = &mark{ref: ref, by: f.signed, kind: markWidget}
		return f.filledMark(ref, before, after)
	}
	f.allow(workflow.ChangeForm, workflow.ReasonFormChanged, f.at, f.old.Name)
	return f.appearance(after)
}

// explained says whether filling the field in explains the change of a key.
func (f *fieldChange) explained(key pdf.Name, before, after pdf.Dict) bool {
	switch {
	case key == "F":
		return f.flagsTightened("F", before, after, 64|128|512) || f.signed != nil && !before.Has("F")
	case key == "Ff":
		return f.flagsTightened("Ff", before, after, 1)
	case !f.valued:
		return false // An appearance that changes without its value says something else than was signed.
	case f.old.Type == "Sig":
		return f.signed != nil && (slices.Contains(signKeys, key) || key == "Rect" && f.vanished(after))
	}
	return slices.Contains(fillable, f.old.Type) && slices.Contains(fillKeys, key)
}

// vanished says whether a widget has no size any more: @libpdf/core and others sign prepared fields without a mark so.
func (f *fieldChange) vanished(after pdf.Dict) bool {
	rect, err := f.walk.new.Rect(after["Rect"])
	return err == nil && rect.Empty()
}

// flagsTightened says whether only bits that lock were set.
func (f *fieldChange) flagsTightened(key pdf.Name, before, after pdf.Dict, allowed pdf.Integer) bool {
	from, ok1 := before[key].(pdf.Integer)
	to, ok2 := after[key].(pdf.Integer)
	return (ok1 || !before.Has(key)) && ok2 && from&^to == 0 && to&^from&^allowed == 0
}

// filledMark judges the widget of a prepared field that was signed. One on no page of the older view is judged where
// the page's list takes it in.
func (f *fieldChange) filledMark(ref pdf.Ref, before, widget pdf.Dict) error {
	f.allow(workflow.ChangeSigning, workflow.ReasonFormChanged, f.at, f.old.Name)
	old, err := f.equal(before["MK"], widget["MK"], f.at)
	if err != nil {
		return err
	}
	if !old {
		if err := f.markWords(pdf.Dict{"MK": widget["MK"]}, f.signed, f.at); err != nil {
			return err
		}
	}
	page, ok := f.pages[ref]
	if !ok {
		return nil
	}
	f.marks[ref].page = page
	return f.markRule(f.marks[ref], widget, f.at)
}

// appearance wants /AP to be what ISO 32000-2, 12.5.5 says.
func (w *walk) appearance(widget pdf.Dict) error {
	if !widget.Has("AP") {
		return nil
	}
	at := place{reason: workflow.ReasonFormChanged, path: "/AP"}
	ap, err := w.new.Resolve(widget["AP"])
	if err != nil {
		return err
	}
	if _, ok := ap.(pdf.Dict); !ok {
		w.differ(at, "the appearance is %s", kindOf(ap))
		return nil
	}
	return w.harmless(ap, at)
}

// bounded wants the normal appearance to be one form with a box: what has none is drawn over the whole page, and one of
// several states shows in some viewers only. ISO 32000-2, 12.5.5 and table 93.
func (w *walk) bounded(widget pdf.Dict) error {
	at := place{reason: workflow.ReasonFormChanged, path: "/AP/N"}
	ap, err := w.new.Dict(widget["AP"])
	if err != nil || ap == nil {
		return err
	}
	normal, err := w.new.Resolve(ap["N"])
	if err != nil {
		return err
	}
	form, ok := normal.(*pdf.Stream)
	if !ok {
		at.reason = workflow.ReasonMarkHidden
		w.differ(at, "the normal appearance is %s", kindOf(normal))
		return nil
	}
	box, err := w.new.Rect(form.Dict["BBox"])
	if err != nil {
		return err
	}
	if box.Empty() {
		w.differ(at, "the appearance has no box")
	}
	return nil
}
