package storetest

import (
	"fmt"
	"time"

	"contractd/workflow"
)

// testTally compares what is counted with what was written, state by state, also after records moved on.
func testTally(s *store) {
	s.same("of nothing", s.tally(start()), "map[] map[] map[] 0")
	for n := range 5 {
		s.add(fmt.Sprintf("T-%d", n))
	}
	for n, state := range []workflow.DeliveryState{
		workflow.DeliveryQueued, workflow.DeliveryQueued, workflow.DeliveryAccepted, workflow.DeliveryFailed, workflow.DeliveryHeld,
	} {
		s.must(workflow.Change{Deliveries: []workflow.Delivery{{ID: workflow.DeliveryID(fmt.Sprint("d", n)), State: state, Next: start().Add(time.Duration(n) * time.Hour)}}})
	}
	raw := document("message")
	for n, state := range []workflow.ArrivalState{workflow.ArrivalFiled, workflow.ArrivalQueued, workflow.ArrivalQueued, workflow.ArrivalFiled} {
		arrival := workflow.Arrival{ID: workflow.ArrivalID(fmt.Sprint("a", n)), Raw: raw.Ref, State: state, Fetched: start().Add(-time.Duration(n) * time.Hour)}
		s.must(workflow.Change{Documents: []workflow.Document{raw}, Arrivals: []workflow.Arrival{arrival}})
	}
	s.same("of all", s.tally(start()), "map[draft:5] map[accepted:1 failed:1 held:1 queued:2] map[filed:2 queued:2] 0")
	s.oldest(start(), start().Add(-2*time.Hour))
	sealed := s.contract("id-T-1")
	sealed.State = workflow.StateSealed
	s.save(sealed)
	tried := got[workflow.Delivery](s)(s.Delivery(s.Context(), "d1"))
	tried.State, tried.First = workflow.DeliveryClaimed, start().Add(-time.Hour)
	left := got[workflow.Delivery](s)(s.Delivery(s.Context(), "d0"))
	left.State = workflow.DeliveryAccepted
	s.must(workflow.Change{Deliveries: []workflow.Delivery{tried, left}})
	s.same("after moves", s.tally(start()), "map[draft:4 sealed:1] map[accepted:2 claimed:1 failed:1 held:1] map[filed:2 queued:2] 0")
	s.oldest(start().Add(-time.Hour), start().Add(-2*time.Hour))
}

func (s *store) tally(now time.Time) string {
	s.Helper()
	tally := got[workflow.Tally](s)(s.Tally(s.Context(), now))
	return fmt.Sprint(tally.Contracts, tally.Deliveries, tally.Arrivals, tally.Overdue)
}

func (s *store) oldest(letter, arrival time.Time) {
	s.Helper()
	tally := got[workflow.Tally](s)(s.Tally(s.Context(), start()))
	if !tally.OldestLetter.Equal(letter) || !tally.OldestArrival.Equal(arrival) {
		s.Errorf("waiting since %s and %s, want %s and %s", tally.OldestLetter, tally.OldestArrival, letter, arrival)
	}
}

// testDeadlines asks for what is due and what comes next. Only a contract whose return is awaited has a deadline to keep.
func testDeadlines(s *store) {
	for n := range 4 {
		contract := newContract(fmt.Sprintf("D-%d", n))
		contract.Deadline = start().AddDate(0, 0, 10-n)
		s.must(created(contract))
		if n == 3 {
			continue // Remains a draft.
		}
		for _, state := range []workflow.State{workflow.StateSealed, workflow.StateSent} {
			contract = s.contract(contract.ID)
			contract.State = state
			s.save(contract)
		}
	}
	ask := func(after int) string {
		now := start().AddDate(0, 0, after).Add(time.Second)
		tally := got[workflow.Tally](s)(s.Tally(s.Context(), now))
		due := numbers(got[[]workflow.Contract](s)(s.Contracts(s.Context(), workflow.ContractFilter{Due: now})))
		return fmt.Sprint(due, "; ", tally.Overdue, " ", tally.NextDeadline.Format(time.DateOnly))
	}
	s.same("before", ask(0), "; 0 2026-03-09")
	s.same("the first passed", ask(8), "D-2; 1 2026-03-10")
	s.same("all passed", ask(11), "D-2 D-1 D-0; 3 0001-01-01")
	s.same("and a state", numbers(got[[]workflow.Contract](s)(s.Contracts(s.Context(),
		workflow.ContractFilter{Due: start().AddDate(1, 0, 0), States: []workflow.State{workflow.StateDraft}}))), "")
	extended, expired := s.contract("id-D-1"), s.contract("id-D-2")
	extended.Deadline, expired.State = start().AddDate(0, 0, 20), workflow.StateExpired
	s.save(extended)
	s.save(expired)
	s.same("after an extension and an end", ask(11), "D-0; 1 2026-03-21")
}
