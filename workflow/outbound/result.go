package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// record writes what came of an attempt, and what that means for the contract.
func (d *Dispatcher) record(ctx context.Context, delivery workflow.Delivery, letter workflow.Letter, answer string, failure error) error {
	action := d.conclude(&delivery, letter, answer, failure)
	for {
		change := workflow.Change{
			Deliveries: []workflow.Delivery{delivery},
			Entries:    []workflow.Entry{d.entry(action, delivery, map[string]string{"answer": delivery.Answer})},
		}
		told, err := d.consequence(ctx, &change, delivery, letter)
		if err != nil {
			return err
		}
		err = errors.Join(d.Ledger.Apply(ctx, change), told.Close())
		if errors.Is(err, workflow.ErrConflict) { // The contract moved; its delivery is ours alone.
			continue
		}
		if err != nil {
			return fmt.Errorf("record delivery %s: %w", delivery.ID, err)
		}
		d.report(delivery, failure)
		return nil
	}
}

// conclude sets the delivery's new state from the attempt's outcome.
func (d *Dispatcher) conclude(delivery *workflow.Delivery, letter workflow.Letter, answer string, failure error) workflow.Action {
	now := d.Now()
	delivery.Answer = redirected(*delivery, answer)
	if failure == nil {
		delivery.State, delivery.Accepted, delivery.Next = workflow.DeliveryAccepted, now, time.Time{}
		return workflow.ActAccepted
	}
	delivery.Answer = redirected(*delivery, failure.Error())
	giveUp := d.GiveUp
	if giveUp == 0 {
		giveUp = 5 * 24 * time.Hour
	}
	if errors.Is(failure, workflow.ErrCredential) { // Our fault, not the letter's: it waits as long as it takes.
		delivery.State, delivery.Next = workflow.DeliveryQueued, now.Add(lockedFor)
		return workflow.ActDeferred
	}
	again := errors.Is(failure, workflow.ErrTemporary) || errors.Is(failure, workflow.ErrAmbiguous)
	if again && now.Sub(delivery.First) < giveUp {
		delivery.State, delivery.Next = workflow.DeliveryQueued, now.Add(backoff(delivery.Attempts))
		return workflow.ActDeferred
	}
	delivery.State, delivery.Next = workflow.DeliveryFailed, time.Time{}
	return workflow.ActRefused
}

// redirected keeps it in the server's words that somebody else was asked to take the letter.
func redirected(delivery workflow.Delivery, answer string) string {
	if delivery.Redirect == "" {
		return answer
	}
	return "redirected to " + delivery.Redirect + ": " + answer
}

// backoff grows from one minute to four hours, with a fifth of jitter so that waiting letters do not leave at once.
func backoff(attempts int) time.Duration {
	wait := time.Minute << min(attempts-1, 8)
	wait = min(wait, 4*time.Hour)
	return wait - wait/10 + rand.N(wait/5)
}

// consequence adds the contract's move, where the delivery causes one.
func (d *Dispatcher) consequence(ctx context.Context, change *workflow.Change, delivery workflow.Delivery, letter workflow.Letter) (io.Closer, error) {
	nothing := post.Closers(nil)
	if letter.Kind != workflow.LetterContract || delivery.Channel != workflow.ChannelTo {
		return nothing, nil
	}
	contract, err := d.Ledger.Contract(ctx, letter.Contract)
	if err != nil {
		return nothing, fmt.Errorf("deliver contract letter %s: %w", letter.ID, err)
	}
	if contract.Letter != letter.ID { // Another letter took its place: what becomes of this one decides nothing any more.
		return nothing, nil
	}
	to, action, err := d.target(ctx, contract, delivery)
	if err != nil || to == "" || workflow.CheckMove(contract.State, to) != nil {
		return nothing, err // A return that was faster than the server's answer has moved the contract already.
	}
	if err := contract.Move(to); err != nil {
		return nothing, err
	}
	if to == workflow.StateSent && contract.SentAt.IsZero() {
		contract.SentAt = d.Now()
	}
	change.Contracts = []workflow.Contract{contract}
	change.Entries = append(change.Entries, entry(d.Now(), workflow.System.Name, action, contract.ID, map[string]string{
		"letter": string(letter.ID), "recipient": delivery.Recipient,
	}))
	if to != workflow.StateUndeliverable || d.Clerk == nil {
		return nothing, nil
	}
	return d.Clerk.Tell(ctx, change, contract, nil, fmt.Sprintf("undeliverable: contract %s could not be delivered to %s; the server's words stand in `contractd show %s`",
		contract.Number, delivery.Recipient, contract.Number))
}

// target says where a concluded delivery takes its contract, if anywhere. Of a letter that was mailed again, the last
// mailing counts: every recipient of that one must have been accepted.
func (d *Dispatcher) target(ctx context.Context, contract workflow.Contract, delivery workflow.Delivery) (workflow.State, workflow.Action, error) {
	switch delivery.State {
	case workflow.DeliveryFailed:
		return workflow.StateUndeliverable, workflow.ActBounced, nil
	case workflow.DeliveryAccepted:
		all, err := d.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Letter: delivery.Letter})
		if err != nil {
			return "", "", fmt.Errorf("list deliveries of letter %s: %w", delivery.Letter, err)
		}
		waits := contract.State == workflow.StateSealed || contract.State == workflow.StateUndeliverable
		if waits && complete(all, delivery) {
			return workflow.StateSent, workflow.ActSent, nil
		}
	}
	return "", "", nil
}

// complete reports whether every main recipient of a letter's last mailing was accepted, now that this one was.
func complete(all []workflow.Delivery, now workflow.Delivery) bool {
	last := 0
	for _, delivery := range all {
		last = max(last, delivery.Round)
	}
	return !slices.ContainsFunc(all, func(other workflow.Delivery) bool {
		return other.Channel == workflow.ChannelTo && other.Round == last && other.ID != now.ID && other.State != workflow.DeliveryAccepted
	})
}

func (d *Dispatcher) report(delivery workflow.Delivery, failure error) {
	attributes := []any{"delivery", delivery.ID, "contract", delivery.Contract, "channel", delivery.Channel, "state", delivery.State, "attempt", delivery.Attempts}
	switch {
	case failure == nil:
		d.Log.Info("letter delivered", attributes...)
	case errors.Is(failure, workflow.ErrCredential):
		d.Log.Error("mail server refuses our credentials", append(attributes, "error", failure)...)
	case delivery.State == workflow.DeliveryFailed:
		d.Log.Warn("letter failed", append(attributes, "error", failure)...)
	default:
		d.Log.Warn("letter deferred", append(attributes, "next", delivery.Next, "error", failure)...)
	}
	if d.Changed != nil {
		d.Changed()
	}
}

func (d *Dispatcher) entry(action workflow.Action, delivery workflow.Delivery, details map[string]string) workflow.Entry {
	details["recipient"] = delivery.Recipient
	details["channel"] = string(delivery.Channel)
	details["contract"] = string(delivery.Contract)
	if delivery.Redirect != "" {
		details["redirected-to"] = delivery.Redirect
	}
	return workflow.Entry{Time: d.Now(), Actor: workflow.System.Name, Action: action, Subject: "delivery/" + string(delivery.ID), Details: details}
}
