package decide

import (
	"context"
	"fmt"
	"slices"

	"contractd/workflow"
)

// inQuestion returns what a person is asked to approve: the return under review; with a waiver also the newest one that was
// refused for want of that role alone, for which the contract still waits.
func (d *decision) inQuestion(ctx context.Context, judgement Judgement) (workflow.Receipt, workflow.Finding, error) {
	if state := d.contract.State; judgement.Waive != "" && (state == workflow.StateExpired || state == workflow.StateUndeliverable) {
		return workflow.Receipt{}, workflow.Finding{}, d.refuse("waive a role of the return of", "let it wait for its return again first, with `contractd extend` or `contractd resend`")
	}
	if judgement.Waive == "" || d.contract.State != workflow.StateSent {
		return d.underReview(ctx, judgement.Document)
	}
	receipts, err := d.desk.Library.Receipts(ctx, d.contract.ID)
	if err != nil {
		return workflow.Receipt{}, workflow.Finding{}, fmt.Errorf("list receipts of contract %s: %w", d.contract.Number, err)
	}
	receipt, finding, found := Waivable(d.contract, receipts)
	if !found {
		return receipt, finding, d.refuse("waive a role of the return of", "the newest return lacks more than that role, or there is none; see `contractd show "+d.contract.Number+"`")
	}
	if seen := judgement.Document; !seen.IsZero() && finding.Document.Hash != seen {
		return receipt, finding, d.newer(seen, finding.Document.Hash)
	}
	return d.about(receipt), finding, nil
}

// Waivable returns the newest return of a contract, where nothing but missing roles speaks against it.
func Waivable(contract workflow.Contract, receipts []workflow.Receipt) (newest workflow.Receipt, found workflow.Finding, ok bool) {
	for _, receipt := range receipts {
		for _, finding := range receipt.Findings {
			if finding.Match.Contract == contract.ID && finding.Verdict != nil && finding.Outcome == workflow.Rejected && !receipt.Judged.Before(newest.Judged) {
				newest, found, ok = receipt, finding, true
			}
		}
	}
	if ok {
		_, ok = found.Verdict.LacksOnly()
	}
	return newest, found, ok && found.Match.Rung == workflow.RungPrefix && found.Match.Prefix == workflow.PrefixSealed
}

// mayWaive refuses what is not for this actor to waive. That a return needs no signature in a role is for a person to say, with a
// reason, and only where nothing else speaks against the return; somebody must have signed in another role.
func (d *decision) mayWaive(finding workflow.Finding, judgement Judgement) error {
	role := judgement.Waive
	doing := func(what string, sentinel error) error {
		return fmt.Errorf("waive the role %s for contract %s: %s: %w", role, d.contract.Number, what, sentinel)
	}
	switch {
	case judgement.Reason == "":
		return workflow.WithHint(doing("a reason is needed", workflow.ErrUsage), "give it as --reason TEXT; it is kept with the contract")
	case !d.actor.Person():
		return workflow.WithHint(doing(fmt.Sprintf("%q is no person", d.actor.Name), workflow.ErrRight), "one of the people of [[users]] must decide that")
	case finding.Verdict == nil:
		return doing("the return was not judged", workflow.ErrPolicy)
	}
	lacks, only := finding.Verdict.LacksOnly()
	signed := slices.ContainsFunc(finding.Verdict.Signatures, func(s workflow.Signature) bool {
		return s.Side == workflow.SideTheirs && s.Role != "" && s.Role != role && s.Verdict == workflow.Passed
	})
	if !only || len(lacks) != 1 || lacks[0] != role || !signed {
		return workflow.WithHint(doing("that role is not the only thing that the return lacks", workflow.ErrPolicy), "see `contractd show "+d.contract.Number+"` for what speaks against it")
	}
	return nil
}

// waive records it with the return that is archived for it.
func (d *decision) waive(receipt workflow.Receipt, finding workflow.Finding, judgement Judgement, details map[string]string) {
	if judgement.Waive == "" {
		return
	}
	details["waived"] = string(judgement.Waive)
	d.contract.Receipt, d.contract.Returned = receipt.ID, receipt.Received
	d.contract.Waivers = append(slices.Clone(d.contract.Waivers), workflow.Waiver{
		Role: judgement.Waive, Actor: d.actor.Name, At: d.desk.Now(), Document: finding.Document.Hash, Reason: judgement.Reason,
	})
}

// newer says that somebody looked at another return than the one that would be decided about.
func (d *decision) newer(seen, now workflow.Hash) error {
	return workflow.WithHint(
		fmt.Errorf("decide about return %s of contract %s: a newer one, %s, came meanwhile: %w", seen.Short(), d.contract.Number, now.Short(), workflow.ErrConflict),
		"look at it with `contractd show "+d.contract.Number+"` and decide again")
}
