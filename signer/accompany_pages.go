package signer

import (
	"slices"

	"contractd/signer/pdf"
)

// pages lets pages gain annotations: the widgets of the new fields, and stamps of ours.
func (a *accompaniment) pages() error {
	before, err := a.old.Pages()
	if err != nil {
		return blame(err)
	}
	after, err := a.new.Pages()
	if err != nil {
		return blame(err)
	}
	if len(before) != len(after) {
		return strange("it changes the pages")
	}
	changed := a.new.Changed()
	for i := range before {
		if before[i].Ref != after[i].Ref {
			return strange("it changes the pages")
		}
		if err := a.page(before[i].Ref, changed); err != nil {
			return err
		}
	}
	return nil
}

// page looks at one page, and quickly past one that is not concerned.
func (a *accompaniment) page(ref pdf.Ref, changed []pdf.Ref) error {
	before, err := a.old.Dict(ref)
	if err != nil {
		return blame(err)
	}
	list := refOf(before["Annots"])
	if !slices.Contains(changed, ref) && (list == pdf.Ref{} || !slices.Contains(changed, list)) {
		return nil
	}
	after, err := a.new.Dict(ref)
	if err != nil {
		return blame(err)
	}
	if !sameBut(before, after, "Annots") {
		return strange("it changes a page")
	}
	a.may(ref, before["Annots"])
	added, err := a.added(before["Annots"], after["Annots"])
	if err != nil {
		return err
	}
	for _, annotation := range added {
		if a.fields[annotation] {
			continue
		}
		d, err := a.new.Dict(annotation)
		if err != nil {
			return blame(err)
		}
		if d.Name("Subtype") != "Stamp" || !a.claimed(d) {
			return strange("it adds an annotation of the kind %q", d.Name("Subtype"))
		}
	}
	return nil
}

// rewritten refuses any other change of what was there before.
func (a *accompaniment) rewritten() error {
	for _, ref := range a.new.Freed() {
		return strange("it takes object %d away", ref.Number)
	}
	for _, ref := range a.new.Changed() {
		entry, there := a.old.Entry(ref)
		if there && entry.Kind != pdf.EntryFree && !slices.Contains(a.allowed, pdf.Object(ref)) {
			return strange("it changes object %d", ref.Number)
		}
	}
	return nil
}
