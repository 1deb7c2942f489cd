package storetest

import (
	"fmt"
	"slices"

	"contractd/workflow"
	"contractd/workflow/decide"
)

func (s *scene) release(e event) {
	p := s.book.page(e.number())
	s.releasing = p.id
	budget := s.witness.budget()
	_, err := s.stage.Desk.Release(s.Context(), s.actor, p.number)
	if !s.decides("release", p, err, p.state == workflow.StateSealed && p.hold) {
		return
	}
	if budget.survives() {
		p.hold = false
	}
}

// decides compares the answer to a decision with whether it was allowed, and reports whether it was.
func (s *scene) decides(doing string, p *page, err error, allowed bool) bool {
	switch {
	case p.state == "":
		s.want(doing+" "+p.number+", which is not there", err, workflow.ErrNotFound)
		return false
	case !allowed:
		s.want(fmt.Sprintf("%s %s, which is %s", doing, p.number, p.state), err, workflow.ErrState)
		return false
	}
	s.want(fmt.Sprintf("%s %s, which is %s", doing, p.number, p.state), err, nil)
	return true
}

func (s *scene) unseal(e event) {
	p := s.book.page(e.number())
	s.cancelling = p.id
	budget := s.witness.budget()
	tried := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy, workflow.ChannelSent)
	_, err := s.stage.Desk.Unseal(s.Context(), s.actor, p.number)
	allowed := (p.state == workflow.StateDraft || p.state == workflow.StateSealed) && len(p.seals) > 0 && !tried
	if allowed && s.stage.Seals.Fail[p.seals[len(p.seals)-1].key] != nil { // The key that made it is elsewhere still.
		s.want("unseal "+p.number+" without its key", err, workflow.ErrKeyMissing)
		return
	}
	if !s.decides("unseal", p, err, allowed) || !budget.survives() {
		return
	}
	s.nothingLeaves(p)
	last := p.seals[len(p.seals)-1]
	p.state, p.letter, p.stuck = workflow.StateDraft, "", "unsealed"
	p.seals, p.undone, p.pending = p.seals[:len(p.seals)-1], append(p.undone, last.text), append([]string{last.key}, p.pending...)
}

// nothingLeaves says that a decision has taken back every delivery that was not begun; but our own copy of what may have
// left waits for what becomes of that.
func (s *scene) nothingLeaves(p *page) {
	tried := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy, workflow.ChannelSent)
	for _, d := range s.book.post(p) {
		if d.Channel == workflow.ChannelSent && tried {
			continue
		}
		if d.State == workflow.DeliveryQueued || d.State == workflow.DeliveryHeld {
			s.blame("delivery %s of %s is still %s", d.ID, p.number, d.State)
		}
	}
}

func (s *scene) withdraw(e event) {
	p := s.book.page(e.number())
	s.cancelling = p.id
	budget := s.witness.budget()
	tried := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy)
	_, err := s.stage.Desk.Withdraw(s.Context(), s.actor, p.number, "no longer wanted")
	if !s.decides("withdraw", p, err, p.state != "" && !final(p.state)) || !budget.survives() {
		return
	}
	s.nothingLeaves(p)
	p.state = workflow.StateWithdrawn
	if told := slices.Contains(s.witness.kinds[p.id], workflow.LetterWithdrawn); told != tried {
		s.blame("%s was withdrawn: the supplier is told: %v, was mailed: %v", p.number, told, tried)
	}
}

// judgement names no return, the right one, or one that nobody ever saw.
func (s *scene) judgement(p *page, arg byte) (judgement decide.Judgement, wrong bool) {
	judgement.Reason = "looked at"
	switch pick(&arg, 4) {
	case 1:
		if p.waits != nil {
			judgement.Document = workflow.HashOf([]byte(p.waits.text))
		}
	case 2:
		judgement.Document, wrong = workflow.HashOf([]byte("never seen")), true
	}
	return judgement, wrong
}

// approve archives the return under review, unless the person looked at another one.
func (s *scene) approve(e event) {
	p := s.book.page(e.number())
	judgement, wrong := s.judgement(p, e.arg)
	budget := s.witness.budget()
	_, err := s.stage.Desk.Approve(s.Context(), s.actor, p.number, judgement)
	if wrong && p.state == workflow.StateReview {
		s.want("approve another return of "+p.number, err, workflow.ErrConflict)
		return
	}
	if p.state == workflow.StateReview && p.two && slices.Contains(p.yes, s.actor.Name) {
		s.want("approve "+p.number+" for the second time", err, workflow.ErrPolicy)
		return
	}
	if !s.decides("approve", p, err, p.state == workflow.StateReview) || !budget.survives() {
		return
	}
	if p.yes = append(p.yes, s.actor.Name); !p.two || len(p.yes) > 1 {
		p.state, p.final, p.waits = workflow.StateArchived, p.waits.text, nil
	}
}

func (s *scene) refuse(e event) {
	p := s.book.page(e.number())
	judgement, wrong := s.judgement(p, e.arg)
	budget := s.witness.budget()
	_, err := s.stage.Desk.Refuse(s.Context(), s.actor, p.number, judgement)
	if wrong && p.state == workflow.StateReview {
		s.want("refuse another return of "+p.number, err, workflow.ErrConflict)
		return
	}
	if s.decides("refuse", p, err, p.state == workflow.StateReview) && budget.survives() {
		p.state, p.waits, p.yes = workflow.StateSent, nil, nil
	}
}
