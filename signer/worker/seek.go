package worker

import (
	"context"
	"errors"
	"fmt"

	"contractd/signer"
	"contractd/signer/child"
	"contractd/signer/place"
	"contractd/workflow"
)

// Codes returns the texts of our QR codes on a document's pages, from a worker that shows pages. What kills it or cannot be shown
// has none: who wants to know what a file is asks Verify.
func (p *Pool) Codes(ctx context.Context, document workflow.Document) ([]string, error) {
	return p.CodesAt(ctx, document, 0)
}

// CodesAt is Codes at one resolution, which is enough for what a program drew.
func (p *Pool) CodesAt(ctx context.Context, document workflow.Document, dpi int) ([]string, error) {
	a, err := p.ask(ctx, task{Act: actCodes, DPI: dpi}, document)
	var death *child.Death
	var unshown *failure
	if errors.As(err, &death) || errors.As(err, &unshown) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read QR codes: %w", err)
	}
	return a.Codes, nil
}

// Places is place.Find in a worker that shows pages. The error is a *place.Refusal where a person wants what cannot be had.
func (p *Pool) Places(ctx context.Context, document workflow.Document, queries ...place.Query) ([][]signer.Place, error) {
	a, err := p.ask(ctx, task{Act: actPlace, Queries: queries}, document)
	var death *child.Death
	switch {
	case errors.As(err, &death):
		return nil, fmt.Errorf("look for places of marks: %s: %w", limitText(death), workflow.ErrDocument)
	case err != nil:
		return nil, fmt.Errorf("look for places of marks: %w", err)
	case a.Refusal != nil:
		return nil, a.Refusal
	case len(a.Places) != len(queries):
		return nil, errors.New("look for places of marks: the worker did not answer all")
	}
	return a.Places, nil
}
