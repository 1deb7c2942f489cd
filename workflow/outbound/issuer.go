// Package outbound takes a contract from a draft to a letter that the supplier's mail server accepted.
//
// The Issuer records the draft, seals it with each key in turn, checks its own work and composes the letter;
// the Dispatcher sends what is due. Both may stop at any point: what was reached is in the ledger, and running
// the same function again goes on from there. Neither signs, composes or talks to a server itself.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Ledger is what the Issuer needs of the store.
type Ledger interface {
	// Apply writes the change whole or not at all; ErrConflict obliges the caller to read and decide again.
	Apply(ctx context.Context, change workflow.Change) error
	// Contract, Supplier and Request return an error wrapping ErrNotFound for unknown names.
	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
	Request(ctx context.Context, key string) (workflow.Request, error)
	// Document opens a stored document; the caller closes it.
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
}

// Sealed is a document with one more batch on it.
type Sealed struct {
	Document workflow.Document
	Batch    workflow.Batch
	Closer   io.Closer // Releases the document once it is stored.
	Warnings []string  // What a person should know, and does not keep the contract from leaving.
}

// Sealer seals documents with named keys.
type Sealer interface {
	// Seal appends the key's seal to the document. ErrKeyMissing, ErrPIN and ErrSuspended leave the contract waiting for
	// a person; ErrTemporary leaves it waiting for the next try; any other error is final for this document.
	Seal(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (Sealed, error)
}

// Checker looks at documents before we sign and before we send.
type Checker interface {
	// Inspect returns an error wrapping ErrDocument or ErrIntegrity for a draft that must not be sealed, and ErrPolicy where
	// our seals have no place on it.
	Inspect(ctx context.Context, draft workflow.Document) error
	// Check verifies our own work. The result is data; an error means that it could not be checked.
	Check(ctx context.Context, draft, sealed workflow.Document, batches []workflow.Batch) (SelfCheck, error)
	// Recognise finds our seals on a document that another program sealed: the draft below them, and each batch with the
	// documents before and after it. An error wrapping ErrDocument, ErrPolicy or ErrIntegrity says what is missing or too much.
	Recognise(ctx context.Context, sealed workflow.Document) (draft workflow.Document, batches []workflow.Batch, err error)
}

// SelfCheck is what our verifier and an independent one say about what we sealed.
type SelfCheck struct {
	Verdict workflow.Verdict
	Second  string // "agrees", "not-judged", or what the second implementation objects to.
}

// Opinions of the second implementation that let a contract leave.
const (
	SecondAgrees    = "agrees"
	SecondNotJudged = "not-judged" // It cannot judge this algorithm; recorded.
)

// Order is what a person asks to be sent.
type Order struct {
	Number     string
	Title      string
	Supplier   workflow.SupplierID
	Amount     workflow.Amount
	Deadline   time.Time
	Hold       bool   // Stop before mailing.
	Confirm    bool   // A passed return waits for a person.
	TwoPersons bool   // A passed return waits for two.
	Request    string // Idempotency key; may be empty.
	Elsewhere  bool   // The document bears our seals already, made by another program.
}

// Progress tells a person what is being done.
type Progress func(step, detail string)

// Issuer seals contracts and hands them to the Dispatcher.
type Issuer struct {
	Ledger    Ledger
	Sealer    Sealer
	Checker   Checker
	Filler    Filler    // For seals that were made while no timestamp authority answered; nil where none are.
	Preserver Preserver // Collects long-term material; nil collects none.
	Clerk     *post.Clerk
	Keys      []string // In the order in which they seal.
	Now       func() time.Time
	Log       *slog.Logger

	busy sync.Map // Contracts being sealed: a second run would use the key for a signature that is thrown away.
}

// Create records the draft and its contract (TX0). A repeated request returns the contract of the first.
func (i *Issuer) Create(ctx context.Context, actor workflow.Actor, order Order, draft workflow.Document) (workflow.Contract, error) {
	if err := i.admit(ctx, actor, order, draft); err != nil {
		return workflow.Contract{}, err
	}
	if order.Request != "" {
		if seen, err := i.Ledger.Request(ctx, order.Request); err == nil {
			return i.answered(ctx, seen, order, draft)
		} else if !errors.Is(err, workflow.ErrNotFound) {
			return workflow.Contract{}, fmt.Errorf("look up request: %w", err)
		}
	}
	contract := i.drafted(actor, order, draft)
	documents := []workflow.Document{draft}
	if order.Elsewhere {
		var err error
		if documents, err = i.recognised(ctx, actor, &contract, draft); err != nil {
			return workflow.Contract{}, err
		}
	}
	now := contract.Created
	change := workflow.Change{
		Documents: documents,
		Contracts: []workflow.Contract{contract},
		Entries: []workflow.Entry{entry(now, actor.Name, workflow.ActCreated, contract.ID, map[string]string{
			"number": contract.Number, "supplier": string(contract.Supplier), "draft": contract.Draft.Hash.String(),
		})},
	}
	change.Entries = append(change.Entries, sealedElsewhere(contract)...)
	if order.Request != "" {
		change.Requests = []workflow.Request{{Key: order.Request, Contract: contract.ID, Digest: digestOf(order, draft), At: now}}
	}
	if err := i.Ledger.Apply(ctx, change); err != nil {
		return workflow.Contract{}, numberTaken(fmt.Errorf("record contract %s: %w", order.Number, err))
	}
	return i.Ledger.Contract(ctx, contract.ID)
}

// Plan admits an order and returns the contract that it would make; nothing is recorded. It serves those who record it
// together with something else, as a revision with the end of the version before.
func (i *Issuer) Plan(ctx context.Context, actor workflow.Actor, order Order, draft workflow.Document) (workflow.Contract, error) {
	if err := i.admit(ctx, actor, order, draft); err != nil {
		return workflow.Contract{}, err
	}
	return i.drafted(actor, order, draft), nil
}

// drafted is the contract of an order before its first seal.
func (i *Issuer) drafted(actor workflow.Actor, order Order, draft workflow.Document) workflow.Contract {
	return workflow.Contract{
		ID: workflow.ContractID(workflow.NewID()), Number: order.Number, Version: 1, Title: order.Title,
		Supplier: order.Supplier, Owner: actor.Name, Amount: order.Amount, State: workflow.StateDraft,
		Created: i.Now(), Deadline: order.Deadline, Hold: order.Hold, Confirm: order.Confirm, TwoPersons: order.TwoPersons,
		Draft: draft.Ref, Pending: append([]string(nil), i.Keys...),
	}
}

// answered returns the contract of an earlier request, unless that asked for something else.
func (i *Issuer) answered(ctx context.Context, seen workflow.Request, order Order, draft workflow.Document) (workflow.Contract, error) {
	if !seen.Digest.IsZero() && seen.Digest != digestOf(order, draft) {
		return workflow.Contract{}, workflow.WithHint(
			fmt.Errorf("send contract %s: this Idempotency-Key was used for another order: %w", order.Number, workflow.ErrUsage),
			"choose another key for each order; the same one only repeats the same order")
	}
	return i.Ledger.Contract(ctx, seen.Contract)
}

// digestOf tells orders apart. The deadline is left out: by default it moves with the day of the request.
func digestOf(order Order, draft workflow.Document) workflow.Hash {
	text := fmt.Appendf(nil, "%q %q %q %q %s", order.Supplier, order.Number, order.Title, order.Amount, draft.Hash)
	if order.Elsewhere {
		text = append(text, " sealed already"...)
	}
	return workflow.HashOf(text)
}

// numberTaken adds the cure to the error that a second contract with one number gets.
func numberTaken(err error) error {
	if errors.Is(err, workflow.ErrExists) {
		return workflow.WithHint(err, "choose another number; a number is used once, `contractd show` tells for what")
	}
	return err
}

// admit refuses an order early, before anything is recorded.
func (i *Issuer) admit(ctx context.Context, actor workflow.Actor, order Order, draft workflow.Document) error {
	if err := actor.NeedFor(workflow.RightSend, order.Supplier); err != nil {
		return err
	}
	if err := workflow.CheckNumber(order.Number); err != nil {
		return err
	}
	if len(i.Keys) == 0 && !order.Elsewhere {
		return workflow.WithHint(fmt.Errorf("seal contract %s: no key is configured: %w", order.Number, workflow.ErrUsage),
			"name the signing keys under [seal] keys in the configuration")
	}
	supplier, err := i.Ledger.Supplier(ctx, order.Supplier)
	if err != nil {
		return workflow.WithHint(fmt.Errorf("send contract %s to supplier %q: %w", order.Number, order.Supplier, err),
			"list the known ones with `contractd supplier list`, or add it with `contractd supplier add`")
	}
	if len(supplier.Addresses) == 0 {
		return workflow.WithHint(fmt.Errorf("send contract %s to supplier %q: no mail address is registered: %w", order.Number, order.Supplier, workflow.ErrUsage),
			"add one with `contractd supplier add`")
	}
	if order.Elsewhere { // Recognise reads it; where our own seals would stand is no matter of it.
		return nil
	}
	if err := i.Checker.Inspect(ctx, draft); err != nil {
		return fmt.Errorf("read draft of contract %s: %w", order.Number, err)
	}
	return nil
}

func entry(at time.Time, actor string, action workflow.Action, id workflow.ContractID, details map[string]string) workflow.Entry {
	return workflow.Entry{Time: at, Actor: actor, Action: action, Subject: "contract/" + string(id), Details: details}
}
