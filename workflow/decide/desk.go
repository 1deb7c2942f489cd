// Package decide is what people decide about contracts: release, undo, approve, refuse, withdraw.
//
// Rights are checked here, whatever way a request came. Each decision is one transaction with its journal entry;
// when two people decide at once, one wins and the other gets ErrConflict. It never signs or verifies anything.
package decide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Ledger is what decisions need of the store.
type Ledger interface {
	// Apply writes the change whole or not at all; ErrConflict means that somebody else decided meanwhile.
	Apply(ctx context.Context, change workflow.Change) error
	ContractByNumber(ctx context.Context, number string) (workflow.Contract, error)
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Receipt(ctx context.Context, id workflow.ReceiptID) (workflow.Receipt, error)
}

// Desk is where decisions are taken.
type Desk struct {
	Ledger Ledger
	Clerk  *post.Clerk
	Now    func() time.Time
}

// decision collects what one act changes.
type decision struct {
	desk     *Desk
	actor    workflow.Actor
	contract workflow.Contract
	change   workflow.Change
	open     post.Closers
}

// begin checks the right and reads the contract.
func (d *Desk) begin(ctx context.Context, actor workflow.Actor, right workflow.Right, number string) (*decision, error) {
	if err := actor.Need(right); err != nil {
		return nil, err
	}
	contract, err := d.Ledger.ContractByNumber(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("find contract %s: %w", number, err)
	}
	return &decision{desk: d, actor: actor, contract: contract}, nil
}

// finish adds the contract and the journal entry, and applies everything at once.
func (d *decision) finish(ctx context.Context, action workflow.Action, details map[string]string) (workflow.Contract, error) {
	defer d.open.Close()
	d.change.Contracts = []workflow.Contract{d.contract}
	d.change.Requests = workflow.RequestsFor(ctx, d.contract.ID, d.desk.Now())
	d.change.Entries = append(d.change.Entries, workflow.Entry{
		Time: d.desk.Now(), Actor: d.actor.Name, Action: action, Subject: "contract/" + string(d.contract.ID), Details: details,
	})
	if err := d.desk.Ledger.Apply(ctx, d.change); err != nil {
		err = fmt.Errorf("record %s of contract %s: %w", action, d.contract.Number, err)
		if errors.Is(err, workflow.ErrConflict) {
			return d.contract, workflow.WithHint(err, "look at it with `contractd show "+d.contract.Number+"` and decide again")
		}
		return d.contract, err
	}
	return d.desk.Ledger.ContractByNumber(ctx, d.contract.Number)
}

// write adds a letter to the supplier.
func (d *decision) write(ctx context.Context, notice workflow.Notice) error {
	supplier, err := d.desk.Ledger.Supplier(ctx, d.contract.Supplier)
	if err != nil {
		return fmt.Errorf("read supplier of contract %s: %w", d.contract.Number, err)
	}
	notice.Contract, notice.Supplier, notice.Language, notice.To = d.contract, supplier, supplier.Language, supplier.Addresses
	_, closer, err := d.desk.Clerk.Write(ctx, &d.change, notice)
	d.open = append(d.open, closer)
	return err
}

// letters returns the deliveries of the current contract letter.
func (d *decision) letters(ctx context.Context) ([]workflow.Delivery, error) {
	if d.contract.Letter == "" {
		return nil, nil
	}
	deliveries, err := d.desk.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Letter: d.contract.Letter})
	if err != nil {
		return nil, fmt.Errorf("list deliveries of contract %s: %w", d.contract.Number, err)
	}
	return deliveries, nil
}

// tried reports whether any attempt to mail was begun.
func tried(deliveries []workflow.Delivery) bool {
	return slices.ContainsFunc(deliveries, func(delivery workflow.Delivery) bool { return delivery.Attempts > 0 })
}

// cancel takes back every delivery that has not left.
func (d *decision) cancel(deliveries []workflow.Delivery) {
	for _, delivery := range deliveries {
		if delivery.State == workflow.DeliveryQueued || delivery.State == workflow.DeliveryHeld {
			delivery.State, delivery.Next = workflow.DeliveryCancelled, time.Time{}
			d.change.Deliveries = append(d.change.Deliveries, delivery)
			d.change.Entries = append(d.change.Entries, workflow.Entry{
				Time: d.desk.Now(), Actor: d.actor.Name, Action: workflow.ActCancelled, Subject: "delivery/" + string(delivery.ID),
				Details: map[string]string{"recipient": delivery.Recipient},
			})
		}
	}
}

func (d *decision) refuse(doing string, hint string) error {
	return workflow.WithHint(fmt.Errorf("%s contract %s, which is %s: %w", doing, d.contract.Number, d.contract.State, workflow.ErrState), hint)
}

// Release lets a held contract leave, and the letters about it that a mode or the age of their cause held back.
func (d *Desk) Release(ctx context.Context, actor workflow.Actor, number string) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightSend, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	waiting, err := d.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Contract: act.contract.ID, States: []workflow.DeliveryState{workflow.DeliveryHeld}})
	if err != nil {
		return act.contract, fmt.Errorf("list held letters of contract %s: %w", number, err)
	}
	held := act.contract.State == workflow.StateSealed && act.contract.Hold
	switch {
	case !held && len(waiting) == 0:
		return act.contract, act.refuse("release", "only a sealed contract that is held, or one of which letters are held, can be released")
	case !held && d.Clerk.Outlet.Mode.Still():
		return act.contract, workflow.WithHint(fmt.Errorf("release contract %s: the mode is observe: %w", number, workflow.ErrPolicy),
			`set [mail] mode = "live" and restart the daemon; nothing leaves by that alone`)
	}
	for _, delivery := range waiting {
		delivery.State, delivery.Next = workflow.DeliveryQueued, d.Now()
		act.change.Deliveries = append(act.change.Deliveries, delivery)
	}
	act.contract.Hold = false
	return act.finish(ctx, workflow.ActReleased, map[string]string{"letters": fmt.Sprint(len(waiting))})
}

// Unseal takes back the last batch of a contract that was never mailed. The file before it is in the store already;
// the removed one stays there, so that a copy that leaked is recognised.
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
	act.cancel(deliveries)
	if contract.State == workflow.StateSealed {
		if err := contract.Move(workflow.StateDraft); err != nil {
			return *contract, err
		}
	}
	last := contract.Batches[len(contract.Batches)-1]
	contract.Batches = contract.Batches[:len(contract.Batches)-1]
	contract.Superseded = append(contract.Superseded, last.After)
	contract.Pending = append([]string{last.Key}, contract.Pending...)
	contract.Waiting, contract.Resumable = "unsealed by "+actor.Name, false
	contract.Letter, contract.SealedAt = "", time.Time{}
	return act.finish(ctx, workflow.ActUnsealed, map[string]string{"batch": last.ID, "key": last.Key, "document": last.After.Hash.String()})
}

// Withdraw takes a contract back; the supplier is told when anything was mailed.
func (d *Desk) Withdraw(ctx context.Context, actor workflow.Actor, number, reason string) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	if reason == "" {
		return act.contract, fmt.Errorf("withdraw contract %s: a reason is needed: %w", number, workflow.ErrUsage)
	}
	deliveries, err := act.letters(ctx)
	if err != nil {
		return act.contract, err
	}
	if err := act.contract.Move(workflow.StateWithdrawn); err != nil {
		return act.contract, workflow.WithHint(err, "archived and withdrawn contracts stay as they are")
	}
	act.contract.Reason, act.contract.ClosedAt = reason, d.Now()
	act.contract.Waiting, act.contract.Resumable = "", false
	act.cancel(deliveries)
	if tried(deliveries) {
		if err := act.write(ctx, workflow.Notice{Kind: workflow.LetterWithdrawn, Text: reason}); err != nil {
			return act.contract, err
		}
	}
	return act.finish(ctx, workflow.ActWithdrawn, map[string]string{"reason": reason})
}
