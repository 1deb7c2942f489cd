package verify

import (
	"slices"

	"contractd/workflow"
)

// weighStep decides which changes of a step are acceptable, and lays them to every signature before the step.
func (c *fileCase) weighStep(s step) {
	permits, locks := c.locksOf(s.old)
	returned := c.base.revision != nil && s.old.Index >= c.base.revision.Index
	level := workflow.ChangeNone
	var causes []workflow.Cause
	for _, ch := range s.changes {
		cause, refused := c.refuse(ch, permits, returned)
		if !refused && ch.field != "" && slices.ContainsFunc(locks, func(l lock) bool { return l.locks(ch.field) }) {
			cause, refused = ch.cause, true
			cause.Reason, cause.Weight = workflow.ReasonLock, workflow.Failed
		}
		if !refused {
			level = level.Worse(ch.level)
			continue
		}
		if cause.Weight == workflow.Failed {
			level = workflow.ChangeForbidden
		}
		level = level.Worse(ch.level)
		causes = append(causes, cause)
	}
	c.lay(s, level, causes)
}

// lay blames the signatures that came before; the whole file where there are none.
func (c *fileCase) lay(s step, level workflow.ChangeLevel, causes []workflow.Cause) {
	concerned := false
	for _, sig := range c.found {
		if sig.covered == nil || sig.covered.Index > s.old.Index {
			continue
		}
		concerned = true
		sig.out.LaterChanges = sig.out.LaterChanges.Worse(level)
		for _, cause := range causes {
			sig.out.Blame(cause)
		}
	}
	for _, cause := range causes {
		if !concerned {
			c.verdict.Blame(cause)
		}
	}
}

// refuse says whether a change is not acceptable. Without a certification the general lane allows what P = 2 allows;
// the contract lane allows signing and its validation material, nothing else.
func (c *fileCase) refuse(ch change, permits int, returned bool) (workflow.Cause, bool) {
	cause := ch.cause
	cause.Weight = workflow.Failed
	locked := cause
	locked.Reason = workflow.ReasonLock
	switch ch.level {
	case workflow.ChangeForbidden:
		return cause, true
	case workflow.ChangeUnexplained:
		if permits == 1 {
			return locked, true
		}
		cause.Weight = workflow.Indeterminate
		return cause, true
	case workflow.ChangeLTA:
		return locked, permits == 1 && !c.opts.LTAUnderP1
	case workflow.ChangeSigning:
		return locked, permits == 1 || ch.stamp && permits == 2
	case workflow.ChangeForm:
		if permits == 1 {
			return locked, true
		}
		return cause, returned
	}
	// ISO 32000-2, table 257: annotations need P = 3, and no certification is treated as P = 2.
	if permits == 1 || permits == 2 {
		return locked, true
	}
	return cause, returned || permits != 3
}
