package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"contractd/workflow"
)

// Explanation is what would become of a message if it arrived now.
type Explanation struct {
	Receipt   workflow.Receipt   `json:"receipt"`
	Automatic workflow.Automatic `json:"automatic,omitempty"`
	Shelf     workflow.Shelf     `json:"shelf,omitempty"` // Where the message would be filed.
	Moves     []Move             `json:"moves,omitempty"`
	Letters   []Outgoing         `json:"letters,omitempty"`
}

// Move is a contract's step to another state.
type Move struct {
	Contract string         `json:"contract"` // Its number.
	From     workflow.State `json:"from"`
	To       workflow.State `json:"to"`
}

// Outgoing is a letter that would be written.
type Outgoing struct {
	Kind    workflow.LetterKind `json:"kind"`
	Subject string              `json:"subject"`
	To      []string            `json:"to"`
	Held    bool                `json:"held,omitempty"` // It would wait for a person.
}

// Explain tells what the Judge would see in a message and do with it, by judging it and writing nothing. It takes no timestamp and asks
// authorities as ever. A message may concern any
// supplier, and so may only be explained to those who see all.
func (j *Judge) Explain(ctx context.Context, actor workflow.Actor, raw workflow.Document) (Explanation, error) {
	if err := actor.NeedForAll(workflow.RightView); err != nil {
		return Explanation{}, err
	}
	message, closer, err := j.Parser.Parse(ctx, raw)
	defer closer.Close() // It only frees room.
	if err != nil {
		return Explanation{}, fmt.Errorf("parse message: %w", err)
	}
	now := j.Now()
	trial := trial{judge: j, message: message, only: true, arrival: workflow.Arrival{
		ID: workflow.ArrivalIDOf(raw.Hash), Raw: raw.Ref, Internal: now, State: workflow.ArrivalQueued,
	}}
	for n, pdf := range message.PDFs {
		if err := trial.hear(ctx, pdf, n < maxShown); err != nil {
			return Explanation{}, err
		}
	}
	open, err := trial.conclude(ctx)
	if err != nil {
		return Explanation{}, errors.Join(err, open.Close())
	}
	defer open.Close() // It only frees room.
	return trial.explanation(ctx)
}

// explanation reads out of the change what it would have done.
func (t *trial) explanation(ctx context.Context) (Explanation, error) {
	said := Explanation{Receipt: t.receipt, Automatic: t.message.Automatic, Shelf: t.arrival.FileInto}
	for _, after := range t.change.Contracts {
		before, err := t.judge.Ledger.Contract(ctx, after.ID)
		if err != nil {
			return said, fmt.Errorf("read contract %s: %w", after.Number, err)
		}
		if before.State != after.State {
			said.Moves = append(said.Moves, Move{after.Number, before.State, after.State})
		}
	}
	for _, letter := range t.change.Letters {
		out := Outgoing{Kind: letter.Kind, Subject: letter.Subject}
		for _, delivery := range t.change.Deliveries {
			if delivery.Letter == letter.ID && delivery.Channel != workflow.ChannelSent && !slices.Contains(out.To, delivery.Recipient) {
				out.To, out.Held = append(out.To, delivery.Recipient), out.Held || delivery.State == workflow.DeliveryHeld
			}
		}
		said.Letters = append(said.Letters, out)
	}
	return said, nil
}
