package main_test

import (
	"slices"
	"testing"

	"contractd/workflow"
)

// playNewMarks has a seal that nobody knows wait for a person, once: its picture is pinned with the approval.
func playNewMarks(t *testing.T, h *hall) {
	x := newExchange(t, h, "new_marks = \"review\"\n")
	x.serve()
	x.register()
	x.send("M-1")
	x.reach("M-1", workflow.StateSent)
	l := x.receivedAbout("M-1", 1)
	x.answer(l, attached, x.countersign(l.pdf))
	story := x.judged("M-1", 1)
	verdict := story.Receipts[0].Findings[0].Verdict
	if story.Contract.State != workflow.StateReview || verdict == nil ||
		!slices.ContainsFunc(verdict.AllCauses(), func(cause workflow.Cause) bool { return cause.Reason == workflow.ReasonNewMark }) {
		t.Fatalf("contract %s, %+v", story.Contract.State, verdict)
	}
	x.do("approve", "M-1", "--pin")
	x.reach("M-1", workflow.StateArchived)
	x.send("M-2")
	x.reach("M-2", workflow.StateSent)
	l = x.receivedAbout("M-2", 1)
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("M-2", workflow.StateArchived)
}
