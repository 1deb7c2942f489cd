package decide

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"contractd/workflow"
)

// first returns who approved this very return before, or "" where this is the first yes; the judgement takes over what
// was to be pinned. Only persons count: programs and root can act in anybody's stead.
func (d *decision) first(finding workflow.Finding, judgement *Judgement) (string, error) {
	contract := &d.contract
	if !d.actor.Counts() {
		return "", workflow.WithHint(
			fmt.Errorf("approve return of contract %s as %q: two persons are needed, and this is none: %w", contract.Number, d.actor.Name, workflow.ErrPolicy),
			"approve it as one of the people of [[users]], neither as root nor with an API key")
	}
	contract.Approvals = slices.DeleteFunc(slices.Clone(contract.Approvals), func(yes workflow.Approval) bool { return yes.Document != finding.Document.Hash })
	earlier := slices.Clone(contract.Approvals)
	if slices.ContainsFunc(earlier, func(yes workflow.Approval) bool { return yes.Actor == d.actor.Name }) {
		return "", workflow.WithHint(
			fmt.Errorf("approve return of contract %s: %q has approved it already, and two persons are needed: %w", contract.Number, d.actor.Name, workflow.ErrPolicy),
			"somebody else with the right to decide must approve it")
	}
	contract.Approvals = append(contract.Approvals, workflow.Approval{
		Actor: d.actor.Name, At: d.desk.Now(), Document: finding.Document.Hash, Reason: judgement.Reason, Pin: judgement.Pin, Waive: judgement.Waive,
	})
	if len(earlier) == 0 {
		return "", nil
	}
	judgement.Pin = judgement.Pin || earlier[0].Pin
	if judgement.Waive == "" && earlier[0].Waive != "" {
		judgement.Waive, judgement.Reason = earlier[0].Waive, cmp.Or(judgement.Reason, earlier[0].Reason)
	}
	return earlier[0].Actor, nil
}

// onceMore records the first of two approvals and tells those who can find the second person.
func (d *decision) onceMore(ctx context.Context, receipt workflow.Receipt, details map[string]string) (workflow.Contract, error) {
	closer, err := d.desk.Clerk.Tell(ctx, &d.change, d.contract, &receipt,
		fmt.Sprintf("approved once: the return of contract %s was approved by %s; a second person must approve it", d.contract.Number, d.actor.Name))
	if err != nil {
		return d.contract, err
	}
	d.open = append(d.open, closer)
	if waive := d.contract.Approvals[len(d.contract.Approvals)-1].Waive; waive != "" {
		details["waived"] = string(waive)
	}
	return d.finish(ctx, workflow.ActFirstYes, details)
}
