package inbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// bounced takes what a delivery status report says to the deliveries of the letter that came back. Only a failure for good
// changes anything; delays are on record with the receipt.
func (t *trial) bounced(ctx context.Context) error {
	if t.message.Bounce == nil {
		return nil
	}
	letter, err := t.cameBack(ctx)
	if err != nil || letter.ID == "" {
		return err
	}
	if letter.Contract != "" && !slices.ContainsFunc(t.heard, func(h hearing) bool { return h.finding.Match.Contract == letter.Contract }) {
		// What came back was not the file: the contract's story tells of the report all the same.
		t.reports = append(t.reports, workflow.Finding{Outcome: workflow.Bounced, Match: workflow.Match{
			Rung: workflow.RungReference, Contract: letter.Contract, Evidence: letter.MessageID,
		}})
	}
	deliveries, err := t.judge.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Letter: letter.ID})
	if err != nil {
		return fmt.Errorf("list deliveries of letter %s: %w", letter.ID, err)
	}
	for _, returned := range t.message.Bounce.Returned {
		if returned.Action != workflow.ReportFailed {
			continue
		}
		delivery, found := addressed(deliveries, returned.Recipient)
		if !found || slices.ContainsFunc(t.change.Deliveries, func(d workflow.Delivery) bool { return d.ID == delivery.ID }) {
			continue
		}
		t.giveBack(&delivery, returned)
		if err := t.undeliverable(ctx, letter, delivery, deliveries); err != nil {
			return err
		}
	}
	return nil
}

// cameBack finds the letter by the ENVID or by the Message-ID of what came back; that a report answers a letter proves
// nothing, for everybody's answers do. None is not an error: people forward bounces of their own mail too.
func (t *trial) cameBack(ctx context.Context) (workflow.Letter, error) {
	for _, id := range []string{t.message.Bounce.Envelope, t.message.Bounce.MessageID} {
		if id == "" {
			continue
		}
		letter, err := t.judge.Register.LetterByMessageID(ctx, id)
		if errors.Is(err, workflow.ErrNotFound) {
			continue
		}
		if err != nil {
			return letter, fmt.Errorf("look up what came back: %w", err)
		}
		return letter, nil
	}
	return workflow.Letter{}, nil
}

// addressed finds the last delivery that a server took for the recipient. A report that names nobody we wrote to, as one from behind an
// alias, is about the only recipient if there is only one.
func addressed(deliveries []workflow.Delivery, recipient string) (workflow.Delivery, bool) {
	var named, any []workflow.Delivery
	for _, delivery := range deliveries {
		if delivery.State != workflow.DeliveryAccepted || delivery.Channel == workflow.ChannelSent {
			continue
		}
		any = append(any, delivery)
		if strings.EqualFold(cmp.Or(delivery.Redirect, delivery.Recipient), recipient) {
			named = append(named, delivery)
		}
	}
	if len(named) == 0 && len(any) == 1 {
		named = any
	}
	if len(named) == 0 {
		return workflow.Delivery{}, false
	}
	return slices.MaxFunc(named, func(a, b workflow.Delivery) int { return a.Round - b.Round }), true
}

// giveBack records that a delivery which a server accepted did not get there after all.
func (t *trial) giveBack(delivery *workflow.Delivery, returned workflow.Returned) {
	words := strings.TrimSpace(returned.Status + " " + returned.Words)
	delivery.State = workflow.DeliveryFailed
	delivery.Answer = "returned: " + cmp.Or(words, "the report gives no reason")
	t.change.Deliveries = append(t.change.Deliveries, *delivery)
	t.change.Entries = append(t.change.Entries, workflow.Entry{
		Time: t.judge.Now(), Actor: workflow.System.Name, Action: workflow.ActCameBack, Subject: "delivery/" + string(delivery.ID),
		Details: map[string]string{
			"receipt": string(t.arrival.ID), "recipient": delivery.Recipient, "reported": returned.Recipient, "answer": delivery.Answer,
			"contract": string(delivery.Contract),
		},
	})
	t.returned = append(t.returned, fmt.Sprintf("%s: %s", delivery.Recipient, delivery.Answer))
}

// undeliverable moves the contract, if it was its present letter's last mailing to a main recipient that came back.
func (t *trial) undeliverable(ctx context.Context, letter workflow.Letter, delivery workflow.Delivery, all []workflow.Delivery) error {
	if letter.Kind != workflow.LetterContract || delivery.Channel != workflow.ChannelTo {
		return nil
	}
	if slices.ContainsFunc(all, func(other workflow.Delivery) bool {
		return other.Channel == workflow.ChannelTo && other.Round > delivery.Round
	}) {
		return nil // It was mailed again since.
	}
	for _, changed := range t.change.Contracts {
		if changed.ID == letter.Contract {
			return nil // A second recipient of the same letter.
		}
	}
	contract, err := t.judge.Ledger.Contract(ctx, letter.Contract)
	if err != nil {
		return fmt.Errorf("read contract of letter %s: %w", letter.ID, err)
	}
	if contract.Letter != letter.ID || workflow.CheckMove(contract.State, workflow.StateUndeliverable) != nil {
		return nil // Replaced, returned meanwhile, or ended: the managers are told, and nothing moves.
	}
	if err := contract.Move(workflow.StateUndeliverable); err != nil {
		return err
	}
	t.change.Contracts = append(t.change.Contracts, contract)
	t.change.Entries = append(t.change.Entries, workflow.Entry{
		Time: t.judge.Now(), Actor: workflow.System.Name, Action: workflow.ActBounced, Subject: "contract/" + string(contract.ID),
		Details: map[string]string{"receipt": string(t.arrival.ID), "letter": string(letter.ID), "recipient": delivery.Recipient, "answer": delivery.Answer},
	})
	t.returned = append(t.returned, fmt.Sprintf("contract %s is undeliverable: correct the address and run `contractd resend %s`", contract.Number, contract.Number))
	return nil
}
