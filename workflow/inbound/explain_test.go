package inbound_test

import (
	"bytes"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// TestExplainWritesNothing tells the outcome, the move and the letters, and leaves the ledger as it was: the same message
// judged later comes to just that.
func TestExplainWritesNothing(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("NJ-1")
	raw := stage.Mails.Add(flowtest.From("m1"), stage.Sealed(contract)+"\npassed")
	document := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf([]byte(raw)), Size: int64(len(raw))}, ReaderAt: bytes.NewReader([]byte(raw))}
	said, err := stage.Judge.Explain(t.Context(), flowtest.Person("李", workflow.RightView), document)
	if err != nil {
		t.Fatal(err)
	}
	if said.Receipt.Outcome != workflow.Archived || said.Shelf != workflow.ShelfArchived {
		t.Errorf("explained %+v", said)
	}
	if len(said.Moves) != 1 || said.Moves[0].Contract != "NJ-1" || said.Moves[0].From != workflow.StateSent || said.Moves[0].To != workflow.StateArchived {
		t.Errorf("moves %+v", said.Moves)
	}
	if len(said.Letters) != 1 || said.Letters[0].Kind != workflow.LetterConfirmed || len(said.Letters[0].To) == 0 {
		t.Errorf("letters %+v", said.Letters)
	}
	stage.Contract("NJ-1", workflow.StateSent)
	if kinds := stage.Letters(contract); len(kinds) != 1 {
		t.Errorf("letters written: %v", kinds)
	}
	stage.Box.Deliver(raw, stage.Clock)
	if _, err := stage.Intake.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Judge.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	stage.Contract("NJ-1", workflow.StateArchived)
}

func TestExplainNeedsTheRightToSeeAll(t *testing.T) {
	stage := flowtest.New(t)
	raw := workflow.Document{ReaderAt: bytes.NewReader(nil)}
	narrow := flowtest.Person("李", workflow.RightView)
	narrow.Suppliers = []workflow.SupplierID{"huaxin"}
	for _, actor := range []workflow.Actor{narrow, flowtest.Person("nobody")} {
		if _, err := stage.Judge.Explain(t.Context(), actor, raw); err == nil {
			t.Errorf("explained to %+v", actor)
		}
	}
}
