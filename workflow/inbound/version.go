package inbound

import (
	"context"
	"fmt"

	"contractd/workflow"
)

// maxVersions bounds how far a chain of versions is followed; nobody revises a contract so often.
const maxVersions = 1000

// settle keeps versions of one contract from being taken for different contracts: a supplier who answers the letter about
// the old version with the new file, or the other way round, means one number. Which of them came back is for the
// strongest evidence to say; where that evidence itself fits several, as a draft that was revised in its terms only, it is
// the newest (equal).
func (j *Judge) settle(ctx context.Context, match workflow.Match, equal bool) (workflow.Match, error) {
	if len(match.Rivals) == 0 {
		return match, nil
	}
	best, err := j.Ledger.Contract(ctx, match.Contract)
	if err != nil {
		return match, fmt.Errorf("read matched contract: %w", err)
	}
	var rivals []workflow.ContractID
	for _, id := range match.Rivals {
		rival, err := j.Ledger.Contract(ctx, id)
		if err != nil {
			return match, fmt.Errorf("read matched contract: %w", err)
		}
		switch {
		case rival.Number != best.Number:
			rivals = append(rivals, id)
		case equal && rival.Version > best.Version:
			best = rival
		}
	}
	match.Contract, match.Rivals = best.ID, rivals
	return match, nil
}

// current returns the version of a contract that a mail about it concerns: the newest that was mailed, else itself.
func (j *Judge) current(ctx context.Context, id workflow.ContractID) (workflow.ContractID, error) {
	for range maxVersions {
		contract, err := j.Ledger.Contract(ctx, id)
		if err != nil {
			return id, fmt.Errorf("read matched contract: %w", err)
		}
		if contract.Next == "" {
			return id, nil
		}
		next, err := j.Ledger.Contract(ctx, contract.Next)
		if err != nil {
			return id, fmt.Errorf("read next version of contract %s: %w", contract.Number, err)
		}
		if unmailed(next) {
			return id, nil
		}
		id = next.ID
	}
	return id, nil
}

// unmailed reports whether nobody outside has the contract yet.
func unmailed(contract workflow.Contract) bool {
	return contract.State == workflow.StateDraft || contract.State == workflow.StateSealed
}

// newest returns the last version of a replaced contract, as the message itself has left it where another file in it
// decided about that one.
func (t *trial) newest(ctx context.Context, contract workflow.Contract) (workflow.Contract, error) {
	for range maxVersions {
		if contract.Next == "" {
			break
		}
		next, err := t.judge.Ledger.Contract(ctx, contract.Next)
		if err != nil {
			return contract, fmt.Errorf("read next version of contract %s: %w", contract.Number, err)
		}
		contract = next
	}
	for _, h := range t.heard {
		if h.contract.ID == contract.ID {
			return h.contract, nil
		}
	}
	return contract, nil
}

// outdated reports whether a return is of a version that another one replaced.
func outdated(contract workflow.Contract) bool {
	return contract.State == workflow.StateWithdrawn && contract.Next != ""
}
