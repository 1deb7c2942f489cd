package workflow_test

import (
	"errors"
	"testing"

	"contractd/workflow"
)

// The table of design.md, section 3, written down a second time, as people read it.
var designed = map[workflow.State]string{
	workflow.StateDraft:         "sealed withdrawn",
	workflow.StateSealed:        "draft sent undeliverable withdrawn",
	workflow.StateSent:          "review undeliverable expired archived withdrawn",
	workflow.StateReview:        "sent archived withdrawn",
	workflow.StateUndeliverable: "sent review withdrawn",
	workflow.StateExpired:       "sent review withdrawn",
	workflow.StateArchived:      "",
	workflow.StateWithdrawn:     "",
}

func TestStateTable(t *testing.T) {
	for _, from := range workflow.States {
		allowed := ""
		for _, to := range workflow.States {
			if err := workflow.CheckMove(from, to); err == nil {
				allowed += " " + string(to)
			} else if !errors.Is(err, workflow.ErrState) {
				t.Errorf("%s to %s: %v does not wrap ErrState", from, to, err)
			}
		}
		if want := designed[from]; allowed != spaced(want) {
			t.Errorf("from %s: got%s, want %s", from, allowed, want)
		}
		if from.Final() != (designed[from] == "") {
			t.Errorf("%s: Final is %v", from, from.Final())
		}
	}
}

func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

func TestMoveKeepsTheStateWhenRefused(t *testing.T) {
	contract := workflow.Contract{Number: "N-1", State: workflow.StateArchived}
	if err := contract.Move(workflow.StateSent); !errors.Is(err, workflow.ErrState) || contract.State != workflow.StateArchived {
		t.Fatalf("got %v, state %s", err, contract.State)
	}
}
