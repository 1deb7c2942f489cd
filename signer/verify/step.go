package verify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// step is the union of all changes between two moments at which something vouched for the whole file, or from the last
// one to the end of the file. Some clients prepare a field in one revision and sign in the next; verification.md, 10.
type step struct {
	old, new *pdf.Revision
	changes  []change
}

// laterChanges compares the views between covering signatures and lays what it finds to every signature before.
func (c *fileCase) laterChanges() error {
	for _, s := range c.steps() {
		err := c.compare(&s)
		if err != nil && reasonOf(err) == "" {
			return fmt.Errorf("compare revisions %d and %d: %w", s.old.Index, s.new.Index, err)
		}
		if err != nil {
			s.changes = append(s.changes, change{level: workflow.ChangeForbidden, cause: workflow.Cause{
				Reason: reasonOf(err), Detail: err.Error(),
			}})
		}
		c.weighStep(s)
	}
	return nil
}

// steps are the stretches between proven ends.
func (c *fileCase) steps() []step {
	var ends []*pdf.Revision
	for _, s := range c.found {
		if s.covered != nil {
			ends = append(ends, s.covered)
		}
	}
	if c.base.revision != nil {
		ends = append(ends, c.base.revision)
	}
	if len(ends) == 0 {
		return nil
	}
	ends = append(ends, c.file.Last())
	slices.SortFunc(ends, func(a, b *pdf.Revision) int { return cmp.Compare(a.Index, b.Index) })
	ends = slices.Compact(ends)
	var steps []step
	for i := 1; i < len(ends); i++ {
		steps = append(steps, step{old: ends[i-1], new: ends[i]})
	}
	return steps
}

// compare fills in the changes of one step.
func (c *fileCase) compare(s *step) error {
	w := newWalk(c, s.old, s.new)
	for _, sig := range c.found {
		if sig.covered == s.new {
			w.fresh = append(w.fresh, sig)
		}
	}
	err := w.document()
	if errors.Is(err, pdf.ErrDamaged) || errors.Is(err, pdf.ErrLimit) || err == nil {
		s.changes = w.changes
	}
	return err
}

// document compares everything, by rules where there are some. Pages come first, so that what several places share is
// reported under its page.
func (w *walk) document() error {
	before, err := w.old.Catalog()
	if err != nil {
		return err
	}
	after, err := w.new.Catalog()
	if err != nil {
		return err
	}
	if err := w.register(); err != nil {
		return err
	}
	for _, rule := range []func(before, after pdf.Dict) error{
		w.pagesRule, w.formRule, w.marksRule, w.structureRule, w.dssRule, w.metadataRule, w.catalogRule,
	} {
		if err := rule(before, after); err != nil {
			return err
		}
		if err := w.drain(); err != nil {
			return err
		}
	}
	if err := w.infoRule(); err != nil {
		return err
	}
	return w.reuseRule()
}

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
	pages, err := r.Pages()
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		w.typed[page.Ref] = true
		annots, err := r.Array(page.Dict["Annots"])
		if err != nil {
			return nil, err
		}
		for _, a := range annots {
			if ref, ok := a.(pdf.Ref); ok {
				w.typed[ref] = true
				if r == w.new {
					w.pages[ref] = page
				}
			}
		}
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
