package storetest

import (
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
)

// hearing is what the book makes of one file of a mail.
type hearing struct {
	paper
	match   workflow.Match
	page    *page
	outcome workflow.Disposition

	unchanged bool // Nobody signed it.
}

// judged works out what a mail means, and compares that with its receipt.
func (s *scene) judged(message workflow.Message, papers []paper, raw string) {
	var heard []*hearing
	for _, f := range papers {
		heard = append(heard, s.matched(message, f))
	}
	slices.SortStableFunc(heard, func(a, b *hearing) int { return b.merit() - a.merit() })
	answers := map[*page]workflow.LetterKind{}
	for n, h := range heard {
		first := h.page != nil && !slices.ContainsFunc(heard[:n], func(o *hearing) bool { return o.page == h.page })
		switch {
		case h.page == nil:
			h.outcome = workflow.NoContract
		case message.Automatic == workflow.AutoBounce && h.unchanged:
			h.outcome = workflow.Bounced
		case !first:
			h.outcome = workflow.Rejected
			if slices.ContainsFunc(heard[:n], func(o *hearing) bool { return o.page == h.page && o.text == h.text }) {
				h.outcome = workflow.Duplicate
			}
		default:
			s.dispose(h)
			answers[h.page] = answerTo[h.outcome]
		}
	}
	s.receipt(message, heard, raw)
	s.answered(message, answers)
}

// matched climbs the ladder of design.md: the bytes that were sent, our signature value, the letter that is answered.
func (s *scene) matched(message workflow.Message, f paper) *hearing {
	h := &hearing{paper: f, unchanged: f.verdict == workflow.Failed}
	if k, found := s.book.begins(f.text); found {
		h.page, h.match = k.page, workflow.Match{Rung: workflow.RungPrefix, Prefix: k.kind}
	}
	for rung, p := range map[workflow.Rung]*page{workflow.RungValue: s.book.bearing(f.text), workflow.RungReference: s.answering(message)} {
		switch {
		case p == nil:
		case h.page == nil:
			h.page, h.match = p, workflow.Match{Rung: rung}
		case h.page.number == p.number: // Versions of one contract are no rivals.
			if h.match.Rung == workflow.RungReference && rung == workflow.RungValue {
				h.page, h.match.Rung = p, rung
			}
		case h.page != p: // Rungs that disagree: a person looks, nobody guesses.
			h.match.Rivals = []workflow.ContractID{p.id}
			if h.match.Rung == workflow.RungReference && rung == workflow.RungValue {
				h.page, h.match.Rung, h.match.Rivals[0] = p, rung, h.page.id
			}
		}
	}
	if len(h.match.Rivals) > 0 && h.verdict == workflow.Passed {
		h.verdict = workflow.Indeterminate
	}
	if h.page != nil && h.page.replaced() { // It proves nothing any more.
		h.verdict = workflow.Failed
	}
	return h
}

func (s *scene) answering(message workflow.Message) *page {
	if len(message.References) == 0 {
		return nil
	}
	p := s.book.byID(s.book.letters[message.References[0]].Contract)
	for p != nil && p.next != nil && p.next.state != workflow.StateDraft && p.next.state != workflow.StateSealed {
		p = p.next // A mail about a version means the newest that was mailed.
	}
	return p
}

func (h *hearing) merit() int {
	if h.page == nil {
		return 0
	}
	return map[workflow.Outcome]int{workflow.Failed: 1, workflow.Indeterminate: 2, workflow.Passed: 3}[h.verdict]
}

// dispose is what a matched return does in every state; docs/architecture.md, "In".
func (s *scene) dispose(h *hearing) {
	p := h.page
	if p.state == workflow.StateSealed && s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy) {
		p.state, p.sent = workflow.StateSent, true
	}
	if p.replaced() { // It was replaced: whoever signed it is sent the new version.
		h.outcome = workflow.Rejected
		return
	}
	switch p.state {
	case workflow.StateDraft, workflow.StateSealed, workflow.StateWithdrawn:
		h.outcome = workflow.Alarm
	case workflow.StateArchived:
		h.outcome = workflow.Alarm
		if h.text == p.final {
			h.outcome = workflow.Duplicate
		}
	default:
		s.decideReturn(h)
	}
}

func (s *scene) decideReturn(h *hearing) {
	p := h.page
	sure := h.match.Rung == workflow.RungPrefix && h.match.Prefix == workflow.PrefixSealed && len(h.match.Rivals) == 0
	switch {
	case h.verdict == workflow.Failed:
		h.outcome = workflow.Rejected
	case h.verdict == workflow.Passed && sure && p.state == workflow.StateSent && !p.confirm && !p.two:
		h.outcome, p.state, p.final = workflow.Archived, workflow.StateArchived, h.text
	default:
		h.outcome = workflow.ToReview
		better := p.state == workflow.StateReview && p.waits.verdict == workflow.Passed && h.verdict == workflow.Indeterminate
		if p.state = workflow.StateReview; !better {
			if p.waits == nil || p.waits.text != h.text { // Nobody has said yes to what has just come.
				p.yes = nil
			}
			p.waits = &h.paper
		}
	}
}

// receipt compares what was recorded of a mail with what it was.
func (s *scene) receipt(message workflow.Message, heard []*hearing, raw string) {
	receipt, err := s.witness.Receipt(s.Context(), workflow.ReceiptID(workflow.ArrivalIDOf(workflow.HashOf([]byte(raw)))))
	if err != nil {
		s.blame("receipt of %s: %v", message.MessageID, err)
		return
	}
	var found, want []string
	for _, f := range receipt.Findings {
		found = append(found, fmt.Sprintf("%s of %q by rung %d", f.Outcome, f.Match.Contract, f.Match.Rung))
	}
	for _, h := range heard {
		id := workflow.ContractID("")
		if h.page != nil {
			id = h.page.id
		}
		want = append(want, fmt.Sprintf("%s of %q by rung %d", h.outcome, id, h.match.Rung))
	}
	if !slices.Equal(found, want) {
		s.blame("receipt of %s: %v, want %v", message.MessageID, found, want)
	}
}

// answerTo says which letter tells a supplier of what became of a return.
var answerTo = map[workflow.Disposition]workflow.LetterKind{
	workflow.Archived: workflow.LetterConfirmed, workflow.Duplicate: workflow.LetterConfirmed,
	workflow.ToReview: workflow.LetterReview, workflow.Rejected: workflow.LetterRejected,
}

// answered compares the letters that were written with those that were due: one for each contract, none to programs, and
// not for ever.
func (s *scene) answered(message workflow.Message, answers map[*page]workflow.LetterKind) {
	for p, kind := range answers {
		if p.next != nil { // The answer is about the version that counts.
			continue
		}
		written := slices.Contains(s.witness.kinds[p.id], kind)
		often := 0
		for _, at := range p.answers {
			if s.stage.Clock.Sub(at) < 24*time.Hour+2*rest {
				often++
			}
		}
		wanted := kind != "" && message.Automatic == workflow.NotAutomatic
		if written && !wanted || !written && wanted && often < 10 {
			s.blame("the return of %s was answered with %q: %v, want: %v", p.number, kind, written, wanted)
		}
		if written {
			p.answers = append(p.answers, s.stage.Clock)
		}
	}
}

// again delivers a mail that was here before, at another place: it is filed, and nothing else changes.
func (s *scene) again(e event) {
	if len(s.raws) == 0 {
		return
	}
	s.stage.Box.Deliver(s.raws[int(e.arg)%len(s.raws)], s.stage.Clock)
	s.take()
	if len(s.witness.kinds) > 0 {
		s.blame("the same mail again was answered: %v", s.witness.kinds)
	}
}
