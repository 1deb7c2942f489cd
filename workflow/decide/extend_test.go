package decide_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

func expired(t *testing.T) *flowtest.Stage {
	stage := flowtest.New(t)
	stage.Send("N-1")
	stage.Clock = stage.Clock.AddDate(0, 3, 0)
	if _, err := stage.Timer.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	stage.Contract("N-1", workflow.StateExpired)
	return stage
}

func sent(t *testing.T) *flowtest.Stage {
	stage := flowtest.New(t)
	stage.Send("N-1")
	return stage
}

func unsent(t *testing.T) *flowtest.Stage {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Hold = true
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	return stage
}

func archived(t *testing.T) *flowtest.Stage {
	stage := sent(t)
	stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Contract("N-1", workflow.StateSent))+" passed")
	return stage
}

func TestExtendPutsTheDeadlineOff(t *testing.T) {
	for name, test := range map[string]struct {
		stage func(*testing.T) *flowtest.Stage
		state workflow.State
		told  bool
	}{
		"sent":                  {sent, workflow.StateSent, true},
		"expired":               {expired, workflow.StateSent, true},
		"under review":          {under, workflow.StateReview, false},
		"nobody has it":         {func(t *testing.T) *flowtest.Stage { return refused(t, first, second) }, workflow.StateUndeliverable, false},
		"one of two recipients": {func(t *testing.T) *flowtest.Stage { return refused(t, second) }, workflow.StateUndeliverable, true},
	} {
		t.Run(name, func(t *testing.T) {
			stage := test.stage(t)
			before, err := stage.Ledger.ContractByNumber(t.Context(), "N-1")
			if err != nil {
				t.Fatal(err)
			}
			later := stage.Clock.AddDate(0, 6, 0)
			if _, err := stage.Desk.Extend(t.Context(), flowtest.Anna, "N-1", later, "legal department"); err != nil {
				t.Fatal(err)
			}
			contract := stage.Contract("N-1", test.state)
			if !contract.Deadline.Equal(later) || slices.Contains(stage.Letters(contract), workflow.LetterExtended) != test.told {
				t.Errorf("deadline %v, letters %v", contract.Deadline, stage.Letters(contract))
			}
			history, err := stage.Ledger.History(t.Context(), "contract/"+string(contract.ID))
			if last := history[len(history)-1]; err != nil || last.Action != workflow.ActExtended || last.Details["reason"] != "legal department" ||
				last.Details["from"] != before.Deadline.UTC().Format(time.RFC3339) || last.Details["to"] != later.UTC().Format(time.RFC3339) {
				t.Errorf("journal: %+v, %v", last, err)
			}
			if _, err := stage.Timer.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			stage.Contract("N-1", test.state)
		})
	}
}

func TestExtendRefuses(t *testing.T) {
	later := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		stage func(*testing.T) *flowtest.Stage
		to    time.Time
		actor workflow.Actor
		want  error
	}{
		"an earlier deadline":  {sent, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), flowtest.Anna, workflow.ErrUsage},
		"the same deadline":    {sent, flowtest.Order("N-1").Deadline, flowtest.Anna, workflow.ErrUsage},
		"a deadline that went": {expired, time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), flowtest.Anna, workflow.ErrUsage},
		"no deadline":          {sent, time.Time{}, flowtest.Anna, workflow.ErrUsage},
		"an unsent contract":   {unsent, later, flowtest.Anna, workflow.ErrState},
		"an archived contract": {archived, later, flowtest.Anna, workflow.ErrState},
		"without the right":    {sent, later, flowtest.Person("s", workflow.RightSend), workflow.ErrRight},
	} {
		t.Run(name, func(t *testing.T) {
			stage := test.stage(t)
			before, _ := stage.Ledger.ContractByNumber(t.Context(), "N-1")
			if _, err := stage.Desk.Extend(t.Context(), test.actor, "N-1", test.to, ""); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if after, err := stage.Ledger.ContractByNumber(t.Context(), "N-1"); err != nil || after.Revision != before.Revision {
				t.Errorf("something was written: %v", err)
			}
		})
	}
}
