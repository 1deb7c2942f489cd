package api

import (
	"fmt"
	"net/http"

	"contractd/workflow"
)

// Handover is the body of a reassignment.
type Handover struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Numbers []string `json:"numbers,omitempty"` // None means every contract of From that is not closed.
}

func (s *server) reassign(r *http.Request) (any, error) {
	handover, err := handoverOf(r)
	if err != nil {
		return nil, err
	}
	return s.Desk.Reassign(r.Context(), actorOf(r.Context()), handover.From, handover.To, handover.Numbers)
}

func handoverOf(r *http.Request) (Handover, error) {
	var handover Handover
	if err := decode(r, &handover); err != nil {
		return handover, err
	}
	for _, name := range []string{handover.From, handover.To} {
		if err := oneLine("name", name); err != nil {
			return handover, err
		}
	}
	return handover, nil
}

// reassigned answers a repeated reassignment with what its new owner has now, of the contracts that were named.
func (s *server) reassigned(r *http.Request, _ workflow.Request) (any, error) {
	handover, err := handoverOf(r)
	if err != nil {
		return nil, err
	}
	if err := actorOf(r.Context()).Need(workflow.RightAdminister); err != nil {
		return nil, err
	}
	if len(handover.Numbers) == 0 {
		return s.visible(r.Context(), workflow.ContractFilter{Owner: handover.To})
	}
	contracts := []workflow.Contract{}
	for _, number := range handover.Numbers {
		contract, err := s.Store.ContractByNumber(r.Context(), number)
		if err != nil {
			return nil, fmt.Errorf("find contract %s: %w", number, err)
		}
		if actorOf(r.Context()).Sees(contract.Supplier) {
			contracts = append(contracts, contract)
		}
	}
	return contracts, nil
}
