package decide

import (
	"context"
	"errors"
	"fmt"

	"contractd/workflow"
)

// Withdraw takes a contract back; the supplier is told when anything was mailed.
func (d *Desk) Withdraw(ctx context.Context, actor workflow.Actor, number, reason string) (workflow.Contract, error) {
	return d.insist(ctx, number, func() (workflow.Contract, error) {
		act, err := d.begin(ctx, actor, workflow.RightDecide, number)
		if err != nil {
			return workflow.Contract{}, err
		}
		if err := act.takeBack(ctx, "withdraw", reason); err != nil {
			act.open.Close()
			return act.contract, err
		}
		return act.finish(ctx, workflow.ActWithdrawn, map[string]string{"reason": reason})
	})
}

// takeBack ends the contract, cancels what has not left, and tells the supplier where something has.
func (d *decision) takeBack(ctx context.Context, doing, reason string) error {
	if reason == "" {
		return fmt.Errorf("%s contract %s: a reason is needed: %w", doing, d.contract.Number, workflow.ErrUsage)
	}
	deliveries, err := d.letters(ctx)
	if err != nil {
		return err
	}
	if err := d.contract.Move(workflow.StateWithdrawn); err != nil {
		return workflow.WithHint(err, "archived and withdrawn contracts stay as they are")
	}
	d.contract.Reason, d.contract.ClosedAt = reason, d.desk.Now()
	d.contract.Waiting, d.contract.Resumable = "", false
	d.cancel(deliveries)
	if !d.mailed(deliveries) {
		return nil
	}
	thread, err := d.thread(ctx)
	if err != nil {
		return err
	}
	return d.write(ctx, workflow.Notice{Kind: workflow.LetterWithdrawn, Text: reason, References: thread})
}

// insist decides again when nobody but the Dispatcher came between: that a delivery was claimed meanwhile changes what
// the supplier is told, not what the person decided. Another decision about the contract is a conflict for the person.
func (d *Desk) insist(ctx context.Context, number string, decide func() (workflow.Contract, error)) (workflow.Contract, error) {
	for range 5 {
		contract, err := decide()
		if !errors.Is(err, workflow.ErrConflict) || contract.ID == "" {
			return contract, err
		}
		now, failure := d.Ledger.ContractByNumber(ctx, number)
		if failure != nil || now.ID != contract.ID || now.Revision != contract.Revision {
			return contract, err
		}
	}
	return decide()
}
