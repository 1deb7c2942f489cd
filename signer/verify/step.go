package verify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// step is the union of all changes between two moments at which something vouched for the whole file, or from the last
// one to the end of the file. Some clients prepare a field in one revision and sign in the next; verification.md, 10.
type step struct {
	old, new *pdf.Revision
	changes  []change
}

// laterChanges compares the views between covering signatures and lays what it finds to every signature before.
func (c *fileCase) laterChanges() error {
	for _, s := range c.steps() {
		err := c.compare(&s)
		if err != nil && reasonOf(err) == "" {
			return fmt.Errorf("compare revisions %d and %d: %w", s.old.Index, s.new.Index, err)
		}
		if err != nil {
			s.changes = append(s.changes, change{level: workflow.ChangeForbidden, cause: workflow.Cause{
				Reason: reasonOf(err), Detail: err.Error(),
			}})
		}
		c.weighStep(s)
	}
	return nil
}

// steps are the stretches between proven ends.
func (c *fileCase) steps() []step {
	var ends []*pdf.Revision
	for _, s := range c.found {
		if s.covered != nil {
			ends = append(ends, s.covered)
		}
	}
	if c.base.revision != nil {
		ends = append(ends, c.base.revision)
	}
	if len(ends) == 0 {
		return nil
	}
	ends = append(ends, c.file.Last())
	slices.SortFunc(ends, func(a, b *pdf.Revision) int { return cmp.Compare(a.Index, b.Index) })
	ends = slices.Compact(ends)
	var steps []step
	for i := 1; i < len(ends); i++ {
		steps = append(steps, step{old: ends[i-1], new: ends[i]})
	}
	return steps
}

// compare fills in the changes of one step.
func (c *fileCase) compare(s *step) error {
	w := newWalk(c, s.old, s.new)
	for _, sig := range c.found {
		if sig.covered == s.new {
			w.fresh = append(w.fresh, sig)
		}
	}
	err := w.document()
	if errors.Is(err, pdf.ErrDamaged) || errors.Is(err, pdf.ErrLimit) || err == nil {
		s.changes = w.changes
	}
	return err
}

// document compares everything, by rules where there are some. Pages come first, so that what several places share is
// reported under its page.
func (w *walk) document() error {
	before, err := w.old.Catalog()
	if err != nil {
		return err
	}
	after, err := w.new.Catalog()
	if err != nil {
		return err
	}
	if err := w.register(); err != nil {
		return err
	}
	for _, rule := range []func(before, after pdf.Dict) error{
		w.pagesRule, w.formRule, w.marksRule, w.structureRule, w.dssRule, w.metadataRule, w.catalogRule,
	} {
		if err := rule(before, after); err != nil {
			return err
		}
		if err := w.drain(); err != nil {
			return err
		}
	}
	if err := w.infoRule(); err != nil {
		return err
	}
	return w.reuseRule()
}
