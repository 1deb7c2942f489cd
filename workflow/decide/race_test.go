package decide_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// late lets something happen between what a decision has read and what it writes.
type late struct {
	flowtest.Ledger
	between *func()
}

// Apply implements decide.Ledger.
func (l late) Apply(ctx context.Context, change workflow.Change) error {
	if between := *l.between; between != nil {
		*l.between = nil
		between()
	}
	return l.Ledger.Apply(ctx, change)
}

// queued returns a stage with a contract whose letter is about to leave, and a desk before which something happens late.
func queued(t *testing.T, between func(*flowtest.Stage)) (*flowtest.Stage, *decide.Desk) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	once := func() { between(stage) }
	return stage, &decide.Desk{Ledger: late{stage.Ledger, &once}, Library: stage.Ledger, Unsealer: stage.Seals, Clerk: stage.Desk.Clerk, Now: stage.Now}
}

// claims is a Dispatcher that begins to send the first delivery and is not done yet.
func claims(s *flowtest.Stage) {
	s.Helper()
	due, err := s.Ledger.Deliveries(s.Context(), workflow.DeliveryFilter{Due: s.Clock})
	if err != nil || len(due) == 0 {
		s.Fatalf("nothing is due: %v", err)
	}
	one := due[slices.IndexFunc(due, func(d workflow.Delivery) bool { return d.Channel == workflow.ChannelTo })]
	one.State, one.Attempts = workflow.DeliveryClaimed, 1
	s.Apply(workflow.Change{Deliveries: []workflow.Delivery{one}, Entries: []workflow.Entry{{
		Time: s.Clock, Actor: workflow.System.Name, Action: workflow.ActClaimed, Subject: "delivery/" + string(one.ID),
	}}})
}

// delivers is a Dispatcher that sends everything.
func delivers(s *flowtest.Stage) { s.Dispatch() }

// TestUnsealLosesAgainstAClaim takes no seal off what may be on its way.
func TestUnsealLosesAgainstAClaim(t *testing.T) {
	for name, between := range map[string]func(*flowtest.Stage){"claimed": claims, "delivered": delivers} {
		t.Run(name, func(t *testing.T) {
			stage, desk := queued(t, between)
			if _, err := desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrConflict) || workflow.HintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, workflow.HintOf(err))
			}
			if _, err := desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrState) {
				t.Errorf("decided again: %v", err)
			}
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSent)
		})
	}
}

// TestWithdrawalSurvivesAClaim: the decision stands, and whether the supplier must be told is found out anew.
func TestWithdrawalSurvivesAClaim(t *testing.T) {
	stage, desk := queued(t, claims)
	if _, err := desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateWithdrawn)
	if !slices.Contains(stage.Letters(contract), workflow.LetterWithdrawn) {
		t.Error("the supplier may get the contract, and is not told of its withdrawal")
	}
	if again, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "again"); !errors.Is(err, workflow.ErrState) {
		t.Errorf("withdrew %s twice: %v", again.State, err)
	}
}

// TestWithdrawalYieldsToWhatMovedTheContract: once it was sent, a person looks at it again.
func TestWithdrawalYieldsToWhatMovedTheContract(t *testing.T) {
	stage, desk := queued(t, delivers)
	if _, err := desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); !errors.Is(err, workflow.ErrConflict) {
		t.Fatalf("got %v", err)
	}
	stage.Contract("N-1", workflow.StateSent)
}

func TestRevisionSurvivesAClaim(t *testing.T) {
	stage, desk := queued(t, claims)
	old := stage.Contract("N-1", workflow.StateSealed)
	next, err := acts["revise"](t.Context(), desk)
	if err != nil {
		t.Fatal(err)
	}
	if next.Version != 2 || next.Previous != old.ID || !slices.Contains(stage.Letters(old), workflow.LetterWithdrawn) {
		t.Errorf("next: %+v; letters %v", next, stage.Letters(old))
	}
	if said := stage.Words.Last(workflow.LetterWithdrawn, "N-1"); said.Contract.Next != next.ID {
		t.Error("the letter does not know of the new version")
	}
}

// TestAnOldLetterOnItsWayMovesNothing lets the server accept the old version's letter after the revision.
func TestAnOldLetterOnItsWayMovesNothing(t *testing.T) {
	for name, failure := range map[string]error{"accepted": nil, "refused": workflow.ErrFinal, "later": workflow.ErrTemporary} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			old, err := stage.Issue(flowtest.Order("N-1"))
			if err != nil {
				t.Fatal(err)
			}
			stage.Post.Fail = map[string]error{first: failure}
			done := false
			stage.Post.During = func() {
				if !done {
					done = true
					if _, err := stage.Replace("N-1", "wrong price"); err != nil {
						t.Error(err)
					}
				}
			}
			stage.Dispatch()
			if after, err := stage.Ledger.Contract(t.Context(), old.ID); err != nil || after.State != workflow.StateWithdrawn {
				t.Errorf("the old version is %s, %v", after.State, err)
			}
			stage.Contract("N-1", workflow.StateDraft)
		})
	}
}

// TestAWithdrawalIsToldOfWhatAnotherStoreMailed: after a restore the store knows of no attempt, but a return proved it.
func TestAWithdrawalIsToldOfWhatAnotherStoreMailed(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issue(flowtest.Order("N-1"))
	if err != nil {
		t.Fatal(err)
	}
	contract.State, contract.SentAt = workflow.StateSent, stage.Clock
	stage.Apply(workflow.Change{Contracts: []workflow.Contract{contract}})
	if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(stage.Letters(contract), workflow.LetterWithdrawn) {
		t.Error("the supplier, who has the contract, is not told")
	}
}
