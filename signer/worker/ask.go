package worker

import (
	"context"
	"errors"
	"fmt"

	"contractd/signer/child"
	"contractd/signer/pdf"
	"contractd/signer/sandbox"
	"contractd/signer/verify"
	"contractd/workflow"
)

// Verify is verify.Verify in a worker. A file that kills its worker is failed, and the verdict names the limit.
func (p *Pool) Verify(ctx context.Context, document workflow.Document, o verify.Options) (workflow.Verdict, error) {
	documents := []workflow.Document{document}
	if o.Sent != nil {
		documents = append(documents, o.Sent.Document)
	}
	a, err := p.ask(ctx, task{Act: actVerify, Options: pack(o)}, documents...)
	var death *child.Death
	switch {
	case errors.As(err, &death):
		return unreadable(document, o, death), nil
	case err != nil:
		return workflow.Verdict{}, fmt.Errorf("verify PDF of %d bytes: %w", document.Size, err)
	case a.Verdict == nil:
		return workflow.Verdict{}, errors.New("verify PDF: the worker said nothing")
	}
	for _, want := range a.Wants {
		o.Want(want)
	}
	return *a.Verdict, nil
}

// Try starts a worker, unless one is there, and returns what stands around it.
func (p *Pool) Try(ctx context.Context) (sandbox.Walls, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return sandbox.Walls{}, ctx.Err()
	}
	h, err := p.take(ctx)
	if err != nil {
		return sandbox.Walls{}, err
	}
	p.put(h)
	return h.walls, nil
}

// unreadable is the verdict about a file that no worker survives.
func unreadable(document workflow.Document, o verify.Options, death *child.Death) workflow.Verdict {
	verdict := workflow.Verdict{
		Verdict: workflow.Passed, Lane: workflow.GeneralLane, Document: document.Ref, CheckedAt: o.Now, JudgedAt: o.At,
		Reasons: []workflow.Reason{}, Signatures: []workflow.Signature{},
	}
	if o.Sent != nil {
		verdict.Lane = workflow.ContractLane
	}
	if o.At.IsZero() {
		verdict.JudgedAt = o.Now
	}
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonLimit, Weight: workflow.Failed, Detail: limitText(death)})
	return verdict
}

func limitText(death *child.Death) string {
	if death.Limit == child.None {
		return "reading it broke the reader: " + death.Status
	}
	return "reading it hit the limit of " + string(death.Limit)
}

// Values is verify.Extract in a worker. In a file that kills its worker nothing can be found; Verify says so.
func (p *Pool) Values(ctx context.Context, document workflow.Document, limits pdf.Limits) ([]workflow.Hash, error) {
	a, err := p.ask(ctx, task{Act: actValues, Limits: limits}, document)
	var death *child.Death
	if errors.As(err, &death) {
		return nil, nil
	}
	return a.Values, err
}

// Look is verify.Eyes.Look in a worker that shows pages. What cannot be shown is for a person.
func (p *Pool) Look(ctx context.Context, sent, returned workflow.Document, verdict *workflow.Verdict) error {
	_, err := p.look(ctx, task{Act: actLook, Verdict: verdict}, sent, returned)
	return err
}

func (p *Pool) look(ctx context.Context, t task, sent, returned workflow.Document) (answer, error) {
	a, err := p.ask(ctx, t, returned, sent)
	var death *child.Death
	switch {
	case errors.As(err, &death):
		t.Verdict.Blame(workflow.Cause{Reason: workflow.ReasonSeen, Weight: workflow.Indeterminate, Detail: "the pages could not be shown: " + limitText(death)})
	case err != nil:
		return answer{}, fmt.Errorf("look at the returned pages: %w", err)
	case a.Verdict != nil:
		*t.Verdict = *a.Verdict
	}
	return a, nil
}

// pagesAtOnce is how many pages one answer shows.
const pagesAtOnce = 8

// Show renders pages from the first on, at most so many, 0 for all, and gives each as PNG.
func (p *Pool) Show(ctx context.Context, document workflow.Document, dpi, most int, each func(page int, picture []byte) error) error {
	for page := 1; most == 0 || page <= most; {
		var some []int
		for n := page; len(some) < pagesAtOnce && (most == 0 || n <= most); n++ {
			some = append(some, n)
		}
		a, err := p.ask(ctx, task{Act: actShow, Pages: some, DPI: dpi}, document)
		var death *child.Death
		if errors.As(err, &death) {
			return fmt.Errorf("show pages: %s", limitText(death))
		}
		if err != nil {
			return fmt.Errorf("show pages: %w", err)
		}
		for _, picture := range a.Shown {
			if err := each(page, picture); err != nil {
				return err
			}
			page++
		}
		if len(a.Shown) < len(some) {
			return nil
		}
	}
	return nil
}
