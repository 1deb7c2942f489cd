package pdf

import "fmt"

// add makes one revision of links, newest first, that ends behind one of them.
func (f *File) add(last link, links ...link) error {
	if last.open != nil {
		return fmt.Errorf("read end of the revision behind the section at %d: %w", last.Offset, last.open)
	}
	r := &Revision{
		Index: len(f.revisions), Marker: last.Tail.End, XRefOffset: links[0].Offset,
		Kind: links[0].Kind, Trailer: links[0].Trailer, file: f,
	}
	if r.Index > 0 {
		r.Prev = f.Last()
		r.Start = r.Prev.End
	}
	p := f.parserAt(r.Marker, f.src.size)
	p.skipEOL()
	if p.err != nil {
		return p.err
	}
	r.End = p.off
	for i := len(links) - 1; i >= 0; i-- {
		r.include(links[i])
	}
	if err := r.check(links); err != nil {
		return err
	}
	f.revisions = append(f.revisions, r)
	return nil
}

// include lays a link over what r has of older ones.
func (r *Revision) include(l link) {
	own := l.entries
	var conflicts []Ref
	sections := []Section{l.Section}
	if l.hidden != nil {
		r.Kind = Hybrid
		own, conflicts = merge(own, l.hidden.entries, true)
		r.conflicts = append(r.conflicts, conflicts...)
		sections = append(sections, *l.hidden)
	}
	r.own, conflicts = merge(own, r.own, false)
	r.conflicts = append(r.conflicts, conflicts...)
	r.Sections = append(sections, r.Sections...)
}

// check refuses revisions that reach out of their own bytes, whose startxref
// leads elsewhere than the chain did, or that lack a catalog.
func (r *Revision) check(links []link) error {
	own := Span{r.Start, r.End}
	for _, s := range r.Sections {
		if !own.Contains(s.Span) || !own.Contains(s.Tail) && s.Tail != (Span{}) {
			return damaged("section at %d does not lie within its revision, bytes %d to %d", s.Offset, r.Start, r.End)
		}
	}
	if len(links) == 1 && links[0].start != links[0].Offset {
		return damaged("startxref behind the section at %d says %d", links[0].Offset, links[0].start)
	}
	if _, ok := r.Trailer["Root"].(Ref); !ok {
		return damaged("trailer of the section at %d has no /Root", r.XRefOffset)
	}
	return nil
}

// Changed returns the objects that this revision's own sections put in use, by
// ascending number, whether or not their value differs from before.
func (r *Revision) Changed() []Ref {
	return r.ownRefs(func(e entry) bool { return e.kind != kindFree })
}

// Freed returns the objects that this revision's own sections name as free,
// object 0 excepted.
func (r *Revision) Freed() []Ref {
	return r.ownRefs(func(e entry) bool { return e.kind == kindFree && e.number != 0 })
}

// Empty says that the revision's own sections name no object at all.
func (r *Revision) Empty() bool { return len(r.own) == 0 }

// Conflicts returns the objects that the revision's own sections have in use at
// different places, as a hybrid file may between its table and its /XRefStm.
func (r *Revision) Conflicts() []Ref { return r.conflicts }

// Strays returns the objects whose own entry points outside of this revision's
// bytes.
func (r *Revision) Strays() []Ref {
	return r.ownRefs(func(e entry) bool {
		return e.kind == kindOffset && (e.offset < r.Start || e.offset >= r.End)
	})
}

func (r *Revision) ownRefs(keep func(entry) bool) []Ref {
	var refs []Ref
	for _, e := range r.own {
		if keep(e) {
			refs = append(refs, e.ref())
		}
	}
	return refs
}

// Root returns the reference to the catalog.
func (r *Revision) Root() Ref {
	ref, _ := r.Trailer["Root"].(Ref) // check has seen that it is one
	return ref
}
