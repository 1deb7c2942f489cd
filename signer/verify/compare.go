package verify

import (
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
)

// compare compares two values; references are followed in their own view.
func (w *walk) compare(old, new pdf.Object, at place) error {
	ro, oldIsRef := old.(pdf.Ref)
	rn, newIsRef := new.(pdf.Ref)
	if !oldIsRef && !newIsRef {
		w.values(old, new, at)
		return nil
	}
	if oldIsRef && newIsRef && ro == rn {
		if w.typed[ro] && !at.drawn && w.existed(ro) {
			return nil
		}
		if !w.enter(ro, rn) {
			return nil
		}
		if w.unchanged(ro) {
			return w.descend(ro, at)
		}
	} else if oldIsRef && newIsRef {
		if w.typed[ro] || w.typed[rn] {
			w.differ(at, "%s in place of %s", rn, ro)
			return nil
		}
		if !w.enter(ro, rn) {
			return nil
		}
	}
	return w.resolved(old, new, at)
}

// enter says whether a pair of objects is still to be compared, and marks it.
func (w *walk) enter(old, new pdf.Ref) bool {
	key := [2]pdf.Ref{old, new}
	if w.seen[key] || w.outer[key] {
		return false
	}
	w.seen[key] = true
	return true
}

func (w *walk) resolved(old, new pdf.Object, at place) error {
	before, err := w.old.Resolve(old)
	if err != nil {
		return err
	}
	after, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	w.values(before, after, at)
	return nil
}

// existed says whether a reference led to an object in the older view. One that led nowhere and now leads to a field or
// annotation was not meant to.
func (w *walk) existed(ref pdf.Ref) bool {
	o, err := w.old.Object(ref)
	return err == nil && o != nil
}

// unchanged says whether both views read the very same bytes for an object. One in an object stream changes with that
// stream, although no section names it.
func (w *walk) unchanged(ref pdf.Ref) bool {
	before, ok1 := w.old.Entry(ref)
	after, ok2 := w.new.Entry(ref)
	if ok1 != ok2 || before != after {
		return false
	}
	if before.Kind != pdf.EntryCompressed {
		return true
	}
	holder := pdf.Ref{Number: before.Stream}
	before, _ = w.old.Entry(holder)
	after, _ = w.new.Entry(holder)
	return before == after
}

// descend follows the references of an object that did not change itself.
func (w *walk) descend(ref pdf.Ref, at place) error {
	refs, err := w.c.refs.of(w.old, ref)
	if err != nil {
		// Both views read the same bytes, so that both fail alike.
		if reasonOf(err) != "" {
			return nil
		}
		return err
	}
	for _, r := range refs {
		w.queue = append(w.queue, pair{r, r, at})
	}
	return nil
}

// values compares two direct values.
func (w *walk) values(old, new pdf.Object, at place) {
	switch o := old.(type) {
	case pdf.Dict:
		if n, ok := new.(pdf.Dict); ok {
			w.dicts(o, n, at)
			return
		}
	case pdf.Array:
		if n, ok := new.(pdf.Array); ok {
			w.arrays(o, n, at)
			return
		}
	case *pdf.Stream:
		if n, ok := new.(*pdf.Stream); ok {
			w.streams(o, n, at)
			return
		}
	default:
		if pdf.Equal(old, new) {
			return
		}
	}
	w.differ(at, "%s in place of %s", kindOf(new), kindOf(old))
}

func (w *walk) dicts(old, new pdf.Dict, at place) {
	if at.tree && w.structElement(old, new, at) {
		return
	}
	w.dictsBut(old, new, at, maker(old, new)...)
}

// maker names the private key by which iText 2 and its descendants (JSignPdf, many platforms) sign the page tree, if it says a
// version and nothing more.
func maker(old, new pdf.Dict) []pdf.Name {
	const key = pdf.Name("ITXT")
	if old.Name("Type") != "Pages" || old.Has(key) {
		return nil
	}
	said, ok := new[key].(pdf.String)
	if !ok || len(said.Value) > 12 || strings.Trim(string(said.Value), "0123456789.") != "" {
		return nil
	}
	return []pdf.Name{key}
}

// dictsBut compares two dictionaries but for some keys, which a rule looks at.
func (w *walk) dictsBut(old, new pdf.Dict, at place, but ...pdf.Name) {
	for _, key := range keysOf(old, new) {
		if slices.Contains(but, key) {
			continue
		}
		inner := at.at("/" + string(key))
		inner.drawn = inner.drawn || drawnKeys[key]
		w.same(old[key], new[key], inner)
	}
}

// drawnKeys lead to what is painted.
var drawnKeys = map[pdf.Name]bool{"Resources": true, "Contents": true, "AP": true}

func keysOf(dicts ...pdf.Dict) []pdf.Name {
	var keys []pdf.Name
	seen := map[pdf.Name]bool{}
	for _, d := range dicts {
		for key, value := range d {
			if value != nil && !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

func (w *walk) arrays(old, new pdf.Array, at place) {
	if len(old) != len(new) {
		w.differ(at, "%d elements in place of %d", len(new), len(old))
		return
	}
	for i := range old {
		w.same(old[i], new[i], at.at(fmt.Sprintf("[%d]", i)))
	}
}

// streams compares dictionaries as values and data as encoded.
func (w *walk) streams(old, new *pdf.Stream, at place) {
	w.dictsBut(old.Dict, new.Dict, at, "Length")
	before, after := *old, *new
	before.Dict, after.Dict = nil, nil
	if !pdf.Equal(&before, &after) {
		w.differ(at, "the stream has other data")
	}
}

func kindOf(o pdf.Object) string {
	switch o := o.(type) {
	case nil:
		return "nothing"
	case pdf.Dict:
		return "a dictionary"
	case pdf.Array:
		return "an array"
	case *pdf.Stream:
		return "a stream"
	case pdf.String:
		return fmt.Sprintf("(%.40q)", o.Value)
	}
	return fmt.Sprintf("%.60v", o)
}
