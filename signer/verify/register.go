package verify

import "contractd/signer/pdf"

// register learns which objects have rules of their own.
func (w *walk) register() error {
	var err error
	if w.oldForm, err = w.registerView(w.old); err != nil {
		return err
	}
	w.newForm, err = w.registerView(w.new)
	return err
}

func (w *walk) registerView(r *pdf.Revision) (map[pdf.Ref]pdf.Field, error) {
	w.own(r, r.Root())
	catalog, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	if ref, ok := catalog["StructTreeRoot"].(pdf.Ref); ok {
		w.own(r, ref)
	}
	if err := w.registerPages(r); err != nil {
		return nil, err
	}
	fields, err := r.Fields()
	if err != nil {
		return nil, err
	}
	form := map[pdf.Ref]pdf.Field{}
	for _, field := range fields {
		if field.Ref != (pdf.Ref{}) {
			form[field.Ref] = field
			w.own(r, field.Ref)
		}
		if r == w.old {
			w.names[field.Name] = true
		}
		for _, widget := range field.Widgets {
			w.own(r, widget)
			w.widgets[widget] = w.widgets[widget] || r == w.old
		}
		if err := w.registerParents(r, field.Dict["Parent"]); err != nil {
			return nil, err
		}
	}
	return form, nil
}

func (w *walk) registerPages(r *pdf.Revision) error {
	pages, err := r.Pages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		w.own(r, page.Ref)
		annots, err := r.Array(page.Dict["Annots"])
		if err != nil {
			return err
		}
		for _, a := range annots {
			ref, ok := a.(pdf.Ref)
			if !ok {
				continue
			}
			w.own(r, ref)
			if r == w.new {
				w.pages[ref] = page
			}
		}
	}
	return nil
}

const maxParents = 64

// registerParents goes up from a field to the roots of its tree.
func (w *walk) registerParents(r *pdf.Revision, o pdf.Object) error {
	for range maxParents {
		ref, ok := o.(pdf.Ref)
		if !ok || w.typed[ref] {
			return nil
		}
		dict, err := r.Dict(ref)
		if err != nil || dict == nil {
			return err
		}
		if w.own(r, ref); !w.typed[ref] {
			return nil
		}
		o = dict["Parent"]
	}
	return nil
}

// own leaves an object to its rule. What was something else in the older view stays compared: a later form could
// otherwise take any object out of the comparison by naming it a field.
func (w *walk) own(r *pdf.Revision, ref pdf.Ref) {
	if r == w.old || !w.existed(ref) {
		w.typed[ref] = true
	}
}
