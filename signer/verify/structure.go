package verify

import (
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// structure applies verification.md, 2, 3 and 5 to the revisions as such.
func (c *fileCase) structure() error {
	for _, r := range c.file.Revisions() {
		if refs := r.Conflicts(); len(refs) > 0 {
			// ISO 32000-2, 7.5.8.4: an object hidden from old readers is free in the table.
			c.blame(workflow.ReasonHybridConflict, "revision %d has %s at two places", r.Index, refs[0])
		}
		for _, s := range r.Sections {
			if s.Loose {
				// ISO 32000-2, 7.5.4. PDFium takes this as a reason to search for objects, MuPDF likewise.
				c.blame(workflow.ReasonDamaged, "the cross-reference section at %d is of a form that viewers repair", s.Offset)
				break
			}
		}
		if r.Index == 0 {
			continue
		}
		c.chained(r)
		if err := c.hidden(r); err != nil {
			return err
		}
		if err := c.dangling(r); err != nil {
			return err
		}
	}
	trailing, err := c.file.Trailing()
	if err == nil && trailing.Len() > 0 {
		c.blame(workflow.ReasonJunk, "%d bytes follow the last %%%%EOF", trailing.Len())
	}
	return err
}

// chained compares a later revision's trailer with the one before.
func (c *fileCase) chained(r *pdf.Revision) {
	// digitorus/pdfsign writes the catalog under a new number; its entries are compared all the same. A catalog that an
	// earlier revision kept ready is another matter.
	if root := r.Root(); root != r.Prev.Root() && (!slices.Contains(r.Changed(), root) || known(r.Prev, root)) {
		c.blame(workflow.ReasonRevision, "revision %d names another catalog", r.Index)
	}
	size, _ := r.Trailer["Size"].(pdf.Integer)
	before, _ := r.Prev.Trailer["Size"].(pdf.Integer)
	if size < before {
		c.blame(workflow.ReasonRevision, "/Size shrinks from %d to %d in revision %d", before, size, r.Index)
	}
	if r.Empty() {
		// An empty table is what repairing viewers take as a reason to search for objects.
		c.blame(workflow.ReasonRevision, "the cross-reference section of revision %d names no object", r.Index)
	}
	for _, ref := range r.Strays() {
		now, _ := r.Entry(ref)
		then, _ := r.Prev.Entry(ref)
		if now.Offset != then.Offset || then.Kind != pdf.EntryOffset {
			c.blame(workflow.ReasonRevision, "revision %d places object %s into bytes of an earlier one", r.Index, ref)
			return
		}
	}
}

// known reports whether a revision has an object of that number.
func known(r *pdf.Revision, ref pdf.Ref) bool {
	_, ok := r.Entry(ref)
	return ok
}

// hidden looks for bytes that only a repairing reader would find objects in.
func (c *fileCase) hidden(r *pdf.Revision) error {
	gaps, err := r.Gaps()
	if err == nil && len(gaps) > 0 {
		c.blame(workflow.ReasonHiddenObjects, "bytes %d to %d of revision %d belong to no object", gaps[0].Start, gaps[0].End, r.Index)
	}
	return err
}

// dangling looks for references to nothing in what a revision wrote: poppler takes one as a reason to search the file
// for objects, and readers differ in whether a null reference hides what would be inherited. What dangled before stays.
func (c *fileCase) dangling(r *pdf.Revision) error {
	for _, ref := range r.Changed() {
		refs, err := c.refs.of(r, ref)
		if err != nil {
			return err
		}
		var before []pdf.Ref
		for _, to := range refs {
			if err := c.spend(); err != nil {
				return err
			}
			if e, ok := r.Entry(to); ok && e.Kind != pdf.EntryFree {
				continue
			}
			if before == nil {
				if before, err = c.refs.of(r.Prev, ref); err != nil {
					return err
				}
			}
			if !slices.Contains(before, to) {
				c.blame(workflow.ReasonDamaged, "object %s of revision %d refers to %s, which does not exist", ref, r.Index, to)
				return nil
			}
		}
	}
	return nil
}
