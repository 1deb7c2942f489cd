// Package decide is what people decide about contracts: release, undo, approve, refuse, withdraw, resend, extend, revise,
// reassign.
//
// Rights are checked here, whatever way a request came. Each decision is one transaction with its journal entry;
// when two people decide at once, one wins and the other gets ErrConflict. It never signs or verifies anything.
package decide

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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

// Library is what decisions look up beside the contract itself.
type Library interface {
	// Document opens a stored document; the caller closes it.
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
	Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error)
	Contracts(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error)
	// Receipts returns what came in for a contract.
	Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error)
}

// Desk is where decisions are taken.
type Desk struct {
	Ledger   Ledger
	Library  Library
	Unsealer Unsealer
	Clerk    *post.Clerk
	Knows    func(name string) bool // Whether a person of that name can own contracts; nil knows everybody.
	Now      func() time.Time
}

// decision collects what one act changes.
type decision struct {
	desk     *Desk
	actor    workflow.Actor
	contract workflow.Contract
	answer   workflow.ContractID // What a repeated request is answered with; empty means the contract.
	change   workflow.Change
	open     post.Closers
}

// begin checks the right, before it is told whether there is such a contract, and reads it.
func (d *Desk) begin(ctx context.Context, actor workflow.Actor, right workflow.Right, number string) (*decision, error) {
	if err := actor.Need(right); err != nil {
		return nil, err
	}
	contract, err := d.Ledger.ContractByNumber(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("find contract %s: %w", number, err)
	}
	if err := actor.NeedFor(right, contract.Supplier); err != nil {
		return nil, err
	}
	return &decision{desk: d, actor: actor, contract: contract}, nil
}

// finish adds the contract and the journal entry, and applies everything at once.
func (d *decision) finish(ctx context.Context, action workflow.Action, details map[string]string) (workflow.Contract, error) {
	defer d.open.Close()
	d.change.Contracts = append([]workflow.Contract{d.contract}, d.change.Contracts...)
	d.change.Requests = workflow.RequestsFor(ctx, cmp.Or(d.answer, d.contract.ID), d.desk.Now())
	d.note(action, "contract/"+string(d.contract.ID), details)
	if err := d.desk.Ledger.Apply(ctx, d.change); err != nil {
		err = fmt.Errorf("record %s of contract %s: %w", action, d.contract.Number, err)
		if errors.Is(err, workflow.ErrConflict) {
			return d.contract, workflow.WithHint(err, "look at it with `contractd show "+d.contract.Number+"` and decide again")
		}
		return d.contract, err
	}
	return d.desk.Ledger.ContractByNumber(ctx, d.contract.Number)
}

// note adds a journal entry.
func (d *decision) note(action workflow.Action, subject string, details map[string]string) {
	d.change.Entries = append(d.change.Entries, workflow.Entry{
		Time: d.desk.Now(), Actor: d.actor.Name, Action: action, Subject: subject, Details: details,
	})
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

// letters returns the deliveries of every letter that brought, or is to bring, the contract: the current one and those
// that it took the place of.
func (d *decision) letters(ctx context.Context) ([]workflow.Delivery, error) {
	all, err := d.desk.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Contract: d.contract.ID})
	if err != nil {
		return nil, fmt.Errorf("list deliveries of contract %s: %w", d.contract.Number, err)
	}
	kinds := map[workflow.LetterID]workflow.LetterKind{}
	for _, delivery := range all {
		if _, known := kinds[delivery.Letter]; known {
			continue
		}
		letter, err := d.desk.Library.Letter(ctx, delivery.Letter)
		if err != nil {
			return nil, fmt.Errorf("read letter of contract %s: %w", d.contract.Number, err)
		}
		kinds[delivery.Letter] = letter.Kind
	}
	return slices.DeleteFunc(all, func(delivery workflow.Delivery) bool { return kinds[delivery.Letter] != workflow.LetterContract }), nil
}

// thread returns what a letter about the contract answers, so that mail programs show both together.
func (d *decision) thread(ctx context.Context) ([]string, error) {
	if d.contract.Letter == "" {
		return nil, nil
	}
	letter, err := d.desk.Library.Letter(ctx, d.contract.Letter)
	if err != nil {
		return nil, fmt.Errorf("read letter of contract %s: %w", d.contract.Number, err)
	}
	return []string{letter.MessageID}, nil
}

// tried reports whether any attempt to mail was begun.
func tried(deliveries []workflow.Delivery) bool {
	return slices.ContainsFunc(deliveries, func(delivery workflow.Delivery) bool { return delivery.Attempts > 0 })
}

// mailed reports whether somebody outside may have the contract: an attempt to mail it was begun, or it is known by
// other means that it was mailed. Our own copy in the Sent folder tells nobody.
func (d *decision) mailed(deliveries []workflow.Delivery) bool {
	return !d.contract.SentAt.IsZero() || slices.ContainsFunc(deliveries, func(delivery workflow.Delivery) bool {
		return delivery.Attempts > 0 && delivery.Channel != workflow.ChannelSent
	})
}

// cancel takes back every delivery that has not left. Our own copy of a letter that may have left is for the Dispatcher to
// decide about: of what somebody got, we keep it.
func (d *decision) cancel(deliveries []workflow.Delivery) {
	for _, delivery := range deliveries {
		if delivery.Channel == workflow.ChannelSent && tried(deliveries) {
			continue
		}
		if delivery.State == workflow.DeliveryQueued || delivery.State == workflow.DeliveryHeld {
			delivery.State, delivery.Next = workflow.DeliveryCancelled, time.Time{}
			d.change.Deliveries = append(d.change.Deliveries, delivery)
			d.note(workflow.ActCancelled, "delivery/"+string(delivery.ID), map[string]string{"recipient": delivery.Recipient})
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
