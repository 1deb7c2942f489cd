package decide

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
)

// Extend puts the deadline of a contract off; an expired one waits again. The supplier is told, unless no mail server took
// the contract yet, and unless a return of it is under review: whoever has answered would only wonder. Should
// that return be refused, the refusal names the new deadline.
func (d *Desk) Extend(ctx context.Context, actor workflow.Actor, number string, deadline time.Time, reason string) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	defer act.open.Close()
	before := act.contract.Deadline
	if err := act.putOff(deadline); err != nil {
		return act.contract, err
	}
	if err := act.tellDeadline(ctx, before, reason); err != nil {
		return act.contract, err
	}
	return act.finish(ctx, workflow.ActExtended, map[string]string{
		"from": before.UTC().Format(time.RFC3339), "to": deadline.UTC().Format(time.RFC3339), "reason": reason,
	})
}

// putOff sets the new deadline.
func (d *decision) putOff(deadline time.Time) error {
	contract, now := &d.contract, d.desk.Now()
	switch contract.State {
	case workflow.StateSent, workflow.StateExpired, workflow.StateUndeliverable, workflow.StateReview:
	case workflow.StateDraft, workflow.StateSealed:
		return d.refuse("extend", "it has not been sent yet: `contractd unseal` and `contractd revise` change what it says")
	default:
		return d.refuse("extend", "archived and withdrawn contracts stay as they are")
	}
	switch {
	case !deadline.After(now):
		return fmt.Errorf("extend contract %s to %s, which has passed: %w", contract.Number, deadline.Format(time.RFC3339), workflow.ErrUsage)
	case !deadline.After(contract.Deadline):
		return workflow.WithHint(
			fmt.Errorf("extend contract %s to %s, which is not after its deadline %s: %w", contract.Number, deadline.Format(time.RFC3339), contract.Deadline.Format(time.RFC3339), workflow.ErrUsage),
			"a deadline that the supplier was told is not brought forward; withdraw or revise the contract instead")
	}
	contract.Deadline, contract.Extended = deadline, now
	if contract.State == workflow.StateExpired {
		return contract.Move(workflow.StateSent)
	}
	return nil
}

func (d *decision) tellDeadline(ctx context.Context, before time.Time, reason string) error {
	deliveries, err := d.letters(ctx)
	if err != nil {
		return err
	}
	taken := !d.contract.SentAt.IsZero() || slices.ContainsFunc(deliveries, func(delivery workflow.Delivery) bool {
		return delivery.Channel == workflow.ChannelTo && (delivery.State == workflow.DeliveryAccepted || delivery.State == workflow.DeliveryClaimed)
	})
	if !taken || d.contract.State == workflow.StateReview {
		return nil
	}
	thread, err := d.thread(ctx)
	if err != nil {
		return err
	}
	return d.write(ctx, workflow.Notice{Kind: workflow.LetterExtended, Before: before, Text: reason, References: thread})
}
