package outbound

import (
	"context"
	"fmt"
	"io"
	"slices"

	"contractd/workflow"
)

// Filler fills in timestamps that were put off while no authority answered.
type Filler interface {
	// Fill returns the document with the timestamp of its last signature; no octet changes that is signed. ErrTemporary
	// leaves the contract waiting for the next try; any other error leaves it to a person.
	Fill(ctx context.Context, contract workflow.Contract, in workflow.Document) (workflow.Document, io.Closer, error)
}

// Preserver collects what our signatures need to be judged when their authorities no longer answer.
type Preserver interface {
	// Preserve returns what belongs behind the sealed document, or the zero Document where nothing is wanted. An error
	// names the certificate that lacks something and keeps the contract from leaving; ErrTemporary until the next try.
	Preserve(ctx context.Context, contract workflow.Contract, sealed workflow.Document) (workflow.Document, io.Closer, error)
}

// awaits reports whether the last seal waits for its timestamp. Nothing is done with the contract before: the next seal
// would cover the room that was left for it.
func awaits(contract workflow.Contract) bool {
	n := len(contract.Batches)
	return n > 0 && contract.Batches[n-1].Awaits
}

// fill gives the last seal its timestamp and records the document that has it in place of the one without, which stays in
// the contract's history.
func (i *Issuer) fill(ctx context.Context, actor workflow.Actor, contract workflow.Contract, progress Progress) error {
	contract.Batches = slices.Clone(contract.Batches)
	last := &contract.Batches[len(contract.Batches)-1]
	progress("timestamp", last.Key)
	before, closer, err := i.Ledger.Document(ctx, last.After)
	if err != nil {
		return fmt.Errorf("open contract %s: %w", contract.Number, err)
	}
	defer closer.Close()
	if i.Filler == nil {
		return i.wait(ctx, actor, contract, last.Key, fmt.Errorf("%w: nothing fills in timestamps here", workflow.ErrPolicy))
	}
	filled, kept, err := i.Filler.Fill(ctx, contract, before)
	if err != nil {
		return i.wait(ctx, actor, contract, last.Key, err)
	}
	defer kept.Close()
	contract.Superseded = append(slices.Clone(contract.Superseded), last.After)
	last.After, last.Awaits, last.Unstamped = filled.Ref, false, ""
	contract.Waiting, contract.Resumable = "", false
	err = i.Ledger.Apply(ctx, workflow.Change{
		Documents: []workflow.Document{filled},
		Contracts: []workflow.Contract{contract},
		Entries: []workflow.Entry{entry(i.Now(), actor.Name, workflow.ActFilled, contract.ID, map[string]string{
			"batch": last.ID, "key": last.Key, "document": filled.Hash.String(), "before": before.Hash.String(),
		})},
	})
	if err != nil {
		return fmt.Errorf("record timestamp of key %q on contract %s: %w", last.Key, contract.Number, err)
	}
	return nil
}

// preserve collects the long-term material of a contract that is about to leave.
func (i *Issuer) preserve(ctx context.Context, contract *workflow.Contract, sealed workflow.Document, progress Progress) ([]workflow.Document, io.Closer, error) {
	if i.Preserver == nil {
		return nil, io.NopCloser(nil), nil
	}
	progress("preserve", contract.Number)
	tail, closer, err := i.Preserver.Preserve(ctx, *contract, sealed)
	if err != nil {
		return nil, nil, err
	}
	if tail.IsZero() {
		return nil, closer, nil
	}
	contract.LongTerm = append(slices.Clone(contract.LongTerm), workflow.LongTerm{Over: sealed.Hash, Tail: tail.Ref, At: i.Now()})
	return []workflow.Document{tail}, closer, nil
}
