package pdf

import "fmt"

const (
	maxNesting = 16 // objects that must be read to read one: /Length, object streams
	maxChain   = 32 // references that lead to references
)

// place names a read object. A stream whose /Length is a reference may be
// another one in another revision; for all else view is -1.
type place struct {
	off  int64
	view int
}

// lookup finds the entry that is valid for number in this revision, and the
// revision that wrote it.
func (r *Revision) lookup(number int) (entry, *Revision, bool) {
	for rev := r; rev != nil; rev = rev.Prev {
		if e, ok := rev.own.find(number); ok {
			return e, rev, true
		}
	}
	return entry{}, nil, false
}

// Entry returns the cross-reference entry that is valid for object number in
// this revision; false if none was ever made. The entry may be a free one, or
// one of another generation.
func (r *Revision) Entry(ref Ref) (Entry, bool) {
	e, rev, ok := r.lookup(ref.Number)
	if !ok {
		return Entry{}, false
	}
	return e.export(rev.Index), true
}

// Object returns the object that ref names, null if there is none.
func (r *Revision) Object(ref Ref) (Object, error) {
	e, rev, ok := r.lookup(ref.Number)
	if !ok || e.kind == kindFree {
		return nil, nil // ISO 32000-2, 7.3.10: a reference to nothing is null
	}
	if e.ref() != ref {
		// To 7.3.10 this is null too, but PDFium and MuPDF look at the number alone and show the object.
		return nil, damaged("reference to %s where %s is in use", ref, e.ref())
	}
	var o Object
	var err error
	if e.kind == kindOffset {
		var in indirect
		in, err = r.readAt(e, rev)
		o = in.object
	} else {
		o, err = r.compressed(e, rev)
	}
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", ref, err)
	}
	return o, nil
}

// readAt reads the object of an entry that rev wrote. It must end within rev:
// what is appended later must not change what an earlier revision says.
func (r *Revision) readAt(e entry, rev *Revision) (indirect, error) {
	f := r.file
	for _, view := range []int{-1, r.Index} {
		if in, ok := f.objectsAt[place{e.offset, view}]; ok && in.span.End <= rev.End && in.ref == e.ref() {
			return in, nil
		}
	}
	if f.nesting >= maxNesting {
		return indirect{}, damaged("objects depend on one another in a circle")
	}
	f.nesting++
	defer func() { f.nesting-- }()
	in, err := f.indirectAt(e.offset, rev.End, r.Object)
	if err != nil {
		return in, err
	}
	if in.ref != e.ref() {
		return in, damaged("%s stands at byte %d", in.ref, e.offset)
	}
	at := place{e.offset, -1}
	if in.borrowed {
		at.view = r.Index
	}
	f.objectsAt[at] = in
	return in, nil
}

// Resolve follows o while it is a reference.
func (r *Revision) Resolve(o Object) (Object, error) {
	for i := 0; i < maxChain; i++ {
		ref, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = r.Object(ref); err != nil {
			return nil, err
		}
	}
	return nil, damaged("a reference leads from object to object without end")
}

// Dict resolves o and returns it if it is a dictionary, or a stream's
// dictionary. Null is returned as nil; anything else is damage.
func (r *Revision) Dict(o Object) (Dict, error) {
	v, err := r.Resolve(o)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case Dict:
		return v, nil
	case *Stream:
		return v.Dict, nil
	}
	return nil, damaged("%s is not a dictionary", describe(o))
}

// Array is like Dict for arrays.
func (r *Revision) Array(o Object) (Array, error) {
	v, err := r.Resolve(o)
	if err != nil || v == nil {
		return nil, err
	}
	a, ok := v.(Array)
	if !ok {
		return nil, damaged("%s is not an array", describe(o))
	}
	return a, nil
}

func describe(o Object) string {
	if ref, ok := o.(Ref); ok {
		return "object " + ref.String()
	}
	return fmt.Sprintf("a direct object of type %T", o)
}

// Span returns the bytes of an object from "n g obj" to behind "endobj"; for a
// compressed object those of its object stream.
func (r *Revision) Span(ref Ref) (Span, error) {
	e, rev, ok := r.lookup(ref.Number)
	if ok && e.kind == kindCompressed {
		e, rev, ok = r.lookup(int(e.offset))
	}
	if !ok || e.kind != kindOffset {
		return Span{}, damaged("object %s does not exist", ref)
	}
	in, err := r.readAt(e, rev)
	return in.span, err
}

// Catalog returns the document catalog.
func (r *Revision) Catalog() (Dict, error) {
	d, err := r.Dict(r.Root())
	if err == nil && d == nil {
		err = damaged("there is no catalog %s", r.Root())
	}
	return d, err
}

// Info returns the document information dictionary, nil if there is none.
func (r *Revision) Info() (Dict, error) { return r.Dict(r.Trailer["Info"]) }
