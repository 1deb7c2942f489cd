package verify

import (
	"fmt"

	"contractd/signer/pdf"
)

// fieldLists compares /Fields, or /Kids of a field that holds fields: all old ones stay, and only at the top may new
// ones stand beside them.
func (w *walk) fieldLists(old, new pdf.Object, at place, top bool) error {
	before, err := w.old.Array(old)
	if err != nil {
		return err
	}
	after, err := w.new.Array(new)
	if err != nil {
		return err
	}
	left := map[pdf.Ref]bool{}
	for _, o := range before {
		ref, ok := o.(pdf.Ref)
		if !ok {
			return w.directFields(before, after, at)
		}
		left[ref] = true
	}
	known := len(left)
	for i, o := range after {
		inner := at.at(fmt.Sprintf("[%d]", i))
		ref, ok := o.(pdf.Ref)
		switch {
		case ok && left[ref]:
			delete(left, ref)
			if err := w.fieldRule(ref, inner); err != nil {
				return err
			}
		case ok && top:
			if err := w.addedField(ref, inner); err != nil {
				return err
			}
		default:
			w.differ(inner, "%s came into a list of %d", describeObject(o), known)
		}
	}
	for _, o := range before { // In the file's order: the same file always gets the same verdict.
		if ref, ok := o.(pdf.Ref); ok && left[ref] {
			w.differ(at, "field %s was removed", ref)
		}
	}
	return nil
}

// directFields compares a list with fields that are no objects of their own: it must not change but grow.
func (w *walk) directFields(before, after pdf.Array, at place) error {
	if len(after) < len(before) {
		w.differ(at, "%d fields in place of %d", len(after), len(before))
		return nil
	}
	for i := range before {
		w.same(before[i], after[i], at.at(fmt.Sprintf("[%d]", i)))
	}
	for _, o := range after[len(before):] {
		ref, ok := o.(pdf.Ref)
		if !ok {
			w.differ(at, "a field that is no object of its own was added")
			return nil
		}
		if err := w.addedField(ref, at); err != nil {
			return err
		}
	}
	return nil
}
