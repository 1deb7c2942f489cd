package verify

import (
	"fmt"

	"contractd/signer/pdf"
	"contractd/workflow"
)

const maxChanges = 64 // Of one level that is refused; after so many, one more says nothing new.

// change is one difference between two views of the file, with what explains it.
type change struct {
	level workflow.ChangeLevel
	cause workflow.Cause // For when it is not acceptable.
	field string         // Full name of the form field concerned, for locks.
	stamp bool           // A stamp annotation made together with a signature.
}

// place is where in the document two values are being compared, and what a difference there means.
type place struct {
	reason workflow.Reason
	page   int
	path   string
	drawn  bool                 // Within what is painted: nothing there is anybody else's business.
	level  workflow.ChangeLevel // Of a difference here; forbidden when empty.
	tree   bool                 // Within the structure tree.
}

func (p place) at(key string) place {
	if len(p.path) < 200 {
		p.path += key
	}
	return p
}

// walk compares two views of one file, value by value, from the catalog on: an object that is reached in several ways
// is judged in each of them, and what cannot be reached does not matter. Rejecting is the default: rules (in files of
// their own) take keys out of the comparison that they explain.
type walk struct {
	c        *fileCase
	old, new *pdf.Revision
	typed    map[pdf.Ref]bool    // Pages, fields and annotations, which have their own rules wherever they are reached.
	seen     map[[2]pdf.Ref]bool // Pairs of objects that are compared already.
	outer    map[[2]pdf.Ref]bool // The same of the walk that a probe serves.
	queue    []pair
	probing  bool
	changes  []change
	tried    int // Pairs of validation material.
	refused  map[workflow.ChangeLevel]int
	fresh    []*signature // Whose cover ends with the newer view and not before.
	marks    map[pdf.Ref]*mark
	widgets  map[pdf.Ref]bool     // Widgets of either form; true if of the older one, whose fields' rule compares them.
	pages    map[pdf.Ref]pdf.Page // Where annotations stand in the newer view.
	judged   map[pdf.Ref]bool     // Fields and widgets of the older form that were compared.
	names    map[string]bool      // Of the older form's fields.
	oldForm  map[pdf.Ref]pdf.Field
	newForm  map[pdf.Ref]pdf.Field
}

// pair is two values still to be compared.
type pair struct {
	old, new pdf.Object
	at       place
}

func newWalk(c *fileCase, old, new *pdf.Revision) *walk {
	return &walk{
		c: c, old: old, new: new, typed: map[pdf.Ref]bool{}, seen: map[[2]pdf.Ref]bool{},
		marks: map[pdf.Ref]*mark{}, widgets: map[pdf.Ref]bool{}, pages: map[pdf.Ref]pdf.Page{},
		judged: map[pdf.Ref]bool{}, names: map[string]bool{}, refused: map[workflow.ChangeLevel]int{},
	}
}

// report records a change.
func (w *walk) report(ch change) {
	// What is allowed must never push out what is not, and each field is needed for locks: only refusals are capped.
	if ch.level == workflow.ChangeForbidden || ch.level == workflow.ChangeUnexplained {
		if w.refused[ch.level]++; w.refused[ch.level] > maxChanges {
			return
		}
	}
	w.changes = append(w.changes, ch)
}

// differ records a difference that no rule explains.
func (w *walk) differ(at place, format string, args ...any) {
	level := at.level
	if level == "" {
		level = workflow.ChangeForbidden
	}
	w.report(change{level: level, cause: workflow.Cause{
		Reason: at.reason, Page: at.page, Detail: at.path + ": " + fmt.Sprintf(format, args...),
	}})
}

// allow records a change that a rule explains.
func (w *walk) allow(level workflow.ChangeLevel, reason workflow.Reason, at place, field string) {
	w.report(change{level: level, field: field, cause: workflow.Cause{Reason: reason, Page: at.page, Detail: at.path}})
}

// same queues two values that must be equal.
func (w *walk) same(old, new pdf.Object, at place) {
	if old == nil && new == nil {
		return
	}
	w.queue = append(w.queue, pair{old, new, at})
}

// drain compares what is queued.
func (w *walk) drain() error {
	for len(w.queue) > 0 {
		next := w.queue[len(w.queue)-1]
		w.queue = w.queue[:len(w.queue)-1]
		if err := w.c.spend(); err != nil {
			return err
		}
		if w.probing && len(w.changes) > 0 {
			w.queue = nil
			return nil
		}
		if err := w.compare(next.old, next.new, next.at); err != nil {
			return err
		}
	}
	return nil
}

// equal says whether two values are the same in both views, without recording a difference.
func (w *walk) equal(old, new pdf.Object, at place) (bool, error) {
	probe := *w
	probe.probing, probe.changes, probe.queue, probe.refused = true, nil, nil, map[workflow.ChangeLevel]int{}
	probe.seen, probe.outer = map[[2]pdf.Ref]bool{}, w.seen
	at.level = ""
	probe.same(old, new, at)
	if err := probe.drain(); err != nil {
		return false, err
	}
	if len(probe.changes) > 0 {
		return false, nil
	}
	for k := range probe.seen {
		w.seen[k] = true
	}
	return true, nil
}
