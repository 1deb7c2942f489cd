package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// maxAnswers is how many answers about one contract leave within a day: enough for people, and the end of every loop
// between programs (mail.md, 21).
const maxAnswers = 10

// Reasons for silence that decide what managers are told.
const answeredOften = "answered often enough today"

// answer adds the replies to the suppliers and the notice to the managers.
func (t *trial) answer(ctx context.Context) (post.Closers, error) {
	var open post.Closers
	t.receipt.Silence = t.judge.silence(t.message, t.decided)
	if t.receipt.Silence == "" {
		for _, n := range t.decided {
			closers, err := t.reply(ctx, t.heard[n])
			open = append(open, closers...)
			if err != nil {
				return open, err
			}
		}
	}
	t.change.Receipts = []workflow.Receipt{t.receipt}
	t.change.Arrivals = []workflow.Arrival{t.arrival}
	t.change.Entries = append(t.change.Entries, judged(t.judge.Now(), t.receipt))
	text := t.notice()
	if text == "" {
		return open, nil
	}
	closer, err := t.judge.Clerk.Tell(ctx, &t.change, t.subject(), &t.receipt, text)
	return append(open, closer), err
}

// silence says why a whole message gets no answer; empty when it gets one. Processing is never suppressed.
func (j *Judge) silence(message workflow.Message, decided []int) string {
	switch {
	case message.Automatic != workflow.NotAutomatic:
		return "written by a program: " + string(message.Automatic)
	case slices.ContainsFunc(message.From, func(from string) bool { return slices.Contains(j.Own, from) }):
		return "from our own address"
	case len(decided) == 0:
		return "belongs to no contract"
	}
	return ""
}

// answerKinds says which letter tells a supplier of what became of a return. An alarm is for people first.
var answerKinds = map[workflow.Disposition]workflow.LetterKind{
	workflow.Archived: workflow.LetterConfirmed, workflow.Duplicate: workflow.LetterConfirmed,
	workflow.ToReview: workflow.LetterReview, workflow.Rejected: workflow.LetterRejected,
}

// reply writes the letter that answers one contract's return; only registered addresses are answered. A letter that
// cannot be written does not undo what was decided.
func (t *trial) reply(ctx context.Context, h hearing) (post.Closers, error) {
	kind, ok := answerKinds[h.finding.Outcome]
	if !ok {
		t.receipt.Silence = "a person must look first"
		return nil, nil
	}
	if byNumberAlone(h.finding) && !registered(h.supplier, t.message.From) {
		t.receipt.Silence = "the sender is not registered, and names nothing but the number"
		return nil, nil
	}
	told, contract := t.about(h.contract.ID), h.contract
	if outdated(contract) { // The letter is about the version that counts.
		var err error
		if contract, err = t.newest(ctx, contract); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(t.decided, func(n int) bool { return t.heard[n].contract.ID == contract.ID }) {
			t.receipt.Silence = "the version that counts came with it, and is answered"
			return nil, nil
		}
	}
	often, err := t.often(ctx, contract)
	if err != nil || often {
		return nil, err
	}
	notice := workflow.Notice{
		Kind: kind, Language: h.supplier.Language, To: h.supplier.Addresses, Contract: contract, Supplier: h.supplier,
		Receipt: &told, Outdated: contract.ID != h.contract.ID, References: thread(t.message),
	}
	var open post.Closers
	if kind == workflow.LetterRejected && (!notice.Outdated || signable(contract)) { // The supplier may no longer have the file that it must sign.
		sent, closer, err := t.judge.Ledger.Document(ctx, contract.Sealed())
		if err != nil {
			return nil, fmt.Errorf("attach contract %s: %w", contract.Number, err)
		}
		open = append(open, closer)
		notice.Attachments = []workflow.NamedDocument{{Name: contract.FileName(), Document: sent}}
	}
	letter, closer, err := t.judge.Clerk.Write(ctx, &t.change, notice)
	if errors.Is(err, workflow.ErrSpace) { // It can be written when there is room: judge again then.
		return open, err
	}
	if err != nil {
		t.judge.Log.Error("answer not written", "arrival", t.arrival.ID, "contract", h.contract.ID, "error", err)
		t.receipt.Silence = "the answer could not be written"
		return open, nil
	}
	t.receipt.Replies = append(t.receipt.Replies, letter.ID)
	return append(open, closer), nil
}

// registered reports whether a message comes from an address of the supplier.
func registered(supplier workflow.Supplier, from []string) bool {
	known := append(slices.Clone(supplier.Addresses), supplier.Copies...)
	return slices.ContainsFunc(from, func(address string) bool {
		return slices.ContainsFunc(known, func(other string) bool { return strings.EqualFold(address, other) })
	})
}

// signable reports whether whoever returned an old version is to sign this newest one: it was mailed, and no return of it is
// here. What was never mailed follows in its own letter, if it is not unsealed before.
func signable(contract workflow.Contract) bool {
	switch contract.State {
	case workflow.StateSent, workflow.StateUndeliverable, workflow.StateExpired:
		return true
	}
	return false
}

// often reports, and records, that a contract was answered enough within a day.
func (t *trial) often(ctx context.Context, contract workflow.Contract) (bool, error) {
	letters, err := t.judge.Register.Letters(ctx, contract.ID)
	if err != nil {
		return false, fmt.Errorf("list letters of contract %s: %w", contract.Number, err)
	}
	answers := 0
	for _, letter := range letters {
		answer := letter.Kind == workflow.LetterConfirmed || letter.Kind == workflow.LetterReview || letter.Kind == workflow.LetterRejected
		if answer && t.judge.Now().Sub(letter.Created) < 24*time.Hour {
			answers++
		}
	}
	if answers < maxAnswers {
		return false, nil
	}
	t.receipt.Silence = answeredOften
	return true, nil
}

// about is the receipt as far as it concerns one contract: no supplier reads of another one's return.
func (t *trial) about(contract workflow.ContractID) workflow.Receipt {
	told := t.receipt
	told.Findings = nil
	for _, finding := range t.receipt.Findings {
		if finding.Match.Contract == contract || finding.Match.Contract == "" {
			told.Findings = append(told.Findings, finding)
		}
	}
	return told
}

// subject is the contract that a notice names first.
func (t *trial) subject() workflow.Contract {
	if len(t.decided) == 0 {
		return workflow.Contract{}
	}
	return t.heard[t.decided[0]].contract
}

// notice says in one line for each contract what managers should know of; empty when nothing is to be told.
func (t *trial) notice() string {
	if t.receipt.Silence == answeredOften {
		return "" // Managers need no more of it than the supplier.
	}
	text := ""
	if t.receipt.Outcome == workflow.Bounced {
		text = fmt.Sprintf("%s: a mail of ours came back, receipt %s\n", workflow.Bounced, t.receipt.ID)
		for _, line := range t.returned {
			text += line + "\n"
		}
	}
	for _, n := range t.decided {
		h := t.heard[n]
		switch h.finding.Outcome {
		case workflow.ToReview, workflow.Alarm, workflow.Rejected:
			if outdated(h.contract) {
				text += fmt.Sprintf("%s: contract %s, its version %d, which another one replaces, receipt %s\n", h.finding.Outcome, h.contract.Number, h.contract.Version, t.receipt.ID)
				continue
			}
			text += fmt.Sprintf("%s: contract %s, receipt %s\n", h.finding.Outcome, h.contract.Number, t.receipt.ID)
		}
	}
	return text
}

// adopt finds the contract of a message that brought nothing to judge but says why: a link to a cloud attachment, an
// archive. Such a return is answered, never followed (mail.md, 14).
func (t *trial) adopt(ctx context.Context) error {
	if len(t.heard) > 0 || len(t.message.Problems) == 0 {
		return nil
	}
	match, err := t.judge.matchMessage(ctx, t.message)
	if err != nil || match.Contract == "" {
		return err
	}
	contract, err := t.judge.Ledger.Contract(ctx, match.Contract)
	if err != nil {
		return fmt.Errorf("read matched contract: %w", err)
	}
	if contract.State != workflow.StateSent && contract.State != workflow.StateExpired {
		return nil
	}
	supplier, err := t.judge.Ledger.Supplier(ctx, contract.Supplier)
	if err != nil {
		return fmt.Errorf("read supplier of contract %s: %w", contract.Number, err)
	}
	problem := t.message.Problems[0]
	t.heard = append(t.heard, hearing{contract: contract, supplier: supplier, finding: workflow.Finding{
		Name: problem.Name, Path: problem.Path, Match: match, Outcome: workflow.Rejected,
	}})
	t.decided = append(t.decided, len(t.heard)-1)
	return nil
}
