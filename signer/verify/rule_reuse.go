package verify

import (
	"contractd/signer/pdf"
	"contractd/workflow"
)

// reuseRule wants new things to take new numbers: an object that stood unused in the signed file and now is part of
// the document, saying something else, was put there to be used so.
func (w *walk) reuseRule() error {
	suspects := map[pdf.Ref]bool{}
	for r := w.new; r != nil && r.Index > w.old.Index; r = r.Prev {
		for _, ref := range r.Changed() {
			if !w.typed[ref] && !w.seen[[2]pdf.Ref{ref, ref}] && !w.unchanged(ref) && w.replaced(ref) {
				suspects[ref] = true
			}
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	if err := w.reach(w.old, func(ref pdf.Ref) { delete(suspects, ref) }, suspects); err != nil {
		return err
	}
	if len(suspects) == 0 {
		return nil
	}
	var reused []pdf.Ref
	err := w.reach(w.new, func(ref pdf.Ref) {
		if suspects[ref] {
			reused = append(reused, ref)
		}
	}, suspects)
	for _, ref := range reused {
		w.differ(place{reason: workflow.ReasonStructure, path: "object " + ref.String()}, "it was in use for something else")
	}
	return err
}

// replaced says whether a reference leads to different values that are both there.
func (w *walk) replaced(ref pdf.Ref) bool {
	before, err1 := w.old.Object(ref)
	after, err2 := w.new.Object(ref)
	if section, ok := before.(*pdf.Stream); ok && section.Dict.Name("Type") == "XRef" {
		return false // Writers that do not read cross-reference streams as objects give their numbers away.
	}
	return err1 == nil && err2 == nil && before != nil && after != nil && !pdf.Equal(before, after)
}

// reach visits every object that a view's trailer leads to, as long as there is something to look for.
func (w *walk) reach(r *pdf.Revision, visit func(pdf.Ref), until map[pdf.Ref]bool) error {
	seen := map[pdf.Ref]bool{}
	queue := gather(nil, r.Trailer["Root"])
	queue = gather(queue, r.Trailer["Info"])
	for len(queue) > 0 && len(until) > 0 {
		if err := w.c.spend(); err != nil {
			return err
		}
		ref := queue[0]
		queue = queue[1:]
		if seen[ref] {
			continue
		}
		seen[ref] = true
		visit(ref)
		refs, err := w.c.refs.of(r, ref)
		if err != nil && reasonOf(err) == "" {
			return err
		}
		queue = append(queue, refs...)
	}
	return nil
}
