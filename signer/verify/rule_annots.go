package verify

import (
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// annotsRule lets /Annots of a page grow by exactly the new marks. What was there stays, in its order: a later
// annotation is painted over an earlier one.
func (w *walk) annotsRule(old, new pdf.Page, at place) error {
	before, err := w.old.Array(old.Dict["Annots"])
	if err != nil {
		return err
	}
	after, err := w.new.Array(new.Dict["Annots"])
	if err != nil {
		return err
	}
	at = at.at("/Annots")
	added, kept, err := w.subsequence(before, after, at)
	if err != nil {
		return err
	}
	if kept < len(before) {
		at.reason = workflow.ReasonAnnotation
		w.differ(at, "annotation %s was removed or moved", describeObject(before[kept]))
		return nil
	}
	for _, o := range before {
		if err := w.annotRule(o, at); err != nil {
			return err
		}
	}
	for _, o := range added {
		if err := w.addedAnnot(o, new, at); err != nil {
			return err
		}
	}
	return nil
}

// subsequence finds the old elements among the new ones, in order, and returns the rest.
func (w *walk) subsequence(old, new pdf.Array, at place) (added pdf.Array, kept int, err error) {
	for _, o := range new {
		if kept < len(old) {
			same, err := w.sameElement(old[kept], o, at)
			if err != nil {
				return nil, 0, err
			}
			if same {
				kept++
				continue
			}
		}
		added = append(added, o)
	}
	return added, kept, nil
}

// sameElement compares references by number, as annotations and fields have an identity, and direct values by value.
func (w *walk) sameElement(old, new pdf.Object, at place) (bool, error) {
	_, oldIsRef := old.(pdf.Ref)
	_, newIsRef := new.(pdf.Ref)
	if oldIsRef || newIsRef {
		return old == new, nil
	}
	return w.equal(old, new, at)
}

// annotRule compares an annotation that was there before. Widgets of the form are compared with their fields.
func (w *walk) annotRule(o pdf.Object, at place) error {
	ref, ok := o.(pdf.Ref)
	if !ok || w.widgets[ref] {
		return nil
	}
	before, err := w.old.Dict(ref)
	if err != nil {
		return err
	}
	after, err := w.new.Dict(ref)
	if err != nil {
		return err
	}
	at.reason = workflow.ReasonAnnotation
	w.dictsBut(before, after, at.at(" "+ref.String()))
	return nil
}

// markup are the annotations that ISO 32000-2, table 257 lets P = 3 add.
var markup = []pdf.Name{"Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline",
	"Squiggly", "StrikeOut", "Stamp", "Caret", "Ink", "Popup", "Redact"}

// addedAnnot judges an annotation that came later.
func (w *walk) addedAnnot(o pdf.Object, page pdf.Page, at place) error {
	ref, isRef := o.(pdf.Ref)
	dict, err := w.new.Dict(o)
	if err != nil {
		return err
	}
	at.reason = workflow.ReasonAnnotation
	if m := w.marks[ref]; isRef && m != nil {
		m.page = page
		return w.markRule(m, dict, at)
	}
	subtype := dict.Name("Subtype")
	if subtype == "Popup" && w.popupOf(dict, ref) {
		return nil
	}
	if !slices.Contains(markup, subtype) {
		w.differ(at, "annotation %s of type %q was added", describeObject(o), subtype)
		return nil
	}
	if signer := w.signer(); subtype == "Stamp" && signer != nil {
		m := &mark{ref: ref, by: signer, kind: markStamp, page: page}
		w.report(change{level: workflow.ChangeSigning, stamp: true, cause: workflow.Cause{
			Reason: workflow.ReasonAnnotation, Page: at.page, Detail: at.path + ": stamp " + describeObject(o),
		}})
		return w.stampRule(m, dict, at)
	}
	w.allow(workflow.ChangeAnnotation, workflow.ReasonAnnotation, at.at(" "+string(subtype)), "")
	return w.harmless(o, at)
}

// popupOf says whether a popup is the empty window that Acrobat makes for a new stamp; ISO 32000-2, 12.5.6.14.
func (w *walk) popupOf(popup pdf.Dict, ref pdf.Ref) bool {
	parent, ok := popup["Parent"].(pdf.Ref)
	if !ok || w.existed(parent) || popup.Has("AP") || popup.Has("Contents") || popup.Has("A") || popup.Has("AA") || popup.Has("OC") {
		return false
	}
	stamp, err := w.new.Dict(parent)
	return err == nil && stamp.Name("Subtype") == "Stamp" && stamp["Popup"] == pdf.Object(ref) && w.signer() != nil
}

// stampKeys are what a stamp may say beside what a widget may; ISO 32000-2, tables 166, 172 and 184.
var stampKeys = []pdf.Name{"Name", "Contents", "CreationDate", "T", "Subj", "CA", "ca", "BM", "RT", "IT", "Rotate", "Popup"}

// stampRule judges a stamp that came with a signature: it is a mark, and its words are words of the signer.
func (w *walk) stampRule(m *mark, dict pdf.Dict, at place) error {
	rest := pdf.Dict{}
	for key, value := range dict {
		if !slices.Contains(stampKeys, key) {
			rest[key] = value
		}
	}
	w.widgetKeys(rest, at)
	if err := w.markWords(dict, m.by, at.at(" "+m.ref.String())); err != nil {
		return err
	}
	return w.markRule(m, dict, at)
}

// signer is the signature that vouches for everything new in the newer view; a timestamp, which anybody can buy,
// vouches for nothing.
func (w *walk) signer() *signature {
	for _, s := range w.fresh {
		if !s.timestamp() {
			return s
		}
	}
	return nil
}

func describeObject(o pdf.Object) string {
	if ref, ok := o.(pdf.Ref); ok {
		return ref.String()
	}
	return kindOf(o)
}
