package pdf

import (
	"fmt"
	"maps"
	"slices"
)

// Update collects the objects of an incremental update over the last revision.
// What a File returned may be stored in it again, but not changed: Clone it.
type Update struct {
	file    *File
	base    *Revision
	next    int
	pending map[Ref]Object
}

// NewUpdate begins an update of f.
func NewUpdate(f *File) *Update {
	u := &Update{file: f, base: f.Last(), pending: map[Ref]Object{}}
	for _, r := range f.revisions { // a later /Size may wrongly be the smaller one, within a revision too
		for _, s := range r.Sections {
			size, _ := s.Trailer["Size"].(Integer) // checkNumbers has seen that it is one
			u.next = max(u.next, int(size), 1)
		}
	}
	return u
}

// Add gives o the next free object number. Numbers once freed are not used again.
func (u *Update) Add(o Object) Ref {
	ref := Ref{Number: u.next}
	u.next++
	u.pending[ref] = o
	return ref
}

// Set replaces the object that ref names.
func (u *Update) Set(ref Ref, o Object) { u.pending[ref] = o }

// Get returns the pending object or else that of the file.
func (u *Update) Get(ref Ref) (Object, error) {
	if o, ok := u.pending[ref]; ok {
		return o, nil
	}
	return u.base.Object(ref)
}

// Resolve follows o while it is a reference, pending objects first.
func (u *Update) Resolve(o Object) (Object, error) {
	for i := 0; i < maxChain; i++ {
		ref, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = u.Get(ref); err != nil {
			return nil, err
		}
	}
	return nil, damaged("a reference leads from object to object without end")
}

// dict resolves o to a dictionary that is there.
func (u *Update) dict(o Object) (Dict, error) {
	v, err := u.Resolve(o)
	if err != nil {
		return nil, err
	}
	d, ok := v.(Dict)
	if !ok {
		return nil, damaged("%s is not a dictionary", describe(o))
	}
	return d, nil
}

// Build writes the update. The Update may be changed and built again.
func (u *Update) Build() (*Tail, error) {
	t, err := u.build()
	if err != nil {
		return nil, fmt.Errorf("build update of PDF of %d bytes: %w", u.file.src.size, err)
	}
	return t, nil
}

func (u *Update) build() (*Tail, error) {
	if len(u.pending) == 0 {
		return nil, fmt.Errorf("no object was changed")
	}
	if u.next > maxObjectNumber { // one more may go to a cross-reference stream
		return nil, exceeded("object number %d", u.next)
	}
	w := &writer{base: u.file.src.size, buf: make([]byte, 0, u.room())}
	if err := u.file.checkEnd(); err != nil {
		return nil, err
	}
	if err := u.startLine(w); err != nil {
		return nil, err
	}
	list := make([]entry, 0, len(u.pending)+1)
	for _, ref := range slices.SortedFunc(maps.Keys(u.pending), compareRefs) {
		list = append(list, entry{number: int32(ref.Number), second: int32(ref.Generation), kind: kindOffset, offset: w.at()})
		if err := u.write(w, ref, u.pending[ref]); err != nil {
			return nil, fmt.Errorf("write object %s: %w", ref, err)
		}
	}
	u.section(w, list)
	if w.err != nil {
		return nil, w.err
	}
	if w.at() > 9_999_999_999 {
		return nil, exceeded("output of %d bytes", w.at())
	}
	t := &Tail{Base: w.base, Bytes: w.buf, Contents: w.reserved, ByteRange: w.slot}
	return t, t.setByteRange()
}

// room is about what the update takes: made at once, for many files are sealed in a row.
func (u *Update) room() int {
	room := 2 * growth
	for _, o := range u.pending {
		room += growth / 16
		switch o := o.(type) {
		case *Stream:
			room += int(min(o.encodedLength(), 1<<20))
		case Dict:
			if reserved, ok := o["Contents"].(Reserved); ok {
				room += 2 * reserved.Bytes
			}
		}
	}
	return room
}

func compareRefs(a, b Ref) int { return a.Number - b.Number }

// startLine ends the input's last line if the input does not.
func (u *Update) startLine(w *writer) error {
	last, err := u.file.src.read(w.base-1, 1)
	if err != nil {
		return err
	}
	if last[0] != '\n' && last[0] != '\r' {
		w.text("\n")
	}
	return nil
}

func (u *Update) write(w *writer, ref Ref, o Object) error {
	w.text(fmt.Sprintf("%d %d obj\n", ref.Number, ref.Generation))
	if s, ok := o.(*Stream); ok {
		data, err := s.Encoded()
		if err != nil {
			return err
		}
		d := maps.Clone(s.Dict)
		if d == nil {
			d = Dict{}
		}
		d["Length"] = Integer(len(data))
		w.object(d, 0)
		w.buf = slices.Grow(w.buf, len(data)+growth/16)
		w.text("\nstream\n")
		w.buf = append(w.buf, data...)
		w.text("\nendstream")
	} else {
		w.object(o, 0)
	}
	w.text("\nendobj\n")
	return w.err
}
