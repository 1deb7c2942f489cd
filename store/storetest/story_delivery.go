package storetest

import (
	"fmt"

	"contractd/workflow"
)

// delivery follows one delivery: new ones wait, attempts are claimed before they are made, and results are what the
// server said.
func (w *witness) delivery(d workflow.Delivery) {
	book := w.scene.book
	known := book.postings[d.ID]
	if known == nil {
		book.postings[d.ID] = w.posted(d)
		return
	}
	before := known.Delivery
	w.stale[d.ID] = before
	if fault := w.moved(known, d); fault != "" {
		w.scene.blame("delivery %s to %q went from %s to %s: %s", d.ID, d.Recipient, before.State, d.State, fault)
	}
	d.Revision++
	known.Delivery = d
	if d.State == workflow.DeliveryAccepted || d.State == workflow.DeliveryFailed {
		w.scene.concluded(known)
	}
}

func (w *witness) posted(d workflow.Delivery) *posting {
	posted := &posting{Delivery: d}
	for _, letter := range w.scene.book.letters {
		if letter.ID == d.Letter {
			posted.kind = letter.Kind
		}
	}
	want := workflow.DeliveryQueued
	if p := w.scene.book.byID(d.Contract); p != nil && posted.kind == workflow.LetterContract && p.hold {
		want = workflow.DeliveryHeld
	}
	if d.State != want || d.Attempts != 0 {
		w.scene.blame("a new delivery of a %s letter is %s after %d attempts, want %s", posted.kind, d.State, d.Attempts, want)
	}
	posted.Revision = 1
	return posted
}

// copied reports whether the delivery is our own copy of a letter that somebody got: that is kept whatever becomes of the
// contract.
func (w *witness) copied(d workflow.Delivery) bool {
	for _, other := range w.scene.book.postings {
		if other.Letter == d.Letter && other.Channel != workflow.ChannelSent && other.State == workflow.DeliveryAccepted {
			return d.Channel == workflow.ChannelSent
		}
	}
	return false
}

// moved says what is wrong with a delivery's step; empty where nothing is.
func (w *witness) moved(known *posting, d workflow.Delivery) string {
	needless := false // A contract that is withdrawn, or came back already, need not be mailed.
	if p := w.scene.book.byID(d.Contract); p != nil && known.kind == workflow.LetterContract {
		needless = p.state == workflow.StateWithdrawn && !w.copied(d) || p.state == workflow.StateArchived && d.Channel == workflow.ChannelTo
	}
	from, now := known.State, w.scene.stage.Clock
	waiting := from == workflow.DeliveryQueued || from == workflow.DeliveryHeld
	switch d.State {
	case workflow.DeliveryClaimed:
		w.claimed = d.ID
		switch {
		case w.scene.book.held:
			return "everything is held"
		case from != workflow.DeliveryQueued && from != workflow.DeliveryClaimed:
			return "it was not due"
		case from == workflow.DeliveryQueued && known.Next.After(now):
			return "it was not due yet"
		case d.Attempts != known.Attempts+1 || d.First.IsZero():
			return "the attempt is not counted"
		case needless:
			return "its contract is closed"
		}
	case workflow.DeliveryAccepted, workflow.DeliveryFailed:
		if want := w.scene.result(known); from != workflow.DeliveryClaimed || d.State != want {
			return fmt.Sprintf("the server's answer was %v, so it must be %s", known.answer, want)
		}
	case workflow.DeliveryQueued:
		released := from == workflow.DeliveryHeld && w.scene.releasing == d.Contract
		deferred := from == workflow.DeliveryClaimed && w.scene.result(known) == workflow.DeliveryQueued && d.Next.After(now)
		if !released && !deferred {
			return "nobody released it and no server deferred it"
		}
	case workflow.DeliveryCancelled:
		if !needless && !(waiting && w.scene.cancelling == d.Contract) {
			return "nobody took it back"
		}
	default:
		return "nothing leads there"
	}
	return ""
}
