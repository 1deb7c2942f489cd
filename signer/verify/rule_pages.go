package verify

import (
	"fmt"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// silentPageKeys show nothing: a change in them is for a person to look at, not proof of alteration.
var silentPageKeys = map[pdf.Name]bool{"LastModified": true, "PieceInfo": true, "Metadata": true, "Thumb": true, "ID": true}

// pagesRule wants the same pages in the same order, each with the same content. Annotations have a rule of their own.
// ISO 32000-2, 7.7.3.
func (w *walk) pagesRule(before, after pdf.Dict) error {
	old, err := w.old.Pages()
	if err != nil {
		return err
	}
	new, err := w.new.Pages()
	if err != nil {
		return err
	}
	at := place{reason: workflow.ReasonPages, path: "/Pages"}
	for i := range max(len(old), len(new)) {
		if i >= len(old) || i >= len(new) || old[i].Ref != new[i].Ref {
			at.page = i + 1
			w.differ(at, "%d pages in place of %d, or in another order", len(new), len(old))
			return nil
		}
	}
	for i := range old {
		if err := w.pageRule(old[i], new[i]); err != nil {
			return err
		}
		if err := w.drain(); err != nil {
			return err
		}
	}
	w.same(before["Pages"], after["Pages"], at)
	return nil
}

// pageRule compares one page but for its annotations.
func (w *walk) pageRule(old, new pdf.Page) error {
	at := place{reason: workflow.ReasonChangedPage, page: old.Number, path: fmt.Sprintf("page %d", old.Number)}
	for _, key := range keysOf(old.Dict, new.Dict) {
		inner := at.at("/" + string(key))
		switch {
		case key == "Annots", key == "Tabs": // Tabs is the order in which the keyboard visits fields.
			continue
		case silentPageKeys[key]:
			if err := w.silent(old.Dict[key], new.Dict[key], inner); err != nil {
				return err
			}
			continue
		case !old.Dict.Has(key) && inherited(old, new, key):
			continue
		case key == "Resources" && !old.Dict.Has(key):
			inner.drawn = true
			w.same(old.Resources, new.Dict[key], inner)
			continue
		case key == "AA":
			inner.reason = workflow.ReasonActive
		case drawnKeys[key]:
			inner.drawn = true
		}
		w.same(old.Dict[key], new.Dict[key], inner)
	}
	return nil
}

// silent compares what shows nothing where it stands. What differs in it is not taken as compared: it may show
// elsewhere.
func (w *walk) silent(old, new pdf.Object, at place) error {
	equal, err := w.equal(old, new, at)
	if err == nil && !equal {
		at.reason, at.level = workflow.ReasonUnexplained, workflow.ChangeUnexplained
		w.differ(at, "it is no longer the same")
	}
	return err
}

// marksRule compares the annotations of all pages, once the form's rule knows which marks are new.
func (w *walk) marksRule(_, _ pdf.Dict) error {
	old, err := w.old.Pages()
	if err != nil {
		return err
	}
	new, err := w.new.Pages()
	if err != nil {
		return err
	}
	for i := range min(len(old), len(new)) {
		at := place{reason: workflow.ReasonChangedPage, page: old[i].Number, path: fmt.Sprintf("page %d", old[i].Number)}
		if err := w.annotsRule(old[i], new[i], at); err != nil {
			return err
		}
		if err := w.drain(); err != nil {
			return err
		}
	}
	return nil
}

// inherited says whether a page now says itself what it took from the page tree before: iText writes pages so.
func inherited(old, new pdf.Page, key pdf.Name) bool {
	value := new.Dict[key]
	if _, ok := value.(pdf.Array); ok {
		switch key {
		case "MediaBox":
			return old.MediaBox == new.MediaBox
		case "CropBox":
			return old.CropBox == new.CropBox && old.MediaBox == new.MediaBox
		}
	}
	_, ok := value.(pdf.Integer)
	return ok && key == "Rotate" && old.Rotate == new.Rotate
}
