package inbound

import (
	"context"
	"fmt"
	"slices"

	"contractd/workflow"
)

// separate names a mistake that looks like two: organisation and employee each signed a copy of its own, in one message or in two, and each
// copy lacks the other's signature (verification.md, 20). Told alone, either would sign its own copy again.
func (t *trial) separate(ctx context.Context) error {
	for n := range t.heard {
		h := &t.heard[n]
		lacks, ok := lacking(h.finding)
		if !ok || h.finding.Match.Rung != workflow.RungPrefix {
			continue
		}
		others, err := t.otherCopies(ctx, h.contract.ID, n)
		if err != nil {
			return err
		}
		for _, other := range others {
			if theirs, ok := lacking(other); ok && !slices.ContainsFunc(lacks, func(r workflow.Role) bool { return slices.Contains(theirs, r) }) {
				h.finding.Verdict.Blame(workflow.Cause{Reason: workflow.ReasonSeparate, Weight: workflow.Failed,
					Detail: fmt.Sprintf("the copy %s has what this one lacks", other.Document.Hash.Short())})
				break
			}
		}
	}
	return nil
}

// lacking returns the roles that a copy lacks, where it lacks nothing else.
func lacking(finding workflow.Finding) ([]workflow.Role, bool) {
	if finding.Verdict == nil {
		return nil, false
	}
	return finding.Verdict.LacksOnly()
}

// otherCopies are what else came back for the contract, in this message and in those before.
func (t *trial) otherCopies(ctx context.Context, contract workflow.ContractID, but int) ([]workflow.Finding, error) {
	var others []workflow.Finding
	for n, h := range t.heard {
		if n != but && h.contract.ID == contract {
			others = append(others, h.finding)
		}
	}
	earlier, err := t.judge.Queue.Receipts(ctx, contract)
	if err != nil {
		return nil, fmt.Errorf("list returns of contract %s: %w", contract, err)
	}
	for _, receipt := range earlier {
		for _, finding := range receipt.Findings {
			if finding.Match.Contract == contract {
				others = append(others, finding)
			}
		}
	}
	return others, nil
}
