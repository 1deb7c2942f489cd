package inbound

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
	"contractd/workflow/post"
)

// judge finds out what an arrival is and writes everything that follows from it in one transaction (TX2).
func (j *Judge) judge(ctx context.Context, arrival workflow.Arrival) error {
	var open post.Closers
	defer func() { open.Close() }()
	raw, closer, err := j.Ledger.Document(ctx, arrival.Raw)
	if err != nil {
		return fmt.Errorf("open raw message: %w", err)
	}
	open = append(open, closer)
	message, closer, err := j.Parser.Parse(ctx, raw)
	if err != nil {
		return fmt.Errorf("parse message: %w", err)
	}
	open = append(open, closer)
	trial := trial{judge: j, arrival: arrival, message: message}
	for n, pdf := range message.PDFs {
		if err := trial.hear(ctx, pdf, n < maxShown); err != nil {
			return err
		}
	}
	closer, err = trial.conclude(ctx)
	open = append(open, closer)
	if err != nil {
		return err
	}
	if err := j.Ledger.Apply(ctx, trial.change); err != nil {
		return fmt.Errorf("record receipt: %w", err)
	}
	j.Log.Info("message judged", "arrival", arrival.ID, "outcome", trial.receipt.Outcome, "pdfs", len(message.PDFs), "attempt", arrival.Attempts)
	if j.Settled != nil {
		j.Settled()
	}
	return nil
}

// trial is the judging of one arrival.
type trial struct {
	judge   *Judge
	arrival workflow.Arrival
	message workflow.Message
	heard   []hearing
	receipt workflow.Receipt
	change  workflow.Change
	only    bool  // Explained, and written nowhere.
	decided []int // Of heard: those that decided about a contract, each to be answered.
	// returned says, a line each, what a report of undelivered mail means; for managers.
	returned []string
	reports  []workflow.Finding // What such a report is about, where no PDF came with it.
}

// hearing is a finding with what it needs to be decided.
type hearing struct {
	finding  workflow.Finding
	document workflow.Document
	contract workflow.Contract
	supplier workflow.Supplier
}

// maxShown is how many PDFs of one message are searched for QR codes.
const maxShown = 4

// hear matches and verifies one PDF.
func (t *trial) hear(ctx context.Context, pdf workflow.Attachment, codes bool) error {
	h := hearing{document: pdf.Document, finding: workflow.Finding{
		Name: pdf.Name, Path: pdf.Path, Repaired: pdf.Repaired, Document: pdf.Document.Ref, Outcome: workflow.NoContract,
	}}
	match, err := t.judge.match(ctx, t.message, pdf, codes)
	if err != nil {
		return err
	}
	h.finding.Match = match
	if match.Contract != "" {
		if err := t.verify(ctx, &h); err != nil {
			return err
		}
	}
	t.heard = append(t.heard, h)
	return nil
}

// verify judges a matched PDF against what we sent.
func (t *trial) verify(ctx context.Context, h *hearing) error {
	contract, err := t.judge.Ledger.Contract(ctx, h.finding.Match.Contract)
	if err != nil {
		return fmt.Errorf("read matched contract: %w", err)
	}
	h.contract = contract
	if h.supplier, err = t.judge.Ledger.Supplier(ctx, contract.Supplier); err != nil {
		return fmt.Errorf("read supplier of contract %s: %w", contract.Number, err)
	}
	sent, closer, err := t.judge.Ledger.Document(ctx, contract.Sealed())
	if err != nil {
		return fmt.Errorf("open contract %s: %w", contract.Number, err)
	}
	defer closer.Close()
	token, tokens, err := t.stamp(ctx, h)
	if err != nil {
		return err
	}
	defer tokens.Close()
	verdict, err := t.judge.Verifier.Verify(ctx, Return{
		Document: h.document, Sent: sent, Contract: contract, Supplier: h.supplier, Match: h.finding.Match, Stamp: token,
	})
	if err != nil {
		return fmt.Errorf("verify return of contract %s: %w", contract.Number, err)
	}
	if h.finding.Match.Rung == workflow.RungCode && len(verdict.Signatures) == 0 {
		scanned(&verdict)
	}
	if len(h.finding.Match.Rivals) > 0 {
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonAmbiguous, Weight: workflow.Indeterminate,
			Detail: fmt.Sprintf("also points at %v", h.finding.Match.Rivals)})
	}
	if outdated(contract) {
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonSuperseded, Weight: workflow.Failed,
			Detail: fmt.Sprintf("version %d of contract %s, which version %d replaces", contract.Version, contract.Number, contract.Version+1)})
	}
	h.finding.Verdict = &verdict
	return nil
}

// scanned says of pages with our QR code what they are, in place of what they are not.
func scanned(verdict *workflow.Verdict) {
	replaced := false
	for n := range verdict.Causes {
		if cause := &verdict.Causes[n]; cause.Reason == workflow.ReasonNotOurs {
			cause.Reason, cause.Detail, replaced = workflow.ReasonScanned, "its pages show our QR code, and it carries no signature", true
		}
	}
	if !replaced {
		return // It could not be read, and that says more.
	}
	for n, reason := range verdict.Reasons {
		if reason == workflow.ReasonNotOurs {
			verdict.Reasons[n] = workflow.ReasonScanned
		}
	}
}

// conclude decides every contract that was matched, then writes receipt and answers.
func (t *trial) conclude(ctx context.Context) (post.Closers, error) {
	if err := t.adopt(ctx); err != nil {
		return nil, err
	}
	if err := t.separate(ctx); err != nil {
		return nil, err
	}
	// Better returns first: of several for one contract, the first one decides, the others are noted.
	slices.SortStableFunc(t.heard, func(a, b hearing) int { return merit(b.finding) - merit(a.finding) })
	for n := range t.heard {
		if err := t.decide(ctx, n); err != nil {
			return nil, err
		}
	}
	if err := t.bounced(ctx); err != nil {
		return nil, err
	}
	t.write()
	open, err := t.answer(ctx)
	if err != nil {
		return open, err
	}
	return open, t.keepOld(ctx)
}

// merit orders findings: passed, indeterminate, failed, then what belongs to no contract.
func merit(finding workflow.Finding) int {
	if finding.Verdict == nil {
		return 0
	}
	return map[workflow.Outcome]int{workflow.Failed: 1, workflow.Indeterminate: 2, workflow.Passed: 3}[finding.Verdict.Verdict]
}

// write completes the receipt and the change around it.
func (t *trial) write() {
	now := t.judge.Now()
	t.receipt = workflow.Receipt{
		ID: workflow.ReceiptID(t.arrival.ID), Raw: t.arrival.Raw, From: t.message.From, Subject: t.message.Subject,
		Message: t.message.MessageID, Received: t.arrival.Internal, Judged: now, Outcome: t.outcome(),
	}
	for _, h := range t.heard {
		t.receipt.Findings = append(t.receipt.Findings, h.finding)
		if h.document.ReaderAt != nil { // Of a cloud attachment there is none.
			t.change.Documents = append(t.change.Documents, h.document)
		}
	}
	t.receipt.Findings = append(t.receipt.Findings, t.reports...)
	for _, problem := range t.message.Problems {
		t.receipt.Problems = append(t.receipt.Problems, strings.TrimSpace(string(problem.Kind)+" "+problem.Path+" "+problem.Name))
	}
	t.arrival.State, t.arrival.LastError = workflow.ArrivalJudged, ""
	t.arrival.FileInto = shelf(t.receipt.Outcome)
}

// outcome is that of the whole message: what most needs a person's eye.
func (t *trial) outcome() workflow.Disposition {
	var outcomes []workflow.Disposition
	for _, h := range t.heard {
		outcomes = append(outcomes, h.finding.Outcome)
	}
	for _, grave := range []workflow.Disposition{workflow.Alarm, workflow.ToReview, workflow.Archived, workflow.Rejected, workflow.Duplicate, workflow.Bounced, workflow.NoContract} {
		if slices.Contains(outcomes, grave) {
			return grave
		}
	}
	if t.message.Automatic == workflow.AutoBounce {
		return workflow.Bounced
	}
	return workflow.NothingFound
}

func shelf(outcome workflow.Disposition) workflow.Shelf {
	switch outcome {
	case workflow.Archived, workflow.Duplicate:
		return workflow.ShelfArchived
	case workflow.ToReview, workflow.Alarm:
		return workflow.ShelfReview
	case workflow.Rejected:
		return workflow.ShelfRejected
	}
	return workflow.ShelfIgnored
}

// thread returns the Message-IDs of the conversation, oldest first, ending with the message that is answered.
func thread(message workflow.Message) []string {
	ids := slices.Clone(message.References)
	slices.Reverse(ids)
	if message.MessageID != "" {
		ids = append(ids, message.MessageID)
	}
	return ids
}
