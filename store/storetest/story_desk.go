package storetest

import (
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
	"contractd/workflow/outbound"
)

// resend has the letter mailed again, to the registered addresses.
func (s *scene) resend(e event) {
	p := s.book.page(e.number())
	budget := s.witness.budget()
	quiet := !slices.ContainsFunc(s.book.post(p), func(d *posting) bool {
		return d.Channel == workflow.ChannelTo && (d.State == workflow.DeliveryClaimed || d.State == workflow.DeliveryQueued || d.State == workflow.DeliveryHeld)
	})
	known := len(s.book.postings)
	_, err := s.stage.Desk.Resend(s.Context(), s.actor, p.number, nil)
	allowed := (p.state == workflow.StateSent || p.state == workflow.StateUndeliverable) && quiet
	if s.decides("resend", p, err, allowed) && budget.survives() && len(s.book.postings) < known+2 {
		s.blame("%s is mailed again to %d recipients", p.number, len(s.book.postings)-known)
	}
}

// extend puts the deadline off, or tries to bring it forward.
func (s *scene) extend(e event) {
	p := s.book.page(e.number())
	budget := s.witness.budget()
	deadline := p.deadline
	if s.stage.Clock.After(deadline) {
		deadline = s.stage.Clock
	}
	deadline = deadline.Add(time.Duration(int(e.arg%4)-1) * 5 * 24 * time.Hour)
	_, err := s.stage.Desk.Extend(s.Context(), s.actor, p.number, deadline, "more time")
	allowed := slices.Contains([]workflow.State{workflow.StateSent, workflow.StateExpired, workflow.StateUndeliverable, workflow.StateReview}, p.state)
	if allowed && (!deadline.After(p.deadline) || !deadline.After(s.stage.Clock)) {
		s.want("bring the deadline of "+p.number+" forward", err, workflow.ErrUsage)
		return
	}
	if !s.decides("extend", p, err, allowed) || !budget.survives() {
		return
	}
	if p.deadline = deadline; p.state == workflow.StateExpired {
		p.state = workflow.StateSent
	}
}

// revise puts a new version in the place of a contract.
func (s *scene) revise(e event) {
	p := s.book.page(e.number())
	s.cancelling = p.id
	budget := s.witness.budget()
	order := outbound.Order{Number: p.number, Title: "采购合同", Supplier: flowtest.Supplier, Deadline: s.stage.Clock.AddDate(0, 1, 0)}
	draft := fmt.Sprintf("draft of %s, version %d", p.number, p.version+1)
	next, err := s.stage.Issuer.Plan(s.Context(), s.actor, order, flowtest.Draft(draft))
	s.check("plan another version of "+p.number, err)
	mailed := s.book.mailed(p, workflow.ChannelTo, workflow.ChannelCopy)
	_, err = s.stage.Desk.Revise(s.Context(), s.actor, "other terms", next, flowtest.Draft(draft))
	if !s.decides("revise", p, err, p.state != workflow.StateArchived) || !budget.survives() {
		return
	}
	s.nothingLeaves(p)
	told := slices.Contains(s.witness.kinds[p.id], workflow.LetterWithdrawn)
	if told != (mailed && p.state != workflow.StateWithdrawn) {
		s.blame("%s was revised: the supplier is told: %v, was mailed: %v", p.number, told, mailed)
	}
	p.state = workflow.StateWithdrawn
	p.next = &page{
		number: p.number, version: p.version + 1, id: next.ID, owner: p.owner, state: workflow.StateDraft, deadline: order.Deadline,
		draft: draft, pending: slices.Clone(ourKeys),
	}
	s.book.replaced = append(s.book.replaced, p)
	s.book.pages[p.number] = p.next
}

// reassign gives a contract to the other one.
func (s *scene) reassign(e event) {
	p := s.book.page(e.number())
	budget := s.witness.budget()
	to := people[0].Name
	if p.owner == to {
		to = people[1].Name
	}
	from := p.owner
	if from == "" {
		from = people[1].Name
	}
	_, err := s.stage.Desk.Reassign(s.Context(), s.actor, from, to, []string{p.number})
	if s.decides("reassign", p, err, !final(p.state)) && budget.survives() {
		p.owner = to
	}
}

// hold lets nothing leave, as after a restore.
func (s *scene) hold() {
	budget := s.witness.budget()
	s.want("hold everything", s.stage.Stopper.Stop(s.Context(), workflow.System, workflow.Hold{Reason: "copied"}), nil)
	if budget.survives() {
		s.book.held = true
	}
}

// lift lets everything leave that a person has seen.
func (s *scene) lift() {
	budget := s.witness.budget()
	outlook, err := s.stage.Stopper.Look(s.Context(), s.actor)
	s.check("look at what is held", err)
	_, err = s.stage.Stopper.Lift(s.Context(), s.actor, decide.Lift{Seen: outlook.Seen})
	s.want("lift the hold", err, nil)
	if s.book.held && budget.survives() {
		s.book.held = false
	}
}
