package outbound

import (
	"context"
	"fmt"
	"io"

	"contractd/workflow"
)

// recognised makes the contract of a document that another program sealed stand where our own seals would have brought it:
// draft and batches are as if we had made them, so that self-check, letter, matching and unsealing are the usual ones. It
// returns every document between draft and seal, each a beginning of the next.
func (i *Issuer) recognised(ctx context.Context, actor workflow.Actor, contract *workflow.Contract, sealed workflow.Document) ([]workflow.Document, error) {
	draft, batches, err := i.Checker.Recognise(ctx, sealed)
	if err != nil {
		return nil, fmt.Errorf("find our seals on contract %s: %w", contract.Number, err)
	}
	for n := range batches {
		batches[n].At, batches[n].Actor = contract.Created, actor.Name
	}
	contract.Draft, contract.Batches, contract.Pending = draft.Ref, batches, nil
	if _, err := i.selfCheck(ctx, *contract, draft, sealed); err != nil {
		return nil, workflow.WithHint(fmt.Errorf("check contract %s, which is sealed already: %w: %w", contract.Number, err, workflow.ErrPolicy),
			"nothing was recorded; `contractd verify` tells what the file holds")
	}
	documents := []workflow.Document{draft}
	for _, batch := range batches {
		documents = append(documents, workflow.Document{Ref: batch.After, ReaderAt: io.NewSectionReader(sealed, 0, batch.After.Size)})
	}
	return documents, nil
}

// sealedElsewhere are the journal's entries of seals that came with the document.
func sealedElsewhere(contract workflow.Contract) []workflow.Entry {
	var entries []workflow.Entry
	for _, batch := range contract.Batches {
		entries = append(entries, entry(contract.Created, batch.Actor, workflow.ActSealed, contract.ID, map[string]string{
			"batch": batch.ID, "by": "another program", "certificate": batch.Certificate.String(), "document": batch.After.Hash.String(),
		}))
	}
	return entries
}
