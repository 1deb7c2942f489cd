package inbound

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// decide says what a finding means for its contract, and moves it.
func (t *trial) decide(ctx context.Context, n int) error {
	h := &t.heard[n]
	if h.finding.Verdict == nil {
		return nil
	}
	if t.message.Automatic == workflow.AutoBounce && slices.Contains(h.finding.Verdict.Reasons, workflow.ReasonUnchanged) {
		h.finding.Outcome = workflow.Bounced // Our own file, returned by a mail server.
		return nil
	}
	if byNumberAlone(h.finding) && len(h.finding.Match.Rivals) > 0 {
		return nil // It names several, and is none of them.
	}
	if byNumberAlone(h.finding) && (h.contract.State == workflow.StateArchived || h.contract.State == workflow.StateWithdrawn) {
		return nil // An invoice about a closed contract names its number, too: it is no return.
	}
	for i := range t.heard[:n] {
		if t.heard[i].contract.ID == h.contract.ID { // A better return of the same contract has decided.
			h.finding.Outcome = workflow.Rejected
			if t.heard[i].finding.Document == h.finding.Document {
				h.finding.Outcome = workflow.Duplicate
			}
			return nil
		}
	}
	if err := t.mailed(ctx, h); err != nil {
		return err
	}
	if err := t.dispose(ctx, h); err != nil {
		return err
	}
	t.decided = append(t.decided, n)
	return nil
}

// doubtful reports whether evidence that is no proof of bytes points at different contracts.
func doubtful(match workflow.Match) bool {
	return match.Rung >= workflow.RungCode && len(match.Rivals) > 0
}

// byNumberAlone reports whether nothing but a number, which anybody can write, connects a file with its contract, and the
// file is none that counts.
func byNumberAlone(finding workflow.Finding) bool {
	return finding.Match.Rung == workflow.RungNumber && finding.Verdict != nil && finding.Verdict.Verdict == workflow.Failed
}

// mailed moves a sealed contract to sent when a delivery was claimed: a return can be faster than our own record
// of the server's answer. The move is a decision of its own.
func (t *trial) mailed(ctx context.Context, h *hearing) error {
	if h.contract.State != workflow.StateSealed {
		return nil
	}
	deliveries, err := t.judge.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Letter: h.contract.Letter})
	if err != nil {
		return fmt.Errorf("list deliveries of contract %s: %w", h.contract.Number, err)
	}
	tried := slices.ContainsFunc(deliveries, func(d workflow.Delivery) bool { return d.Channel != workflow.ChannelSent && d.Attempts > 0 })
	evidence := "a return arrived"
	if !tried {
		before, err := t.beforeRestore(ctx)
		if err != nil || !before {
			return err
		}
		evidence = "a return arrived before the store was restored, which does not know of the letter"
	}
	if err := h.contract.Move(workflow.StateSent); err != nil {
		return err
	}
	now := t.judge.Now()
	h.contract.SentAt = now
	if t.only {
		return nil
	}
	err = t.judge.Ledger.Apply(ctx, workflow.Change{
		Contracts: []workflow.Contract{h.contract},
		Entries:   []workflow.Entry{t.entry(workflow.ActSent, h, map[string]string{"evidence": evidence})},
	})
	if err != nil {
		return fmt.Errorf("record contract %s as sent: %w", h.contract.Number, err)
	}
	h.contract, err = t.judge.Ledger.Contract(ctx, h.contract.ID)
	return err
}

// dispose applies design.md, section 3: what a matched return does in every state.
func (t *trial) dispose(ctx context.Context, h *hearing) error {
	verdict := h.finding.Verdict.Verdict
	if outdated(h.contract) { // Whoever signed the old version is sent the new one; neither of them moves.
		h.finding.Outcome = workflow.Rejected
		return nil
	}
	switch h.contract.State {
	case workflow.StateArchived, workflow.StateWithdrawn:
		h.finding.Outcome = workflow.Alarm
		if h.contract.State == workflow.StateArchived && h.finding.Document == h.contract.Final {
			h.finding.Outcome = workflow.Duplicate
		}
		return nil
	case workflow.StateDraft, workflow.StateSealed: // Nothing of it was mailed by us.
		h.finding.Outcome = workflow.Alarm
		return nil
	}
	switch {
	case verdict == workflow.Failed && doubtful(h.finding.Match) && !registered(h.supplier, t.message.From):
		h.finding.Outcome = workflow.Alarm // Whoever has seen a code or a number can write this; it moves nothing.
		return nil
	case verdict == workflow.Failed && doubtful(h.finding.Match): // Whom to tell what is wrong would be a guess.
		return t.review(ctx, h)
	case verdict == workflow.Failed:
		h.finding.Outcome = workflow.Rejected
		return nil
	case verdict == workflow.Passed && t.mayArchive(h):
		return t.archive(h)
	}
	return t.review(ctx, h)
}

// mayArchive reports whether the daemon may act alone: only the byte-prefix proof of what we sent is enough.
func (t *trial) mayArchive(h *hearing) bool {
	match := h.finding.Match
	return match.Rung == workflow.RungPrefix && match.Prefix == workflow.PrefixSealed && len(match.Rivals) == 0 &&
		h.contract.State == workflow.StateSent && !h.contract.Confirm && !h.contract.TwoPersons && h.supplier.Archive != "confirm"
}

func (t *trial) archive(h *hearing) error {
	if err := h.contract.Move(workflow.StateArchived); err != nil {
		return err
	}
	h.finding.Outcome = workflow.Archived
	h.contract.Final, h.contract.Receipt = h.finding.Document, workflow.ReceiptID(t.arrival.ID)
	h.contract.Returned, h.contract.ClosedAt = t.arrival.Internal, t.judge.Now()
	t.change.Contracts = append(t.change.Contracts, h.contract)
	t.change.Entries = append(t.change.Entries, t.entry(workflow.ActArchived, h, nil))
	return nil
}

// review keeps the return for a person. A contract under review stays there, with the newer return unless that has
// less merit than the one that waits already.
func (t *trial) review(ctx context.Context, h *hearing) error {
	h.finding.Outcome = workflow.ToReview
	if h.contract.State == workflow.StateReview {
		outranked, err := t.outranked(ctx, h)
		if err != nil || outranked {
			return err
		}
	} else if err := h.contract.Move(workflow.StateReview); err != nil {
		return err
	}
	h.contract.Receipt, h.contract.Returned = workflow.ReceiptID(t.arrival.ID), t.arrival.Internal
	h.contract.Approvals = slices.DeleteFunc(slices.Clone(h.contract.Approvals), func(yes workflow.Approval) bool {
		return yes.Document != h.finding.Document.Hash // Nobody has said yes to what has just come.
	})
	t.change.Contracts = append(t.change.Contracts, h.contract)
	t.change.Entries = append(t.change.Entries, t.entry(workflow.ActReview, h, nil))
	return nil
}

func (t *trial) entry(action workflow.Action, h *hearing, details map[string]string) workflow.Entry {
	if details == nil {
		details = map[string]string{}
	}
	details["receipt"] = string(t.arrival.ID)
	details["document"] = h.finding.Document.Hash.String()
	details["verdict"] = string(h.finding.Verdict.Verdict)
	details["rung"] = fmt.Sprint(int(h.finding.Match.Rung))
	if reasons := h.finding.Verdict.AllCauses(); len(reasons) > 0 {
		var codes []string
		for _, cause := range reasons {
			codes = append(codes, string(cause.Reason))
		}
		details["reasons"] = strings.Join(codes, " ")
	}
	return workflow.Entry{
		Time: t.judge.Now(), Actor: workflow.System.Name, Action: action,
		Subject: "contract/" + string(h.contract.ID), Details: details,
	}
}

// outranked reports whether the return that waits for a person already has more merit than this one.
func (t *trial) outranked(ctx context.Context, h *hearing) (bool, error) {
	receipt, err := t.judge.Queue.Receipt(ctx, h.contract.Receipt)
	if err != nil {
		return false, fmt.Errorf("read return under review of contract %s: %w", h.contract.Number, err)
	}
	for _, finding := range receipt.Findings {
		if finding.Match.Contract == h.contract.ID && finding.Outcome == workflow.ToReview && merit(finding) > merit(h.finding) {
			return true, nil
		}
	}
	return false, nil
}
