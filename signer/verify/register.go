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
	w.typed[r.Root()] = true
	catalog, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	if ref, ok := catalog["StructTreeRoot"].(pdf.Ref); ok {
		w.typed[ref] = true
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
			w.typed[field.Ref] = true
		}
		if r == w.old {
			w.names[field.Name] = true
		}
		for _, widget := range field.Widgets {
			w.typed[widget] = true
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
		w.typed[page.Ref] = true
		annots, err := r.Array(page.Dict["Annots"])
		if err != nil {
			return err
		}
		for _, a := range annots {
			ref, ok := a.(pdf.Ref)
			if !ok {
				continue
			}
			w.typed[ref] = true
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
		w.typed[ref] = true
		o = dict["Parent"]
	}
	return nil
}
