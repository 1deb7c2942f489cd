package verify

import (
	"cmp"
	"slices"

	"contractd/signer/pdf"
)

// refCache remembers which references an object holds, for objects that several comparisons pass through unchanged.
type refCache map[refKey][]pdf.Ref

type refKey struct {
	ref   pdf.Ref
	entry pdf.Entry
}

func (c refCache) of(r *pdf.Revision, ref pdf.Ref) ([]pdf.Ref, error) {
	entry, ok := r.Entry(ref)
	if !ok {
		return nil, nil
	}
	key := refKey{ref, entry}
	if refs, ok := c[key]; ok {
		return refs, nil
	}
	o, err := r.Object(ref)
	if err != nil {
		return nil, err
	}
	refs := gather(nil, o)
	slices.SortFunc(refs, func(a, b pdf.Ref) int { return cmp.Compare(a.Number, b.Number) })
	refs = slices.Compact(refs)
	c[key] = refs
	return refs, nil
}

// gather appends the references within a direct object.
func gather(refs []pdf.Ref, o pdf.Object) []pdf.Ref {
	switch o := o.(type) {
	case pdf.Ref:
		return append(refs, o)
	case pdf.Array:
		for _, e := range o {
			refs = gather(refs, e)
		}
	case pdf.Dict:
		for _, e := range o {
			refs = gather(refs, e)
		}
	case *pdf.Stream:
		return gather(refs, o.Dict)
	}
	return refs
}
