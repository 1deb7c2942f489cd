package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
)

// send takes a draft, records it, and seals it as far as it goes. The metadata stand in the query, the PDF is the body.
func (s *server) send(w http.ResponseWriter, r *http.Request) {
	contract, leave, err := s.record(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer leave()
	// From here on the contract is recorded: a caller who leaves does not stop it.
	s.run(w, r, contract.ID, "recorded")
}

// record creates the contract of an order. Until it returns, a caller who leaves cancels; leave ends the turn of the
// request's idempotency key.
func (s *server) record(w http.ResponseWriter, r *http.Request) (contract workflow.Contract, leave func(), err error) {
	if err := onlyNamed(r.URL, termNames...); err != nil {
		return contract, nil, err
	}
	order, err := orderOf(r.URL.Query())
	if err != nil {
		return contract, nil, err
	}
	actor := actorOf(r.Context())
	if err := actor.NeedFor(workflow.RightSend, order.Supplier); err != nil { // Before 20 MB are taken in for nothing.
		return contract, nil, err
	}
	if order.Request, err = requestKey(r); err != nil {
		return contract, nil, err
	}
	if leave, err = s.turns.take(r.Context(), order.Request); err != nil {
		return contract, nil, err
	}
	defer func(leave func()) { // The result of that name is nil by then.
		if err != nil {
			leave()
		}
	}(leave)
	if err := s.Policy(&order); err != nil {
		return contract, nil, err
	}
	draft, closer, err := s.takeIn(w, r)
	if err != nil {
		return contract, nil, err
	}
	defer closer.Close()
	contract, err = s.Issuer.Create(r.Context(), actor, order, draft)
	return contract, leave, err
}

// seal continues a contract that waits for a key.
func (s *server) seal(w http.ResponseWriter, r *http.Request) {
	actor := actorOf(r.Context())
	if err := actor.Need(workflow.RightSend); err != nil { // Before it is told whether there is such a contract.
		s.refuse(w, r, err)
		return
	}
	contract, err := s.Store.ContractByNumber(r.Context(), r.PathValue("number"))
	if err != nil {
		s.refuse(w, r, fmt.Errorf("seal contract: %w", err))
		return
	}
	sealed, leave, err := s.sealing(r, contract)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer leave()
	out := newStream(w)
	if sealed {
		contract, err = s.Issuer.Continue(withoutCancel(r), actor, contract.ID, out.progress)
	} else {
		contract, err = s.Issuer.SealWith(withoutCancel(r), actor, contract.ID, r.URL.Query().Get("key"), out.progress)
	}
	out.end(contract, err)
	s.Changed()
}

// sealing remembers that the request asked to seal a draft, before it is done: sealing goes on from where it stands, so
// that a repeated request does nothing twice. It reports whether an earlier one has done it.
func (s *server) sealing(r *http.Request, contract workflow.Contract) (sealed bool, leave func(), err error) {
	key, err := requestKey(r)
	if key == "" || err != nil {
		return false, func() {}, err
	}
	if leave, err = s.turns.take(r.Context(), key); err != nil {
		return false, nil, err
	}
	defer func() {
		if err != nil {
			leave()
		}
	}()
	request, err := identify(key, r)
	if err != nil {
		return false, nil, err
	}
	_, err = s.remembered(r.Context(), request)
	if !errors.Is(err, workflow.ErrNotFound) {
		return err == nil && contract.State != workflow.StateDraft, leave, err
	}
	if contract.State != workflow.StateDraft { // Refused, and so not remembered.
		return false, leave, nil
	}
	asked := workflow.RequestsFor(workflow.WithRequest(r.Context(), request), contract.ID, s.Now())
	if err := s.Store.Apply(r.Context(), workflow.Change{Requests: asked}); err != nil {
		return false, nil, fmt.Errorf("remember request: %w", err)
	}
	return false, leave, nil
}

// run seals and tells how it goes.
func (s *server) run(w http.ResponseWriter, r *http.Request, id workflow.ContractID, first string) {
	out := newStream(w)
	out.progress(first, string(id))
	contract, err := s.Issuer.Continue(withoutCancel(r), actorOf(r.Context()), id, out.progress)
	out.end(contract, err)
	s.Changed()
}

// Act is the body of a decision.
type Act struct {
	Reason   string        `json:"reason,omitempty"`
	Document workflow.Hash `json:"document,omitzero"` // With approve and refuse: the return that was looked at.
	Pin      bool          `json:"pin,omitempty"`     // With approve: expect this certificate of the supplier from now on.
	Waive    workflow.Role `json:"waive,omitempty"`   // With approve: the return needs no signature in this role; a reason must be given.
	To       []string      `json:"to,omitempty"`      // With resend: to whom; none means the addresses that are registered.
	Deadline time.Time     `json:"deadline,omitzero"` // With extend.
}

// decide passes a person's decision to the desk.
func (s *server) decide(r *http.Request) (any, error) {
	var act Act
	if err := decode(r, &act); err != nil {
		return nil, err
	}
	if err := oneLine("reason", act.Reason); err != nil {
		return nil, err
	}
	ctx, actor, number := r.Context(), actorOf(r.Context()), r.PathValue("number")
	defer s.Changed()
	switch r.PathValue("decision") {
	case "release":
		return s.Desk.Release(ctx, actor, number)
	case "unseal":
		return s.Desk.Unseal(ctx, actor, number)
	case "approve":
		return s.Desk.Approve(ctx, actor, number, decide.Judgement{Reason: act.Reason, Document: act.Document, Pin: act.Pin, Waive: act.Waive})
	case "refuse":
		return s.Desk.Refuse(ctx, actor, number, decide.Judgement{Reason: act.Reason, Document: act.Document})
	case "withdraw":
		return s.Desk.Withdraw(ctx, actor, number, act.Reason)
	case "resend":
		for _, address := range act.To {
			if !plainAddress(address) {
				return nil, fmt.Errorf("resend to %q: no mail address: %w", address, workflow.ErrUsage)
			}
		}
		return s.Desk.Resend(ctx, actor, number, act.To)
	case "extend":
		return s.Desk.Extend(ctx, actor, number, act.Deadline, act.Reason)
	}
	return nil, fmt.Errorf("decide %q: %w", r.PathValue("decision"), workflow.ErrNotFound)
}

// decided answers a repeated decision with its contract as it stands now.
func (s *server) decided(r *http.Request, seen workflow.Request) (any, error) {
	contract, err := s.Memory.Contract(r.Context(), seen.Contract)
	if err != nil {
		return nil, fmt.Errorf("find contract of a repeated request: %w", err)
	}
	return contract, actorOf(r.Context()).NeedFor(workflow.RightView, contract.Supplier)
}
