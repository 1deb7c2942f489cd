package inbound_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// TestTheEndOfTheDaemonLetsAJudgementEnd stops while the first of two returns is verified.
func TestTheEndOfTheDaemonLetsAJudgementEnd(t *testing.T) {
	stage := flowtest.New(t)
	for n, number := range []string{"N-1", "N-2"} {
		sealed := stage.Sealed(stage.Send(number))
		stage.Box.Deliver(stage.Mails.Add(flowtest.From(number), sealed+" passed"), stage.Clock.Add(time.Duration(n)*time.Second))
	}
	if _, err := stage.Intake.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stage.Verdicts.During = cancel
	if _, err := stage.Judge.Pass(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	tally, err := stage.Ledger.(interface {
		Tally(context.Context, time.Time) (workflow.Tally, error)
	}).Tally(t.Context(), stage.Clock)
	if err != nil || tally.Contracts[workflow.StateArchived] != 1 || tally.Contracts[workflow.StateSent] != 1 || tally.Arrivals[workflow.ArrivalFiled] != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
}
