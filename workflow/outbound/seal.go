package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Continue takes a draft as far as it goes: each pending seal, then the self-check and the letter. Called again
// after any stop, it goes on from what the ledger holds.
func (i *Issuer) Continue(ctx context.Context, actor workflow.Actor, id workflow.ContractID, progress Progress) (workflow.Contract, error) {
	if err := i.may(ctx, actor, id); err != nil {
		return workflow.Contract{}, err
	}
	if _, busy := i.busy.LoadOrStore(id, true); busy {
		return workflow.Contract{}, workflow.WithHint(fmt.Errorf("seal contract %s: it is being sealed at this moment: %w", id, workflow.ErrConflict),
			"see how far it is with `contractd status`")
	}
	defer i.busy.Delete(id)
	for {
		contract, err := i.Ledger.Contract(ctx, id)
		if err != nil {
			return contract, err
		}
		if contract.State != workflow.StateDraft {
			return contract, nil
		}
		if awaits(contract) {
			if err := i.fill(ctx, actor, contract, progress); err != nil {
				return i.asRecorded(ctx, contract), err
			}
			continue
		}
		if len(contract.Pending) == 0 {
			return i.finish(ctx, actor, contract, progress)
		}
		if err := i.sealNext(ctx, actor, contract, progress); err != nil {
			return i.asRecorded(ctx, contract), err
		}
	}
}

// may reports whether the actor may seal this contract; without the right nobody learns whether it exists.
func (i *Issuer) may(ctx context.Context, actor workflow.Actor, id workflow.ContractID) error {
	if err := actor.Need(workflow.RightSend); err != nil {
		return err
	}
	contract, err := i.Ledger.Contract(ctx, id)
	if err != nil {
		return err
	}
	return actor.NeedFor(workflow.RightSend, contract.Supplier)
}

// asRecorded returns the contract as the ledger has it now, to show why it stands still.
func (i *Issuer) asRecorded(ctx context.Context, contract workflow.Contract) workflow.Contract {
	if latest, err := i.Ledger.Contract(ctx, contract.ID); err == nil {
		return latest
	}
	return contract
}

// SealWith continues a contract that waits for the named key.
func (i *Issuer) SealWith(ctx context.Context, actor workflow.Actor, id workflow.ContractID, key string, progress Progress) (workflow.Contract, error) {
	if err := actor.Need(workflow.RightSend); err != nil {
		return workflow.Contract{}, err
	}
	contract, err := i.Ledger.Contract(ctx, id)
	if err != nil {
		return contract, err
	}
	if err := actor.NeedFor(workflow.RightSend, contract.Supplier); err != nil {
		return workflow.Contract{}, err
	}
	if contract.State != workflow.StateDraft {
		return contract, fmt.Errorf("seal contract %s, which is %s: %w", contract.Number, contract.State, workflow.ErrState)
	}
	if key != "" && len(contract.Pending) > 0 && contract.Pending[0] != key {
		return contract, workflow.WithHint(
			fmt.Errorf("seal contract %s with key %q: the next key in order is %q: %w", contract.Number, key, contract.Pending[0], workflow.ErrState),
			fmt.Sprintf("run `contractd seal %s --key %s`", contract.Number, contract.Pending[0]))
	}
	return i.Continue(ctx, actor, id, progress)
}

// sealNext places the next pending seal and records it.
func (i *Issuer) sealNext(ctx context.Context, actor workflow.Actor, contract workflow.Contract, progress Progress) error {
	key := contract.Pending[0]
	progress("seal", key)
	before, closer, err := i.Ledger.Document(ctx, contract.Sealed())
	if err != nil {
		return fmt.Errorf("open contract %s: %w", contract.Number, err)
	}
	defer closer.Close()
	sealed, err := i.Sealer.Seal(ctx, key, contract, before)
	if err != nil {
		return i.wait(ctx, actor, contract, key, err)
	}
	defer sealed.Closer.Close()
	sealed.Batch.Key, sealed.Batch.Before, sealed.Batch.After = key, before.Ref, sealed.Document.Ref
	sealed.Batch.At, sealed.Batch.Actor = i.Now(), actor.Name
	if actor.Name == workflow.System.Name { // Resumed by the daemon: the act that released it is that of who sent it.
		sealed.Batch.Actor = cmp.Or(contract.Creator, contract.Owner)
	}
	details := map[string]string{
		"batch": sealed.Batch.ID, "key": key, "released-by": sealed.Batch.Actor, "certificate": sealed.Batch.Certificate.String(), "document": sealed.Document.Hash.String(),
	}
	if sealed.Batch.Unstamped != "" {
		details["unstamped"] = sealed.Batch.Unstamped
	}
	for _, stood := range sealed.Batch.Appearances {
		details["appearance:"+stood.Name] = stood.Picture.String()
	}
	for _, warning := range sealed.Warnings {
		progress("warning", warning)
		details["warning"] = strings.Join(sealed.Warnings, "; ")
	}
	contract.Batches = append(contract.Batches, sealed.Batch)
	contract.Pending = contract.Pending[1:]
	contract.Waiting, contract.Resumable = "", false
	err = i.Ledger.Apply(ctx, workflow.Change{
		Documents: []workflow.Document{sealed.Document},
		Contracts: []workflow.Contract{contract},
		Entries:   []workflow.Entry{entry(i.Now(), actor.Name, workflow.ActSealed, contract.ID, details)},
	})
	if err != nil {
		return fmt.Errorf("record seal of key %q on contract %s: %w", key, contract.Number, err)
	}
	return nil
}

// wait records why sealing stands still, with the key where it is one's matter, and returns the cause with the way to go on.
func (i *Issuer) wait(ctx context.Context, actor workflow.Actor, contract workflow.Contract, key string, cause error) error {
	reason, act, resume := fmt.Sprintf("key %s: %v", key, cause), fmt.Sprintf("seal contract %s with key %q", contract.Number, key), contract.Number+" --key "+key
	if key == "" { // Every seal is on it.
		reason, act, resume = cause.Error(), "make contract "+contract.Number+" ready", contract.Number
	}
	if contract.Waiting != reason {
		contract.Waiting = reason
		contract.Resumable = errors.Is(cause, workflow.ErrKeyMissing) || errors.Is(cause, workflow.ErrTemporary)
		err := i.Ledger.Apply(ctx, workflow.Change{
			Contracts: []workflow.Contract{contract},
			Entries: []workflow.Entry{entry(i.Now(), actor.Name, workflow.ActWaiting, contract.ID, map[string]string{
				"key": key, "cause": cause.Error(),
			})},
		})
		if err != nil {
			cause = errors.Join(cause, fmt.Errorf("record that contract %s waits: %w", contract.Number, err))
		}
	}
	err := fmt.Errorf("%s: %w", act, cause)
	if workflow.HintOf(cause) != "" {
		return err
	}
	return workflow.WithHint(err, "nothing is lost: continue with `contractd seal "+resume+"`")
}

// finish checks our own work, composes the letter and makes the contract ready to leave (TX1).
func (i *Issuer) finish(ctx context.Context, actor workflow.Actor, contract workflow.Contract, progress Progress) (workflow.Contract, error) {
	progress("check", contract.Number)
	var open post.Closers
	defer func() { open.Close() }()
	draft, closer, err := i.Ledger.Document(ctx, contract.Draft)
	if err != nil {
		return contract, fmt.Errorf("open draft of contract %s: %w", contract.Number, err)
	}
	open = append(open, closer)
	sealed, closer, err := i.Ledger.Document(ctx, contract.Sealed())
	if err != nil {
		return contract, fmt.Errorf("open contract %s: %w", contract.Number, err)
	}
	open = append(open, closer)
	second, err := i.selfCheck(ctx, contract, draft, sealed)
	if err != nil {
		return contract, i.failed(ctx, actor, contract, err)
	}
	kept, closer, err := i.preserve(ctx, &contract, sealed, progress)
	if err != nil {
		return i.asRecorded(ctx, contract), i.wait(ctx, actor, contract, "", err)
	}
	open = append(open, closer)
	progress("compose", contract.Number)
	return i.ready(ctx, actor, contract, sealed, kept, second)
}

// selfCheck returns an error unless the draft is an exact prefix, our verifier says passed and the second
// implementation does not object.
func (i *Issuer) selfCheck(ctx context.Context, contract workflow.Contract, draft, sealed workflow.Document) (string, error) {
	prefix, err := workflow.Identify(ctx, io.NewSectionReader(sealed, 0, draft.Size), draft.Size)
	if err != nil {
		return "", fmt.Errorf("compare with the draft: %w", err)
	}
	if prefix.Ref != draft.Ref {
		return "", errors.New("the draft is not an exact prefix of the sealed file")
	}
	check, err := i.Checker.Check(ctx, draft, sealed, contract.Batches)
	if err != nil {
		return "", err
	}
	if check.Verdict.Verdict != workflow.Passed {
		return "", fmt.Errorf("our verifier says %s: %v", check.Verdict.Verdict, check.Verdict.AllCauses())
	}
	if check.Second != SecondAgrees && check.Second != SecondNotJudged {
		return "", fmt.Errorf("the second implementation objects: %s", check.Second)
	}
	return check.Second, nil
}

// failed records a self-check that keeps the contract from leaving. A disk without room says nothing about the contract,
// which goes on by itself when there is room.
func (i *Issuer) failed(ctx context.Context, actor workflow.Actor, contract workflow.Contract, cause error) error {
	if errors.Is(cause, workflow.ErrSpace) {
		return fmt.Errorf("make contract %s ready: %w", contract.Number, cause)
	}
	contract.Waiting, contract.Resumable = "self-check: "+cause.Error(), false
	err := i.Ledger.Apply(ctx, workflow.Change{
		Contracts: []workflow.Contract{contract},
		Entries:   []workflow.Entry{entry(i.Now(), actor.Name, workflow.ActSelfFailed, contract.ID, map[string]string{"cause": cause.Error()})},
	})
	return workflow.WithHint(errors.Join(fmt.Errorf("check contract %s before sending: %w", contract.Number, cause), err),
		"nothing was mailed; look at it with `contractd show "+contract.Number+"`, check [trust] roots, then repeat `contractd seal "+contract.Number+"`")
}

// ready stores letter, deliveries and the new state in one transaction.
func (i *Issuer) ready(ctx context.Context, actor workflow.Actor, contract workflow.Contract, sealed workflow.Document, kept []workflow.Document, second string) (workflow.Contract, error) {
	supplier, err := i.Ledger.Supplier(ctx, contract.Supplier)
	if err != nil {
		return contract, fmt.Errorf("address contract %s: %w", contract.Number, err)
	}
	if err := contract.Move(workflow.StateSealed); err != nil {
		return contract, err
	}
	contract.SealedAt, contract.Waiting, contract.Resumable = i.Now(), "", false
	var change workflow.Change
	letter, closer, err := i.Clerk.Write(ctx, &change, workflow.Notice{
		Kind: workflow.LetterContract, Language: supplier.Language, To: supplier.Addresses, Copies: supplier.Copies,
		Contract: contract, Supplier: supplier, Seals: contract.Seals(),
		Attachments: []workflow.NamedDocument{{Name: contract.FileName(), Document: sealed}},
	})
	if err != nil {
		before := contract
		before.State, before.SealedAt = workflow.StateDraft, time.Time{}
		return before, i.failed(ctx, actor, before, err)
	}
	defer closer.Close()
	contract.Letter = letter.ID
	if contract.Hold {
		for n := range change.Deliveries {
			change.Deliveries[n].State = workflow.DeliveryHeld
		}
	}
	change.Documents = append(change.Documents, kept...)
	change.Contracts = []workflow.Contract{contract}
	change.Entries = append(change.Entries, entry(i.Now(), actor.Name, workflow.ActReady, contract.ID, map[string]string{
		"document": sealed.Hash.String(), "letter": string(letter.ID), "message-id": letter.MessageID, "second-opinion": second,
	}))
	if err := i.Ledger.Apply(ctx, change); err != nil {
		return contract, fmt.Errorf("record contract %s as sealed: %w", contract.Number, err)
	}
	i.Log.Info("contract sealed", "contract", contract.ID, "document", sealed.Hash.Short(), "second", second, "held", contract.Hold)
	return i.Ledger.Contract(ctx, contract.ID)
}
