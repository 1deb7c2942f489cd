package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
)

// Edition is one of several contracts under one number.
type Edition struct {
	Version int            `json:"version"`
	State   workflow.State `json:"state"`
	Created time.Time      `json:"created"`
	Closed  time.Time      `json:"closed_at,omitzero"`
	Reason  string         `json:"reason,omitempty"` // Why it was withdrawn.
	Sealed  workflow.Ref   `json:"sealed"`           // Zero while it has no seal of ours.
}

// find reads the contract that a caller names: NUMBER means the newest version, NUMBER@2 the second. No number has an @.
func (s *server) find(ctx context.Context, name string) (workflow.Contract, error) {
	number, version, chosen := strings.Cut(name, "@")
	if !chosen {
		return s.Store.ContractByNumber(ctx, number)
	}
	all, err := s.versions(ctx, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	for _, contract := range all {
		if strconv.Itoa(contract.Version) == version {
			return contract, nil
		}
	}
	return workflow.Contract{}, workflow.WithHint(fmt.Errorf("version %q of contract %s: %w", version, number, workflow.ErrNotFound), "see which there are with `contractd show "+number+"`")
}

// versions lists every contract under a number, the first version first.
func (s *server) versions(ctx context.Context, number string) ([]workflow.Contract, error) {
	if err := workflow.CheckNumber(number); err != nil { // The filter would take * and ? for a pattern.
		return nil, nil
	}
	all, err := s.Store.Contracts(ctx, workflow.ContractFilter{Number: number})
	if err != nil {
		return nil, fmt.Errorf("list versions of contract %s: %w", number, err)
	}
	slices.SortFunc(all, func(a, b workflow.Contract) int { return a.Version - b.Version })
	return all, nil
}

// siblings tells of all versions of a contract, where there is more than one.
func (s *server) siblings(ctx context.Context, contract workflow.Contract) ([]Edition, error) {
	if contract.Previous == "" && contract.Next == "" {
		return nil, nil
	}
	all, err := s.versions(ctx, contract.Number)
	var told []Edition
	for _, one := range all {
		edition := Edition{Version: one.Version, State: one.State, Created: one.Created, Closed: one.ClosedAt, Reason: one.Reason}
		if len(one.Batches) > 0 {
			edition.Sealed = one.Sealed()
		}
		told = append(told, edition)
	}
	return told, err
}
