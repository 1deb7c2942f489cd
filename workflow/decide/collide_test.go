package decide_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// meeting lets two people decide at the same moment: whoever wants to write first waits until the other has read, decided
// and wants to write as well, or has ended without.
type meeting struct {
	flowtest.Ledger
	present *sync.WaitGroup
	once    *sync.Once // Of this person: a decision that is taken again meets nobody.
}

// Apply implements decide.Ledger.
func (m meeting) Apply(ctx context.Context, change workflow.Change) error {
	m.once.Do(func() {
		m.present.Done()
		m.present.Wait()
	})
	return m.Ledger.Apply(ctx, change)
}

// act is one person's decision about N-1.
type act func(context.Context, *decide.Desk) (workflow.Contract, error)

// collide lets two people decide about what both have read, and returns their errors.
func collide(s *flowtest.Stage, a, b act) [2]error {
	var present, ended sync.WaitGroup
	present.Add(2)
	var errs [2]error
	for n, person := range []act{a, b} {
		ledger := meeting{s.Ledger, &present, &sync.Once{}}
		desk := &decide.Desk{Ledger: ledger, Library: s.Ledger, Unsealer: s.Seals, Clerk: s.Desk.Clerk, Now: s.Now}
		ended.Go(func() {
			_, errs[n] = person(s.Context(), desk)
			ledger.once.Do(present.Done) // Whoever writes nothing keeps nobody waiting.
		})
	}
	ended.Wait()
	return errs
}

// acts are decisions by the name of the verb. Each is somebody else's when it stands twice.
var acts = map[string]act{
	"release": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Release(ctx, flowtest.Anna, "N-1")
	},
	"unseal": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Unseal(ctx, flowtest.Anna, "N-1")
	},
	"approve": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Approve(ctx, wang, "N-1", decide.Judgement{})
	},
	"approve too": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Approve(ctx, li, "N-1", decide.Judgement{})
	},
	"refuse": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Refuse(ctx, li, "N-1", decide.Judgement{Reason: "wrong"})
	},
	"withdraw": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Withdraw(ctx, li, "N-1", "wrong")
	},
	"extend": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Extend(ctx, wang, "N-1", time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), "")
	},
	"resend": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		return d.Resend(ctx, flowtest.Anna, "N-1", nil)
	},
	"revise": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		draft := flowtest.Draft("corrected")
		return d.Revise(ctx, flowtest.Anna, "wrong", workflow.Contract{
			ID: workflow.ContractID(workflow.NewID()), Number: "N-1", Supplier: flowtest.Supplier, State: workflow.StateDraft, Draft: draft.Ref,
			Created: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), Pending: []string{"org"},
		}, draft)
	},
	"reassign": func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		_, err := d.Reassign(ctx, flowtest.Anna, "anna", "李伟", []string{"N-1"})
		return workflow.Contract{}, err
	},
}

// TestOfTwoDecisionsAtOnceOneWins lets every pair of decisions that a state allows collide: one is done whole, the other one's
// maker is told, and the journal knows of one alone.
func TestOfTwoDecisionsAtOnceOneWins(t *testing.T) {
	undelivered := func(t *testing.T) *flowtest.Stage { return refused(t, first, second) }
	for state, scene := range map[workflow.State]struct {
		stage func(*testing.T) *flowtest.Stage
		acts  []string
	}{
		workflow.StateSealed:        {unsent, []string{"release", "unseal", "withdraw", "revise", "reassign"}},
		workflow.StateSent:          {sent, []string{"resend", "extend", "withdraw", "revise", "reassign"}},
		workflow.StateReview:        {under, []string{"approve", "refuse", "extend", "withdraw", "revise", "reassign"}},
		workflow.StateUndeliverable: {undelivered, []string{"resend", "extend", "withdraw", "revise", "reassign"}},
		workflow.StateExpired:       {expired, []string{"extend", "withdraw", "revise", "reassign"}},
	} {
		for n, one := range scene.acts {
			for _, other := range scene.acts[n:] {
				t.Run(fmt.Sprintf("%s: %s and %s", state, one, other), func(t *testing.T) {
					stage := scene.stage(t)
					before, err := stage.Ledger.ContractByNumber(t.Context(), "N-1")
					if err != nil {
						t.Fatal(err)
					}
					checkOneWon(t, collide(stage, acts[one], acts[other]))
					after, err := stage.Ledger.Contract(t.Context(), before.ID)
					if err != nil || after.Revision != before.Revision+1 {
						t.Errorf("the contract was written %d times, %v", after.Revision-before.Revision, err)
					}
				})
			}
		}
	}
}

func checkOneWon(t *testing.T, errs [2]error) {
	t.Helper()
	if errs[0] != nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[0] != nil || !errors.Is(errs[1], workflow.ErrConflict) || workflow.HintOf(errs[1]) == "" {
		t.Errorf("the winner got %v, the other one %v with the hint %q", errs[0], errs[1], workflow.HintOf(errs[1]))
	}
}

// TestTwoFirstApprovalsAtOnce must not count as one and one.
func TestTwoFirstApprovalsAtOnce(t *testing.T) {
	stage := large(t)
	checkOneWon(t, collide(stage, acts["approve"], acts["approve too"]))
	if contract := stage.Contract("N-1", workflow.StateReview); len(contract.Approvals) != 1 {
		t.Errorf("approvals %+v", contract.Approvals)
	}
	checkOneWon(t, collide(stage, acts["refuse"], func(ctx context.Context, d *decide.Desk) (workflow.Contract, error) {
		third := flowtest.Person("赵敏", workflow.RightDecide)
		return d.Approve(ctx, third, "N-1", decide.Judgement{})
	}))
}

// TestDecisionsInARush has no order at all: whatever happens, one decision of each round is done.
func TestDecisionsInARush(t *testing.T) {
	stage := under(t)
	var done sync.WaitGroup
	errs := make([]error, 8)
	for n := range errs {
		done.Go(func() {
			_, errs[n] = acts[[]string{"approve", "refuse", "withdraw", "approve too"}[n%4]](t.Context(), stage.Desk)
		})
	}
	done.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, workflow.ErrConflict) && !errors.Is(err, workflow.ErrState):
			t.Error(err)
		}
	}
	contract, err := stage.Ledger.ContractByNumber(t.Context(), "N-1")
	if err != nil {
		t.Fatal(err)
	}
	// Only what was refused can still be withdrawn.
	if won != 1 && (won != 2 || contract.State != workflow.StateWithdrawn) {
		t.Errorf("%d decisions were done, and the contract is %s", won, contract.State)
	}
}
