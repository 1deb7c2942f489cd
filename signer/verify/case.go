package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// maxSignatures bounds what a hostile file can make us hash and verify. Some clients sign every page by itself.
const maxSignatures = 1000

// fileCase is one file under judgement.
type fileCase struct {
	ctx      context.Context
	doc      workflow.Document
	opts     Options
	file     *pdf.File
	digests  *digests
	found    []*signature // By the end of what they cover, then in the order of the form.
	refs     refCache
	base     base             // Where the contract lane's proof ends.
	trust    bool             // Off in Inspect.
	work     int              // Steps taken so far.
	material map[int]material // Of the DSS, by revision.
	unasked  []string         // Certificates of which it is not known whether they were revoked.
	verdict  workflow.Verdict
}

func newCase(ctx context.Context, doc workflow.Document, o Options) *fileCase {
	o = o.withDefaults()
	return &fileCase{
		ctx: ctx, doc: doc, opts: o, digests: newDigests(ctx, doc), refs: refCache{}, material: map[int]material{}, trust: true,
		verdict: workflow.Verdict{
			Verdict: workflow.Passed, Lane: o.lane(), Document: doc.Ref, CheckedAt: o.Now, JudgedAt: o.At,
			Reasons: []workflow.Reason{}, Signatures: []workflow.Signature{},
		},
	}
}

// judge applies every rule in the order in which they depend on one another.
func (c *fileCase) judge() (workflow.Verdict, error) {
	return c.run(c.open, c.structure, c.elements, c.find, c.orphans, c.ranges, c.order, c.origin, c.cryptography, c.times,
		c.certificates, c.certifications, c.laterChanges, c.contract, c.identity, c.statements, c.levels)
}

// run applies rules until one has the answer.
func (c *fileCase) run(rules ...func() error) (workflow.Verdict, error) {
	for _, rule := range rules {
		if err := c.ctx.Err(); err != nil {
			return workflow.Verdict{}, fmt.Errorf("verify PDF of %d bytes: %w", c.doc.Size, err)
		}
		err := rule()
		if errors.Is(err, errAnswered) {
			break
		}
		if err = c.blameFile(err); err != nil {
			return workflow.Verdict{}, fmt.Errorf("verify PDF of %d bytes: %w", c.doc.Size, err)
		}
	}
	return c.finish(), nil
}

// maxWork bounds the steps of all comparisons. Honest files of a thousand pages take some hundred thousand.
const maxWork = 20_000_000

// spend counts one step of a comparison.
func (c *fileCase) spend() error {
	if c.work++; c.work > maxWork {
		return fmt.Errorf("compare revisions: more than %d steps: %w", maxWork, pdf.ErrLimit)
	}
	if c.work%1024 == 0 {
		return c.ctx.Err()
	}
	return nil
}

// errAnswered ends the judgement early: the verdict stands.
var errAnswered = errors.New("answered")

// blameFile turns an error that the file is to blame for into a cause; any other is returned.
func (c *fileCase) blameFile(err error) error {
	if err == nil {
		return nil
	}
	reason := reasonOf(err)
	if reason == "" {
		return err
	}
	c.blame(reason, "%v", err)
	return nil
}

// reasonOf names the fault of a file; empty if the error is not the file's.
func reasonOf(err error) workflow.Reason {
	switch {
	case errors.Is(err, pdf.ErrNotPDF):
		return workflow.ReasonNotPDF
	case errors.Is(err, pdf.ErrEncrypted):
		return workflow.ReasonEncrypted
	case errors.Is(err, pdf.ErrLimit):
		return workflow.ReasonLimit
	case errors.Is(err, pdf.ErrDamaged), errors.Is(err, pdf.ErrFilter):
		return workflow.ReasonDamaged
	}
	return ""
}

// blame fails the whole file.
func (c *fileCase) blame(reason workflow.Reason, format string, args ...any) {
	c.verdict.Blame(workflow.Cause{Reason: reason, Weight: workflow.Failed, Detail: fmt.Sprintf(format, args...)})
}

// open reads the chain of revisions; verification.md, 5: what needs reconstruction or a password is failed.
func (c *fileCase) open() error {
	file, err := pdf.Open(c.ctx, c.doc.ReaderAt, c.doc.Size, c.opts.Limits)
	if err != nil {
		damaged := errors.Is(err, pdf.ErrDamaged)
		if err = c.blameFile(err); err == nil && damaged && c.opts.Sent != nil {
			_, err = c.carriesOurs() // Tools that save anew do not all write what a strict reader takes.
		}
		if err != nil {
			return err
		}
		return errAnswered
	}
	c.file = file
	pages, err := file.Last().Pages()
	c.verdict.Pages = len(pages)
	return err
}

// finish gathers the verdict of the whole from those of its parts.
func (c *fileCase) finish() workflow.Verdict {
	v := c.verdict
	if c.trust && len(c.found) > 0 && c.revocationOff() {
		v.Notes = append(v.Notes, "revocation was not checked")
	}
	if len(c.unasked) > 0 {
		v.Notes = append(v.Notes, "it is not known whether these certificates were revoked: "+strings.Join(c.unasked, ", "))
	}
	for _, s := range c.found {
		v.Verdict = v.Verdict.Worse(s.out.Verdict)
		v.Signatures = append(v.Signatures, s.out)
	}
	return v
}

func (c *fileCase) note(format string, args ...any) {
	c.verdict.Notes = append(c.verdict.Notes, fmt.Sprintf(format, args...))
}
