package inbound_test

import (
	"slices"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

func separate(receipt workflow.Receipt, n int) bool {
	return slices.Contains(receipt.Findings[n].Verdict.Reasons, workflow.ReasonSeparate)
}

// TestTwoCopiesOfOneRoleEach: organisation and employee each sign a copy; the supplier is told to sign one after the other.
func TestTwoCopiesOfOneRoleEach(t *testing.T) {
	t.Run("in one message", func(t *testing.T) {
		stage := flowtest.New(t)
		sealed := stage.Sealed(stage.Send("N-1"))
		receipt := stage.Receive(flowtest.From("m1"), sealed+" lacks employee", sealed+" lacks organization")
		if !separate(receipt, 0) || !separate(receipt, 1) || receipt.Outcome != workflow.Rejected {
			t.Errorf("%+v", receipt)
		}
		stage.Contract("N-1", workflow.StateSent)
	})
	t.Run("in two", func(t *testing.T) {
		stage := flowtest.New(t)
		sealed := stage.Sealed(stage.Send("N-1"))
		first := stage.Receive(flowtest.From("m1"), sealed+" lacks employee")
		second := stage.Receive(flowtest.From("m2"), sealed+" lacks organization")
		if separate(first, 0) || !separate(second, 0) {
			t.Errorf("%v, then %v", first.Findings[0].Verdict.Reasons, second.Findings[0].Verdict.Reasons)
		}
	})
	t.Run("the same role twice", func(t *testing.T) {
		stage := flowtest.New(t)
		sealed := stage.Sealed(stage.Send("N-1"))
		stage.Receive(flowtest.From("m1"), sealed+" lacks employee")
		if again := stage.Receive(flowtest.From("m2"), sealed+" once more lacks employee"); separate(again, 0) {
			t.Errorf("%v", again.Findings[0].Verdict.Reasons)
		}
	})
	t.Run("of different contracts", func(t *testing.T) {
		stage := flowtest.New(t)
		one, other := stage.Sealed(stage.Send("N-1")), stage.Sealed(stage.Send("N-2"))
		receipt := stage.Receive(flowtest.From("m1"), one+" lacks employee", other+" lacks organization")
		if separate(receipt, 0) || separate(receipt, 1) {
			t.Errorf("%+v", receipt)
		}
	})
}
