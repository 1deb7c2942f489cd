package verify

import (
	"contractd/signer/pdf"
	"contractd/workflow"
)

// structureRule lets the structure tree grow by elements for new widgets, which tagged files need: an element that
// holds object references only, and its entry in the parent tree. ISO 32000-2, 14.7.
func (w *walk) structureRule(before, after pdf.Dict) error {
	at := place{reason: workflow.ReasonStructure, path: "/StructTreeRoot", tree: true}
	if !pdf.Equal(before["StructTreeRoot"], after["StructTreeRoot"]) {
		w.differ(at, "it is another object")
		return nil
	}
	old, err := w.old.Dict(before["StructTreeRoot"])
	if err != nil {
		return err
	}
	new, err := w.new.Dict(after["StructTreeRoot"])
	if err != nil || new == nil || old == nil {
		return err
	}
	w.dictsBut(old, new, at, "K", "ParentTree", "ParentTreeNextKey")
	w.grownKids(old["K"], new["K"], at.at("/K"))
	w.parentTree(old["ParentTree"], new["ParentTree"], at.at("/ParentTree"), 0)
	return nil
}

// structElement compares a structure element whose kids may have grown; false if it is something else.
func (w *walk) structElement(old, new pdf.Dict, at place) bool {
	if !old.Has("S") || !old.Has("P") || pdf.Equal(old["K"], new["K"]) {
		return false
	}
	w.dictsBut(old, new, at, "K")
	w.grownKids(old["K"], new["K"], at.at("/K"))
	return true
}

// grownKids wants the old kids first and only elements for annotations behind them.
func (w *walk) grownKids(old, new pdf.Object, at place) {
	before, after := w.kids(w.old, old), w.kids(w.new, new)
	if len(after) < len(before) {
		w.differ(at, "%d kids in place of %d", len(after), len(before))
		return
	}
	for i := range before {
		w.same(before[i], after[i], at)
	}
	for _, o := range after[len(before):] {
		w.newElement(o, at, 0)
	}
}

// kids reads /K, which is one kid or an array of them.
func (w *walk) kids(r *pdf.Revision, o pdf.Object) pdf.Array {
	value, err := r.Resolve(o)
	if err != nil || value == nil {
		return nil
	}
	if array, ok := value.(pdf.Array); ok {
		return array
	}
	return pdf.Array{o}
}

const maxElementDepth = 4

// newElement wants an element, or the reference to a new annotation within one.
func (w *walk) newElement(o pdf.Object, at place, depth int) {
	dict, err := w.new.Dict(o)
	if err != nil || dict == nil || depth > maxElementDepth {
		w.differ(at, "a kid was added that is no element")
		return
	}
	if dict.Name("Type") == "OBJR" {
		if ref, ok := dict["Obj"].(pdf.Ref); !ok || w.marks[ref] == nil {
			w.differ(at, "the element added is not for a new mark")
		}
		return
	}
	if !dict.Has("S") || dict.Has("A") || dict.Has("AF") || dict.Has("ActualText") {
		w.differ(at, "the element added holds more than a mark")
		return
	}
	for _, kid := range w.kids(w.new, dict["K"]) {
		w.newElement(kid, at, depth+1)
	}
}

// parentTree compares two number trees: what was there stays under its key.
func (w *walk) parentTree(old, new pdf.Object, at place, depth int) {
	before, err1 := w.old.Dict(old)
	after, err2 := w.new.Dict(new)
	if err1 != nil || err2 != nil || after == nil || depth > maxParents {
		w.differ(at, "it cannot be read")
		return
	}
	w.dictsBut(before, after, at, "Nums", "Kids", "Limits")
	kept, added := w.kids(w.old, before["Kids"]), w.kids(w.new, after["Kids"])
	if len(added) < len(kept) {
		w.differ(at, "%d nodes in place of %d", len(added), len(kept))
		return
	}
	for i := range kept {
		w.parentTree(kept[i], added[i], at, depth+1)
	}
	w.numbers(w.kids(w.old, before["Nums"]), w.kids(w.new, after["Nums"]), at)
}

// numbers wants the pairs of a leaf to stay and lets further ones follow.
func (w *walk) numbers(old, new pdf.Array, at place) {
	values := map[pdf.Integer]pdf.Object{}
	for i := 0; i+1 < len(new); i += 2 {
		if key, ok := new[i].(pdf.Integer); ok {
			values[key] = new[i+1]
		}
	}
	for i := 0; i+1 < len(old); i += 2 {
		key, ok := old[i].(pdf.Integer)
		if !ok {
			w.differ(at, "a key is %s", kindOf(old[i]))
			return
		}
		w.same(old[i+1], values[key], at)
	}
}
