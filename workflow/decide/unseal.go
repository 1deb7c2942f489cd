package decide

import (
	"context"
	"fmt"
	"time"

	"contractd/workflow"
)

// Unsealer takes batches off documents.
type Unsealer interface {
	// Unseal proves that the key of the batch is present, takes the document's last batch off, and says which that was and
	// what is left. An error wrapping ErrKeyMissing, ErrPIN or ErrSuspended means that the key is not there to be asked; any
	// other that the document does not end with a batch of that key. Nothing may be changed after an error.
	Unseal(ctx context.Context, batch workflow.Batch, sealed workflow.Document) (id string, left workflow.Ref, err error)
}

// Unseal takes back the last batch of a contract that was never mailed, by the key that made it. The file before it is in
// the store already; the removed one stays there, so that a copy that leaked is recognised.
func (d *Desk) Unseal(ctx context.Context, actor workflow.Actor, number string) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightSend, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	deliveries, err := act.letters(ctx)
	if err != nil {
		return act.contract, err
	}
	contract := &act.contract
	switch {
	case tried(deliveries) && !contract.State.Final():
		return *contract, act.refuse("unseal", "a mail was already attempted; use `contractd withdraw "+number+"`")
	case len(contract.Batches) == 0 || (contract.State != workflow.StateSealed && contract.State != workflow.StateDraft):
		return *contract, act.refuse("unseal", "only a seal of ours on a contract that was never mailed can be undone")
	}
	last := contract.Batches[len(contract.Batches)-1]
	if err := act.prove(ctx, last); err != nil {
		return *contract, err
	}
	act.cancel(deliveries)
	if contract.State == workflow.StateSealed {
		if err := contract.Move(workflow.StateDraft); err != nil {
			return *contract, err
		}
	}
	contract.Batches = contract.Batches[:len(contract.Batches)-1]
	contract.Superseded = append(contract.Superseded, last.After)
	contract.Pending = append([]string{last.Key}, contract.Pending...)
	contract.Waiting, contract.Resumable = "unsealed by "+actor.Name, false
	contract.Letter, contract.SealedAt = "", time.Time{}
	return act.finish(ctx, workflow.ActUnsealed, map[string]string{"batch": last.ID, "key": last.Key, "document": last.After.Hash.String()})
}

// prove compares what the file says about its last batch with what the store says, by hash, and needs the key for it.
func (d *decision) prove(ctx context.Context, last workflow.Batch) error {
	sealed, closer, err := d.desk.Library.Document(ctx, last.After)
	if err != nil {
		return fmt.Errorf("open contract %s: %w", d.contract.Number, err)
	}
	defer closer.Close() // Only read.
	id, left, err := d.desk.Unsealer.Unseal(ctx, last, sealed)
	if err != nil {
		err = fmt.Errorf("unseal contract %s: %w", d.contract.Number, err)
		if workflow.HintOf(err) != "" {
			return err
		}
		return workflow.WithHint(err, "plug the token in; without it the contract can be withdrawn: `contractd withdraw "+d.contract.Number+"`")
	}
	if id != last.ID || left != last.Before {
		return workflow.WithHint(fmt.Errorf("unseal contract %s: its file ends with batch %q over %s, the store says %q over %s: %w",
			d.contract.Number, id, left.Hash.Short(), last.ID, last.Before.Hash.Short(), workflow.ErrIntegrity), "run `contractd archive check`")
	}
	return nil
}
