package main_test

import (
	"slices"
	"strings"
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
	x.forgetMark()
}

// forgetMark takes back what was pinned: the picture waits for a person again.
func (x *exchange) forgetMark() {
	x.Helper()
	var supplier workflow.Supplier
	x.record(&supplier, "supplier", "show", supplierName)
	if len(supplier.Marks) == 0 {
		x.Fatal("no picture is pinned")
	}
	x.refused(2, "0 pinned certificates", "supplier", "edit", supplierName, "--unpin", "00000000")
	x.refused(2, "1 pinned certificates", "supplier", "edit", supplierName, "--unpin", supplier.Marks[0].String()[:4])
	for _, picture := range supplier.Marks {
		x.do("supplier", "edit", supplierName, "--unpin", picture.String()[:12])
	}
	key := supplier.Signers[0].Keys[0]
	x.do("supplier", "edit", supplierName, "--unpin", key.String())
	if shown := x.do("supplier", "show", supplierName); strings.Contains(shown, "picture") || strings.Contains(shown, key.String()) {
		x.Errorf("still pinned:\n%s", shown)
	}
	x.send("M-3")
	x.reach("M-3", workflow.StateSent)
	l := x.receivedAbout("M-3", 1)
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("M-3", workflow.StateReview)
}
