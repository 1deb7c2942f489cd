package verify

import (
	"crypto"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// base is where the proof by bytes ends in the contract lane: up to here the file is what we sent.
type base struct {
	revision *pdf.Revision // nil outside of the contract lane, and when the file is not ours.
	end      int64
}

// origin answers "is this what we sent?"; verification.md, 11. The file begins with exactly those bytes, or with them
// up to the end of our last signature.
func (c *fileCase) origin() error {
	sent := c.opts.Sent
	if sent == nil {
		return nil
	}
	end, err := c.commonEnd()
	if err != nil {
		return err
	}
	if end == 0 {
		return c.notOurs()
	}
	for _, r := range c.file.Revisions() {
		if r.Marker <= end {
			c.base = base{r, end}
		}
	}
	if c.base.revision == nil {
		c.blame(workflow.ReasonRevision, "no revision ends where the document that was sent does")
	}
	return nil
}

// notOurs names the mistake: another version of ours, a file saved anew, or nothing of ours at all.
func (c *fileCase) notOurs() error {
	known := slices.Clone(c.opts.Sent.Known)
	slices.SortFunc(known, func(a, b workflow.Prefix) int { return int(min(1, max(-1, b.Size-a.Size))) })
	for _, prefix := range known {
		if prefix.Size <= 0 || prefix.Size > c.doc.Size || prefix.Kind == workflow.PrefixSealed {
			continue
		}
		digest, err := c.digests.prefix(crypto.SHA256, prefix.Size)
		if err != nil {
			return err
		}
		if workflow.Hash(digest) != prefix.Hash {
			continue
		}
		reason := workflow.ReasonSignedDraft
		if prefix.Kind == workflow.PrefixSuperseded {
			reason = workflow.ReasonSuperseded
		}
		c.blame(reason, "it begins with document %s (%s)", prefix.Hash.Short(), prefix.Kind)
		return nil
	}
	return c.rewritten()
}

// rewritten tells a file of ours that was saved anew from one that never was ours.
func (c *fileCase) rewritten() error {
	ours, err := c.carriesOurs()
	if err == nil && !ours {
		c.blame(workflow.ReasonNotOurs, "it neither begins with our bytes nor carries a signature value of ours")
	}
	return err
}

// carriesOurs looks for our signature values in a file that does not begin with our bytes.
func (c *fileCase) carriesOurs() (bool, error) {
	ours := c.opts.Sent.Values
	if len(ours) == 0 && c.opts.Sent.Document.ReaderAt != nil {
		var err error
		if ours, err = extract(c.ctx, c.opts.Sent.Document, c.opts.Limits); err != nil {
			return false, err
		}
	}
	held, err := extract(c.ctx, c.doc, c.opts.Limits)
	if err != nil {
		return false, err
	}
	for _, value := range held {
		if slices.Contains(ours, value) {
			c.blame(workflow.ReasonRewritten, "it carries our signature value %s over other bytes", value.Short())
			return true, nil
		}
	}
	return false, nil
}

// contract tells our signatures from theirs and wants one of theirs.
func (c *fileCase) contract() error {
	if c.opts.Sent == nil || c.base.revision == nil {
		return c.ownMarks()
	}
	theirs := 0
	for _, s := range c.found {
		s.out.Side = workflow.SideTheirs
		if s.end() <= c.base.end {
			s.out.Side = workflow.SideOurs
		} else if !s.timestamp() {
			theirs++
		}
	}
	if theirs == 0 {
		c.blame(workflow.ReasonUnchanged, "no signature was added to what was sent")
	}
	return c.ownMarks()
}
