package decide_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

func TestReviseReplacesAContractInOneTransaction(t *testing.T) {
	for name, test := range map[string]struct {
		stage func(*testing.T) *flowtest.Stage
		told  bool
	}{
		"sent":          {sent, true},
		"expired":       {expired, true},
		"under review":  {under, true},
		"undeliverable": {func(t *testing.T) *flowtest.Stage { return refused(t, first, second) }, true}, // An attempt may have arrived all the same.
		"never mailed":  {unsent, false},
	} {
		t.Run(name, func(t *testing.T) {
			stage := test.stage(t)
			old, err := stage.Ledger.ContractByNumber(t.Context(), "N-1")
			if err != nil {
				t.Fatal(err)
			}
			next, err := stage.Revise("N-1", "wrong price")
			if err != nil {
				t.Fatal(err)
			}
			if old, err = stage.Ledger.Contract(t.Context(), old.ID); err != nil {
				t.Fatal(err)
			}
			if old.State != workflow.StateWithdrawn || old.Next != next.ID || old.Reason != "wrong price" || old.ClosedAt.IsZero() {
				t.Errorf("old: %+v", old)
			}
			if next.Version != 2 || next.Previous != old.ID || next.State != workflow.StateSealed || next.Number != "N-1" || next.Draft == old.Draft {
				t.Errorf("next: %+v", next)
			}
			if slices.Contains(stage.Letters(old), workflow.LetterWithdrawn) != test.told {
				t.Errorf("letters about the old version: %v", stage.Letters(old))
			}
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSent)
			for _, taken := range stage.Post.Taken[len(stage.Post.Taken)-2:] {
				if strings.Contains(taken, string(old.Letter)) {
					t.Error("the old letter left after the revision")
				}
			}
		})
	}
}

func TestReviseRefuses(t *testing.T) {
	decider, sender := flowtest.Person("d", workflow.RightDecide), flowtest.Person("s", workflow.RightSend)
	both := flowtest.Person("b", workflow.RightDecide, workflow.RightSend)
	elsewhere := func(next *workflow.Contract) { next.Supplier = "other" }
	for name, test := range map[string]struct {
		stage  func(*testing.T) *flowtest.Stage
		actor  workflow.Actor
		reason string
		spoil  func(*workflow.Contract)
		want   error
	}{
		"archived":             {archived, both, "x", nil, workflow.ErrState},
		"without a reason":     {sent, both, "", nil, workflow.ErrUsage},
		"with decide alone":    {sent, decider, "x", nil, workflow.ErrRight},
		"with send alone":      {sent, sender, "x", nil, workflow.ErrRight},
		"for another supplier": {sent, both, "x", elsewhere, workflow.ErrUsage},
	} {
		t.Run(name, func(t *testing.T) {
			stage := test.stage(t)
			before, _ := stage.Ledger.ContractByNumber(t.Context(), "N-1")
			next, err := stage.Issuer.Plan(t.Context(), flowtest.Anna, flowtest.Order("N-1"), flowtest.Draft("x"))
			if err != nil {
				t.Fatal(err)
			}
			if test.spoil != nil {
				test.spoil(&next)
			}
			if _, err := stage.Desk.Revise(t.Context(), test.actor, test.reason, next, flowtest.Draft("x")); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if after, err := stage.Ledger.ContractByNumber(t.Context(), "N-1"); err != nil || after.ID != before.ID || after.Revision != before.Revision {
				t.Errorf("something was written: %v", err)
			}
		})
	}
}

func TestAWithdrawnContractCanBeRevised(t *testing.T) {
	stage := sent(t)
	if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	old := stage.Contract("N-1", workflow.StateWithdrawn)
	next, err := stage.Revise("N-1", "agreed at last")
	if err != nil {
		t.Fatal(err)
	}
	if after, err := stage.Ledger.Contract(t.Context(), old.ID); err != nil || after.Next != next.ID || after.Reason != "wrong price" {
		t.Errorf("old: %+v, %v", after, err)
	}
	letters := stage.Letters(old)
	if n := len(slices.DeleteFunc(letters, func(kind workflow.LetterKind) bool { return kind != workflow.LetterWithdrawn })); n != 1 {
		t.Errorf("the supplier was told %d times of the withdrawal", n)
	}
}

func TestManyVersionsAreLinked(t *testing.T) {
	stage := sent(t)
	for _, reason := range []string{"one", "two", "three"} {
		if _, err := stage.Revise("N-1", reason); err != nil {
			t.Fatal(err)
		}
		stage.Dispatch()
	}
	versions, err := stage.Ledger.Contracts(t.Context(), workflow.ContractFilter{Number: "N-1"})
	if err != nil || len(versions) != 4 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	slices.SortFunc(versions, func(a, b workflow.Contract) int { return a.Version - b.Version })
	for n, version := range versions[1:] {
		if version.Version != n+2 || version.Previous != versions[n].ID || versions[n].Next != version.ID {
			t.Errorf("version %d: %+v", n+2, version)
		}
	}
}

// TestARevisionStaysWithItsOwner: who revises does not take the contract over, and the seals are released by whose act it is.
func TestARevisionStaysWithItsOwner(t *testing.T) {
	stage := flowtest.New(t)
	stage.Send("N-1")
	other := flowtest.Person("bo", workflow.RightSend, workflow.RightDecide)
	next, err := stage.Issuer.Plan(t.Context(), other, flowtest.Order("N-1"), flowtest.Draft("other draft"))
	if err != nil {
		t.Fatal(err)
	}
	revised, err := stage.Desk.Revise(t.Context(), other, "wrong price", next, flowtest.Draft("other draft"))
	if err != nil {
		t.Fatal(err)
	}
	if revised.Owner != flowtest.Anna.Name || revised.Creator != "bo" {
		t.Errorf("owner %q, creator %q", revised.Owner, revised.Creator)
	}
}
