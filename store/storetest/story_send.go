package storetest

import (
	"errors"
	"strings"
	"time"

	"contractd/workflow"
)

// Answers of the mail servers in one pass of the dispatcher.
const (
	planSecondDeferred = 2 + iota
	planFirstRefused
	planCopiesFail
	planAmbiguous
	planCredentials
	planDies
	plans
)

// dispatch sends what is due.
func (s *scene) dispatch(e event) {
	s.stage.Clock = s.stage.Clock.Add(rest)
	arg := e.arg
	plan := pick(&arg, plans)
	s.meanwhile = s.interruption(e, plan, pick(&arg, 6))
	s.answers(plan, pick(&arg, 3))
	due := s.due()
	if s.book.held {
		due = nil
	}
	_, err := s.stage.Dispatcher.Pass(s.Context())
	s.meanwhile = nil
	s.want("dispatch", err, nil)
	if s.witness.stopped || plan == planCredentials {
		if plan == planDies && s.stop == nil && s.witness.stopped {
			s.restart()
		}
		return
	}
	for _, d := range due {
		if d.State == workflow.DeliveryClaimed || d.State == workflow.DeliveryQueued && !d.Next.After(s.stage.Clock) {
			s.blame("a due delivery of a %s letter to %q was left alone: %s after %d attempts", d.kind, d.Recipient, d.State, d.Attempts)
		}
	}
}

// due lists what must be attempted now.
func (s *scene) due() []*posting {
	var due []*posting
	for _, d := range s.book.postings {
		if d.State == workflow.DeliveryClaimed || d.State == workflow.DeliveryQueued && !d.Next.After(s.stage.Clock) {
			due = append(due, d)
		}
	}
	return due
}

// interruption is what happens while the first letter of a pass is under way.
func (s *scene) interruption(e event, plan, form int) func() {
	if plan > 1 || s.stop != nil {
		return nil
	}
	e.arg = 0
	switch form {
	case 1:
		return func() { s.withdraw(e) }
	case 2:
		return func() { s.unseal(e) }
	case 3:
		return func() { s.receive(e) }
	}
	return nil
}

// answers sets what the mail servers say; with planDies the process dies at the n-th letter, after it was taken.
func (s *scene) answers(plan, nth int) {
	sent := 0
	answer := func(recipient string) error {
		if meanwhile := s.meanwhile; meanwhile != nil {
			s.meanwhile = nil
			meanwhile()
		}
		sent++
		copied := recipient == copyAddress || recipient == ""
		switch {
		case plan == planSecondDeferred && recipient == secondAddress:
			return workflow.ErrTemporary
		case plan == planFirstRefused && recipient == firstAddress, plan == planCopiesFail && recipient == copyAddress:
			return errors.New("550 no such user")
		case plan == planCopiesFail && copied:
			return workflow.ErrTemporary
		case plan == planAmbiguous:
			return workflow.ErrAmbiguous
		case plan == planCredentials && recipient != "":
			return workflow.ErrCredential
		case plan == planDies && sent > nth:
			s.witness.left, s.witness.lost, s.witness.stopped = 0, false, true
		}
		return nil
	}
	s.stage.Post.Answer = func(to, raw string) error { return s.attempt(to, between(raw, "<", ">"), answer) }
	s.stage.Sent.Answer = func(id string) error { return s.attempt("", id, answer) }
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

// attempt is one letter that reaches a server: it must have been claimed, so that no crash hides it.
func (s *scene) attempt(recipient, messageID string, answer func(string) error) error {
	letter := s.book.letters[messageID]
	for _, d := range s.book.postings {
		if d.Letter == letter.ID && d.Recipient == recipient && d.State == workflow.DeliveryClaimed && d.ID == s.witness.claimed {
			d.answer = nil
			err := answer(recipient)
			d.answer = err
			return err
		}
	}
	s.blame("a %s letter reached %q unclaimed", letter.Kind, recipient)
	return nil
}

// giveUp is after how long a delivery is given up; docs/architecture.md.
const giveUp = 5 * 24 * time.Hour

// result is the state to which the server's answer leads a delivery.
func (s *scene) result(d *posting) workflow.DeliveryState {
	switch {
	case d.answer == nil:
		return workflow.DeliveryAccepted
	case errors.Is(d.answer, workflow.ErrCredential):
		return workflow.DeliveryQueued
	case errors.Is(d.answer, workflow.ErrTemporary), errors.Is(d.answer, workflow.ErrAmbiguous), d.Channel == workflow.ChannelSent:
		if s.stage.Clock.Sub(d.First) < giveUp {
			return workflow.DeliveryQueued
		}
	}
	return workflow.DeliveryFailed
}

// concluded moves the contract in the book as a result requires: sent when all main recipients have it, undeliverable when
// one cannot get it.
func (s *scene) concluded(d *posting) {
	p := s.book.byID(d.Contract)
	if p == nil || d.kind != workflow.LetterContract || d.Channel != workflow.ChannelTo {
		return
	}
	switch {
	case d.State == workflow.DeliveryFailed && (p.state == workflow.StateSealed || p.state == workflow.StateSent):
		p.state = workflow.StateUndeliverable
	case d.State == workflow.DeliveryAccepted && (p.state == workflow.StateSealed || p.state == workflow.StateUndeliverable) && s.allAccepted(d):
		p.state, p.sent = workflow.StateSent, true
	}
}

// allAccepted reports whether everybody has the letter, of its last mailing.
func (s *scene) allAccepted(d *posting) bool {
	last := 0
	for _, other := range s.book.postings {
		if other.Letter == d.Letter {
			last = max(last, other.Round)
		}
	}
	for _, other := range s.book.postings {
		same := other.Letter == d.Letter && other.Round == last && other.Channel == workflow.ChannelTo
		if same && other.ID != d.ID && other.State != workflow.DeliveryAccepted {
			return false
		}
	}
	return true
}
