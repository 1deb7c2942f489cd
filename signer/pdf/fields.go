package pdf

import "fmt"

// Field is a terminal form field with what it inherits.
type Field struct {
	Ref     Ref // zero if the dictionary is direct
	Dict    Dict
	Name    string // fully qualified
	Type    Name   // /FT
	Value   Object // /V as it stands, often a Ref
	Flags   int    // /Ff
	Widgets []Ref  // widget annotations; the field itself where they are merged
}

// fieldWalk goes through the form of one revision.
type fieldWalk struct {
	r      *Revision
	state  map[Ref]walkState
	nodes  int
	fields []Field
}

type walkState int

const (
	walkOpen walkState = iota + 1 // its descendants are being read
	walkDone
)

// Form returns the AcroForm dictionary, nil if there is none.
func (r *Revision) Form() (Dict, error) {
	cat, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	return r.Dict(cat["AcroForm"])
}

// Fields returns the terminal form fields in the order of the form. One that is
// listed twice is returned once.
func (r *Revision) Fields() ([]Field, error) {
	form, err := r.Form()
	if err != nil || form == nil {
		return nil, err
	}
	roots, err := r.Array(form["Fields"])
	if err != nil {
		return nil, fmt.Errorf("read /Fields of the form: %w", err)
	}
	w := fieldWalk{r: r, state: map[Ref]walkState{}}
	for _, o := range roots {
		err := w.count()
		if err == nil {
			err = w.node(o, Field{}, 0)
		}
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
	}
	return w.fields, nil
}

// count counts fields and widgets before they are looked at.
func (w *fieldWalk) count() error {
	if w.nodes++; w.nodes > w.r.file.limits.Nodes {
		return exceeded("form with more than %d fields and widgets", w.r.file.limits.Nodes)
	}
	return nil
}

func (w *fieldWalk) node(o Object, parent Field, depth int) error {
	if depth > w.r.file.limits.Depth {
		return exceeded("form deeper than %d", w.r.file.limits.Depth)
	}
	ref, isRef := o.(Ref)
	if isRef {
		switch w.state[ref] {
		case walkOpen:
			return damaged("field %s is its own ancestor", ref)
		case walkDone:
			return nil
		}
		w.state[ref] = walkOpen
		defer func() { w.state[ref] = walkDone }()
	}
	d, err := w.r.Dict(o)
	if err != nil || d == nil {
		return err
	}
	f, err := w.inherit(parent, d)
	if err != nil {
		return err
	}
	f.Ref, f.Dict = ref, d
	return w.kids(f, depth)
}

// inherit gives what ISO 32000-2, 12.7.4.1 lets a field take from its ancestors.
func (w *fieldWalk) inherit(f Field, d Dict) (Field, error) {
	f.Widgets = nil
	name, err := w.r.Resolve(d["T"])
	if err != nil {
		return f, err
	}
	if name != nil {
		if f.Name != "" {
			f.Name += "."
		}
		f.Name += Text(name)
	}
	kind, err := w.r.Resolve(d["FT"])
	if err != nil {
		return f, err
	}
	if n, ok := kind.(Name); ok {
		f.Type = n
	}
	if d.Has("V") {
		f.Value = d["V"]
	}
	flags, err := w.r.Resolve(d["Ff"])
	if n, ok := flags.(Integer); ok {
		f.Flags = int(n)
	}
	return f, err
}

// kids tells the fields among /Kids, which have a /T or kids of their own, from
// the widgets. What has no field below it is terminal.
func (w *fieldWalk) kids(f Field, depth int) error {
	kids, err := w.r.Array(f.Dict["Kids"])
	if err != nil {
		return err
	}
	at := len(w.fields)
	below := false
	for _, k := range kids {
		if err := w.count(); err != nil {
			return err
		}
		d, err := w.r.Dict(k)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if d.Has("T") || d.Has("Kids") {
			below = true
			if err := w.node(k, f, depth+1); err != nil {
				return err
			}
			continue
		}
		ref, ok := k.(Ref)
		if !ok {
			return damaged("field %q has a widget that is not an object of its own", f.Name)
		}
		f.Widgets = append(f.Widgets, ref)
	}
	if below && f.Widgets == nil {
		return nil
	}
	if kids == nil && f.Ref != (Ref{}) && f.Dict.Name("Subtype") == "Widget" {
		f.Widgets = []Ref{f.Ref}
	}
	w.fields = append(w.fields, Field{})
	copy(w.fields[at+1:], w.fields[at:])
	w.fields[at] = f
	return nil
}
