package storetest

import (
	"errors"
	"fmt"
	"slices"

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
		Hold: pick(&arg, 2) == 1, Confirm: pick(&arg, 3) == 1, TwoPersons: e.slot>>3&1 == 1, Request: "order " + p.number,
	}
	if pick(&arg, 4) == 3 {
		order.Request = fmt.Sprintf("another order %v", s.stage.Clock)
	}
	trouble := pick(&arg, 6)
	draft := "draft of " + p.number
	first := s.ordered(order.Request) // Whose order this was before.
	budget := s.witness.budget()
	contract, err := s.stage.Issuer.Create(s.Context(), s.actor, order, flowtest.Draft(draft))
	switch {
	case first != nil:
		s.want("repeat the order of "+p.number, err, nil)
		p = first
	case p.state != "":
		s.want("send a second contract under "+p.number, err, workflow.ErrExists)
	default:
		s.want("send "+p.number, err, nil)
		if budget.survives() {
			*p = page{
				number: p.number, version: 1, request: order.Request, owner: s.actor.Name, state: workflow.StateDraft, hold: order.Hold,
				confirm: order.Confirm, two: order.TwoPersons, deadline: order.Deadline, draft: draft, pending: slices.Clone(ourKeys),
			}
		}
	}
	if p.state != "" && p.id == "" {
		p.id = s.byNumber(p.number).ID
	}
	if err == nil && contract.ID != p.id {
		s.blame("the order of %s was answered with contract %s, want %s", p.number, contract.ID, p.id)
	}
	if err == nil {
		s.sealing(p, trouble, budget)
	}
}

// ordered returns the contract of an earlier order with that key.
func (s *scene) ordered(request string) *page {
	for _, p := range s.book.all() {
		if p.request == request {
			return p
		}
	}
	return nil
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
