package decide

import (
	"context"
	"fmt"

	"contractd/workflow"
)

// Revise puts a new version in the place of a contract: one transaction ends the old one, links both, and records the
// new draft, so that there is never a moment with two versions or with none. The old one may have been withdrawn already.
// The right to decide is needed for the end of the one, the right to send for the other; next comes from Issuer.Plan.
func (d *Desk) Revise(ctx context.Context, actor workflow.Actor, reason string, next workflow.Contract, draft workflow.Document) (workflow.Contract, error) {
	return d.insist(ctx, next.Number, func() (workflow.Contract, error) {
		act, err := d.begin(ctx, actor, workflow.RightDecide, next.Number)
		if err != nil {
			return workflow.Contract{}, err
		}
		if err := act.revise(ctx, reason, next, draft); err != nil {
			act.open.Close()
			return act.contract, err
		}
		return act.finish(ctx, workflow.ActRevised, map[string]string{
			"reason": reason, "version": fmt.Sprint(act.contract.Version), "next": string(next.ID),
		})
	})
}

func (d *decision) revise(ctx context.Context, reason string, next workflow.Contract, draft workflow.Document) error {
	old := &d.contract
	if err := d.actor.NeedFor(workflow.RightSend, old.Supplier); err != nil {
		return err
	}
	switch {
	case reason == "":
		return fmt.Errorf("revise contract %s: a reason is needed: %w", old.Number, workflow.ErrUsage)
	case next.Supplier != old.Supplier:
		return workflow.WithHint(fmt.Errorf("revise contract %s: it is with supplier %q, not %q: %w", old.Number, old.Supplier, next.Supplier, workflow.ErrUsage),
			"a contract with another supplier needs a number of its own")
	case old.State == workflow.StateArchived:
		return d.refuse("revise", "it is signed by both; agree on a change in a contract with a number of its own")
	}
	old.Next = next.ID // Before the letter is written, which says that another version follows.
	if old.State != workflow.StateWithdrawn {
		if err := d.takeBack(ctx, "revise", reason); err != nil {
			return err
		}
	}
	next.Version, next.Previous = old.Version+1, old.ID
	if next.Owner != old.Owner { // Who revises does not take it over; the seals are released by whose act it is.
		next.Creator, next.Owner = next.Owner, old.Owner
	}
	d.answer = next.ID
	d.change.Documents = append(d.change.Documents, draft)
	d.change.Contracts = append(d.change.Contracts, next)
	d.note(workflow.ActCreated, "contract/"+string(next.ID), map[string]string{
		"number": next.Number, "supplier": string(next.Supplier), "draft": draft.Hash.String(),
		"version": fmt.Sprint(next.Version), "previous": string(old.ID),
	})
	return nil
}
