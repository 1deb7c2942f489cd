package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
	"contractd/workflow/outbound"
)

var ourKeys = []string{"org", "employee"}

// create sends a contract, repeats an order, or sends another one under a number that is taken.
func (s *scene) create(e event) {
	arg := e.arg
	p := s.book.page(e.number())
	order := outbound.Order{
		Number: p.number, Title: "采购合同", Supplier: flowtest.Supplier, Deadline: s.stage.Clock.AddDate(0, 1, 0),
		Hold: pick(&arg, 2) == 1, Confirm: pick(&arg, 3) == 1, Request: "order " + p.number,
	}
	if pick(&arg, 4) == 3 {
		order.Request = fmt.Sprintf("another order %v", s.stage.Clock)
	}
	trouble := pick(&arg, 6)
	draft := "draft of " + p.number
	budget := s.witness.budget()
	contract, err := s.stage.Issuer.Create(s.Context(), s.actor, order, flowtest.Draft(draft))
	switch {
	case p.state != "" && order.Request != p.request:
		s.want("send a second contract under "+p.number, err, workflow.ErrExists)
	case p.state != "":
		s.want("repeat the order of "+p.number, err, nil)
	default:
		s.want("send "+p.number, err, nil)
		if budget.survives() {
			*p = page{
				number: p.number, request: order.Request, id: s.byNumber(p.number).ID, state: workflow.StateDraft, hold: order.Hold, confirm: order.Confirm,
				deadline: order.Deadline, draft: draft, pending: slices.Clone(ourKeys),
			}
		}
	}
	if err == nil && contract.ID != p.id {
		s.blame("the order of %s was answered with contract %s, want %s", p.number, contract.ID, p.id)
	}
	if err == nil {
		s.sealing(p, trouble, budget)
	}
}

// byNumber reads a contract past the services.
func (s *scene) byNumber(number string) workflow.Contract {
	contract, err := s.witness.Ledger.ContractByNumber(s.Context(), number)
	s.check("read contract "+number, err)
	return contract
}

func (s *scene) sealOn(e event) {
	if p := s.book.page(e.number()); p.state != "" {
		s.sealing(p, int(e.arg)%6, s.witness.budget())
	}
}

// Troubles of sealing; other numbers are none.
const (
	noEmployee = 2
	noOrg      = 3
	badCheck   = 4
)

// sealing goes on with the seals of a contract, of which one may fail, and with the self-check.
func (s *scene) sealing(p *page, trouble int, budget *budget) {
	s.stage.Seals.Fail, s.stage.Checks.Verdict = nil, workflow.Passed
	switch trouble {
	case noEmployee:
		s.stage.Seals.Fail = map[string]error{"employee": workflow.ErrKeyMissing}
	case noOrg:
		s.stage.Seals.Fail = map[string]error{"org": workflow.ErrKeyMissing}
	case badCheck:
		s.stage.Checks.Verdict = workflow.Failed
	}
	_, err := s.stage.Issuer.Continue(s.Context(), s.actor, p.id, flowtest.Quiet)
	switch want := s.sealed(p, trouble == badCheck, budget); {
	case want != errRefused:
		s.want("seal "+p.number, err, want)
	case err == nil:
		s.blame("%s left although its self-check failed", p.number)
	}
}

// errRefused stands for whatever the self-check says of a bad file.
var errRefused = errors.New("the self-check refuses it")

// sealed does in the book what Continue does, and returns the error that Continue must have returned.
func (s *scene) sealed(p *page, bad bool, budget *budget) error {
	if p.state != workflow.StateDraft {
		return nil
	}
	for len(p.pending) > 0 {
		key := p.pending[0]
		if failure := s.stage.Seals.Fail[key]; failure != nil {
			if p.stuck != key && budget.survives() {
				p.stuck = key
			}
			return failure
		}
		s.book.sealings++
		if !budget.survives() {
			return nil
		}
		n := s.book.sealings
		p.seals = append(p.seals, seal{key, fmt.Sprintf("%s\nsealed %s %d", p.current(), key, n), fmt.Sprintf("value %s %d", key, n)})
		if p.pending, p.stuck = p.pending[1:], ""; budget.over() {
			return nil
		}
	}
	switch survives := budget.survives(); {
	case bad && survives:
		p.stuck = "self-check"
		return errRefused
	case survives:
		p.state, p.stuck = workflow.StateSealed, ""
	}
	return nil
}

func (s *scene) release(e event) {
	p := s.book.page(e.number())
	s.releasing = p.id
	budget := s.witness.budget()
	_, err := s.stage.Desk.Release(s.Context(), s.actor, p.number)
	if !s.decides("release", p, err, p.state == workflow.StateSealed && p.hold) {
		return
	}
	if budget.survives() {
		p.hold = false
	}
}

// decides compares the answer to a decision with whether it was allowed, and reports whether it was.
func (s *scene) decides(doing string, p *page, err error, allowed bool) bool {
	switch {
	case p.state == "":
		s.want(doing+" "+p.number+", which is not there", err, workflow.ErrNotFound)
		return false
	case !allowed:
		s.want(fmt.Sprintf("%s %s, which is %s", doing, p.number, p.state), err, workflow.ErrState)
		return false
	}
	s.want(fmt.Sprintf("%s %s, which is %s", doing, p.number, p.state), err, nil)
	return true
}

func (s *scene) unseal(e event) {
	p := s.book.page(e.number())
	s.cancelling = p.id
	budget := s.witness.budget()
	tried := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy, workflow.ChannelSent)
	_, err := s.stage.Desk.Unseal(s.Context(), s.actor, p.number)
	allowed := (p.state == workflow.StateDraft || p.state == workflow.StateSealed) && len(p.seals) > 0 && !tried
	if !s.decides("unseal", p, err, allowed) || !budget.survives() {
		return
	}
	s.nothingLeaves(p)
	last := p.seals[len(p.seals)-1]
	p.state, p.letter, p.stuck = workflow.StateDraft, "", "unsealed"
	p.seals, p.undone, p.pending = p.seals[:len(p.seals)-1], append(p.undone, last.text), append([]string{last.key}, p.pending...)
}

// nothingLeaves says that a decision has taken back every delivery that was not begun.
func (s *scene) nothingLeaves(p *page) {
	for _, d := range s.book.post(p) {
		if d.State == workflow.DeliveryQueued || d.State == workflow.DeliveryHeld {
			s.blame("delivery %s of %s is still %s", d.ID, p.number, d.State)
		}
	}
}

func (s *scene) withdraw(e event) {
	p := s.book.page(e.number())
	s.cancelling = p.id
	budget := s.witness.budget()
	tried := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy, workflow.ChannelSent)
	_, err := s.stage.Desk.Withdraw(s.Context(), s.actor, p.number, "no longer wanted")
	if !s.decides("withdraw", p, err, p.state != "" && !final(p.state)) || !budget.survives() {
		return
	}
	s.nothingLeaves(p)
	p.state = workflow.StateWithdrawn
	if told := slices.Contains(s.witness.kinds[p.id], workflow.LetterWithdrawn); told != tried {
		s.blame("%s was withdrawn: the supplier is told: %v, was mailed: %v", p.number, told, tried)
	}
}

// pass lets days go by.
func (s *scene) pass(e event) {
	s.stage.Clock = s.stage.Clock.AddDate(0, 0, 3*int(e.arg%8))
	if _, err := s.stage.Timer.Pass(s.Context()); s.witness.stopped { // The book need not know in which order they expire.
		s.restart()
		_, err = s.stage.Timer.Pass(s.Context())
		s.want("let time pass again", err, nil)
	} else {
		s.want("let time pass", err, nil)
	}
	for _, p := range s.book.all() {
		if p.state == workflow.StateSent && s.stage.Clock.After(p.deadline) {
			p.state = workflow.StateExpired
		}
	}
}

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
		if d.Letter == letter.ID && d.Recipient == recipient {
			if d.State != workflow.DeliveryClaimed {
				s.blame("a %s letter reached %q unclaimed", d.kind, recipient)
			}
			d.answer = nil
			err := answer(recipient)
			d.answer = err
			return err
		}
	}
	s.blame("a letter reached %q that nobody wrote: %q", recipient, messageID)
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
	case d.State == workflow.DeliveryAccepted && p.state == workflow.StateSealed && s.allAccepted(d):
		p.state = workflow.StateSent
	}
}

func (s *scene) allAccepted(d *posting) bool {
	for _, other := range s.book.postings {
		if other.Letter == d.Letter && other.Channel == workflow.ChannelTo && other.State != workflow.DeliveryAccepted {
			return false
		}
	}
	return true
}
