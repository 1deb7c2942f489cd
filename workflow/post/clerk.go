// Package post turns notices into letters and adds them, addressed, to the change that causes them.
//
// It promises that a letter and its deliveries are part of the same transaction as the decision they
// tell of, so that no decision goes untold and no letter tells of what was not decided. It sends nothing.
package post

import (
	"context"
	"fmt"
	"io"
	"time"

	"contractd/workflow"
)

// Composer puts a notice into words and renders it to the bytes that will be sent, before anything is sent.
type Composer interface {
	// Compose returns the letter, its bytes, and what must be closed once they are stored. An error is final:
	// the notice cannot be put into words.
	Compose(ctx context.Context, notice workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error)
}

// Clerk writes letters.
type Clerk struct {
	Composer Composer
	Domain   string            // Right side of our Message-IDs.
	Managers []string          // Who is told what a person should look at; may be empty.
	Language workflow.Language // Of what managers read.
	SentCopy bool              // Keep a copy of contract letters in the Sent folder.
	Outlet   Outlet            // What may leave; the zero value is live.
	Now      func() time.Time
}

// Write composes the notice and adds letter, bytes and deliveries to the change. The closer is closed by the
// caller after the change was applied.
func (c *Clerk) Write(ctx context.Context, change *workflow.Change, notice workflow.Notice) (workflow.Letter, io.Closer, error) {
	now := c.Now()
	id := workflow.LetterID(workflow.NewID())
	notice.MessageID = string(id) + "@" + c.Domain
	notice.Date = now
	letter, raw, closer, err := c.Composer.Compose(ctx, notice)
	if err != nil {
		return workflow.Letter{}, nil, fmt.Errorf("compose %s letter: %w", notice.Kind, err)
	}
	letter.ID, letter.Kind, letter.Contract, letter.Created = id, notice.Kind, notice.Contract.ID, now
	letter.Raw = raw.Ref
	change.Documents = append(change.Documents, raw)
	change.Letters = append(change.Letters, letter)
	for _, delivery := range c.address(letter, notice) {
		admitted, action := c.Outlet.Admit(delivery)
		change.Deliveries = append(change.Deliveries, admitted)
		if action != "" {
			change.Entries = append(change.Entries, Kept(now, action, admitted))
		}
	}
	return letter, closer, nil
}

// address returns one delivery for each recipient: a transaction of the mail server each, so that one refused
// address holds up nobody.
func (c *Clerk) address(letter workflow.Letter, notice workflow.Notice) []workflow.Delivery {
	var deliveries []workflow.Delivery
	add := func(channel workflow.Channel, recipient string) {
		deliveries = append(deliveries, workflow.Delivery{
			ID:     workflow.DeliveryID(fmt.Sprintf("%s-%d", letter.ID, len(deliveries)+1)),
			Letter: letter.ID, Contract: letter.Contract, Recipient: recipient, Channel: channel,
			State: workflow.DeliveryQueued, Next: letter.Created,
		})
	}
	for _, recipient := range notice.To {
		add(workflow.ChannelTo, recipient)
	}
	for _, recipient := range notice.Copies {
		add(workflow.ChannelCopy, recipient)
	}
	if c.SentCopy && notice.Kind == workflow.LetterContract {
		add(workflow.ChannelSent, "")
	}
	return deliveries
}

// Tell adds a notice to the managers; without managers it does nothing.
func (c *Clerk) Tell(ctx context.Context, change *workflow.Change, contract workflow.Contract, receipt *workflow.Receipt, text string) (io.Closer, error) {
	if len(c.Managers) == 0 {
		return Closers(nil), nil
	}
	_, closer, err := c.Write(ctx, change, workflow.Notice{
		Kind: workflow.LetterNotice, Language: c.Language, To: c.Managers,
		Contract: contract, Receipt: receipt, Text: text,
	})
	return closer, err
}

// Closers closes several things; errors of closing what was only read are of no consequence.
type Closers []io.Closer

// Close implements io.Closer.
func (c Closers) Close() error {
	for _, closer := range c {
		if closer != nil {
			closer.Close()
		}
	}
	return nil
}

// Kept is the entry about a delivery that the mode kept back.
func Kept(at time.Time, action workflow.Action, delivery workflow.Delivery) workflow.Entry {
	return workflow.Entry{
		Time: at, Actor: workflow.System.Name, Action: action, Subject: "delivery/" + string(delivery.ID),
		Details: map[string]string{
			"recipient": delivery.Recipient, "channel": string(delivery.Channel), "contract": string(delivery.Contract), "answer": delivery.Answer,
		},
	}
}
