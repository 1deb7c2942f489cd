package api

import (
	"errors"
	"fmt"
	"net/http"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

// revise takes the draft of a new version, records it in the place of the old one, and seals it as far as it goes. What the
// query leaves out is as it was; the PDF is the body.
func (s *server) revise(w http.ResponseWriter, r *http.Request) {
	contract, leave, err := s.replace(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer leave()
	s.run(w, r, contract.ID, "recorded")
}

// replace records the new version. Until it returns, a caller who leaves cancels; leave ends the turn of the request's
// idempotency key.
func (s *server) replace(w http.ResponseWriter, r *http.Request) (contract workflow.Contract, leave func(), err error) {
	order, reason, err := s.revision(r)
	if err != nil {
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
	draft, closer, err := s.takeIn(w, r)
	if err != nil {
		return contract, nil, err
	}
	defer closer.Close()
	request := workflow.Request{Key: order.Request, Digest: workflow.HashOf(fmt.Appendf(nil, "%q %q %s", r.URL.EscapedPath(), r.URL.RawQuery, draft.Hash))}
	if order.Request != "" {
		seen, err := s.remembered(r.Context(), request)
		if err == nil {
			contract, err = s.Memory.Contract(r.Context(), seen.Contract)
			return contract, leave, err
		}
		if !errors.Is(err, workflow.ErrNotFound) {
			return contract, nil, err
		}
		r = r.WithContext(workflow.WithRequest(r.Context(), request))
	}
	contract, err = s.replaced(r, order, reason, draft)
	return contract, leave, err
}

// replaced completes the order from the version before and decides.
func (s *server) replaced(r *http.Request, order outbound.Order, reason string, draft workflow.Document) (workflow.Contract, error) {
	old, err := s.Store.ContractByNumber(r.Context(), order.Number)
	if err != nil {
		return old, fmt.Errorf("find contract %s: %w", order.Number, err)
	}
	order.Supplier = old.Supplier
	if order.Title == "" {
		order.Title = old.Title
	}
	if order.Amount.IsZero() {
		order.Amount = old.Amount
	}
	if order.Deadline.IsZero() && old.Deadline.After(s.Now()) {
		order.Deadline = old.Deadline
	}
	order.Confirm = order.Confirm || old.Confirm // Who asked for a person to look asked it of the contract, not of one version.
	if err := s.Policy(&order); err != nil {
		return workflow.Contract{}, err
	}
	actor := actorOf(r.Context())
	next, err := s.Issuer.Plan(r.Context(), actor, order, draft)
	if err != nil {
		return workflow.Contract{}, err
	}
	return s.Desk.Revise(r.Context(), actor, reason, next, draft)
}

// revision reads what is asked, and refuses before 20 MB are taken in for nothing.
func (s *server) revision(r *http.Request) (order outbound.Order, reason string, err error) {
	if err := onlyNamed(r.URL, "reason", "title", "amount", "deadline", "hold", "confirm"); err != nil {
		return order, "", err
	}
	query := r.URL.Query()
	if order, err = orderOf(query); err != nil {
		return order, "", err
	}
	order.Number, reason = r.PathValue("number"), query.Get("reason")
	actor := actorOf(r.Context())
	for _, right := range []workflow.Right{workflow.RightDecide, workflow.RightSend} {
		if err := actor.Need(right); err != nil {
			return order, "", err
		}
	}
	if err := oneLine("reason", reason); err != nil {
		return order, "", err
	}
	if reason == "" {
		return order, "", fmt.Errorf("revise contract %s: a reason is needed: %w", order.Number, workflow.ErrUsage)
	}
	order.Request, err = requestKey(r)
	return order, reason, err
}
