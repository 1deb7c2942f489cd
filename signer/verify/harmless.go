package verify

import (
	"contractd/signer/pdf"
	"contractd/workflow"
)

const maxAdded = 250_000 // Values that one new mark may consist of: poppler gives its font a width for each of 65,536 glyphs.

// harmless looks through something new for what acts, or what shows only sometimes: scripts, actions, optional content,
// external files. It stops at objects that have rules of their own.
func (w *walk) harmless(o pdf.Object, at place) error {
	seen := map[pdf.Ref]bool{}
	queue := []pdf.Object{o}
	for n := 0; len(queue) > 0; n++ {
		if err := w.c.spend(); err != nil {
			return err
		}
		if n > maxAdded {
			w.differ(at, "more than %d objects were added in one place", maxAdded)
			return nil
		}
		next := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if ref, ok := next.(pdf.Ref); ok {
			if seen[ref] || w.typed[ref] {
				continue
			}
			seen[ref] = true
			var err error
			if next, err = w.new.Object(ref); err != nil {
				return err
			}
		}
		queue = w.parts(queue, next, at)
	}
	return nil
}

// parts appends what an object consists of and reports what is not harmless.
func (w *walk) parts(queue []pdf.Object, o pdf.Object, at place) []pdf.Object {
	switch o := o.(type) {
	case pdf.Ref:
		return append(queue, o)
	case pdf.Array:
		return append(queue, o...)
	case *pdf.Stream:
		if o.Dict.Has("F") {
			w.differ(at, "a stream lies in another file")
		}
		return w.parts(queue, o.Dict, at)
	case pdf.Dict:
		for _, key := range keysOf(o) {
			if reason, bad := harmful[key]; bad {
				inner := at.at("/" + string(key))
				inner.reason = reason
				w.differ(inner, "it was added with something new")
			}
			queue = w.follow(queue, key, o[key])
		}
		if o.Name("Type") == "OCG" || o.Name("Type") == "OCMD" {
			at.reason = workflow.ReasonMarkHidden
			w.differ(at, "optional content was added")
		}
	}
	return queue
}

// follow appends what a key leads to. The names of resources are free, so that a dictionary of them is passed over for
// what it holds.
func (w *walk) follow(queue []pdf.Object, key pdf.Name, value pdf.Object) []pdf.Object {
	names, err := w.new.Resolve(value)
	if dict, ok := names.(pdf.Dict); err == nil && ok && resourceNames[key] {
		for _, name := range keysOf(dict) {
			queue = append(queue, dict[name])
		}
		return queue
	}
	return append(queue, value)
}

// resourceNames are the categories of ISO 32000-2, table 34.
var resourceNames = map[pdf.Name]bool{
	"Font": true, "XObject": true, "ExtGState": true, "ColorSpace": true, "Pattern": true, "Shading": true, "Properties": true,
}

var harmful = map[pdf.Name]workflow.Reason{
	"OC": workflow.ReasonMarkHidden, "OCProperties": workflow.ReasonMarkHidden, "JS": workflow.ReasonActive,
	"Alternates": workflow.ReasonMarkHidden, "OPI": workflow.ReasonMarkHidden, "Ref": workflow.ReasonMarkHidden,
	"Usage": workflow.ReasonMarkHidden, "OCGs": workflow.ReasonMarkHidden, "VE": workflow.ReasonMarkHidden,
	"AA": workflow.ReasonActive, "OpenAction": workflow.ReasonActive, "RichMediaContent": workflow.ReasonActive,
}
