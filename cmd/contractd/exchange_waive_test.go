package main_test

import (
	"strings"
	"testing"

	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// playWaived has a person accept a return that lacks the employee's signature and nothing else. The timestamp authority is down
// meanwhile: that holds up nothing, and is told.
func playWaived(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("W-1")
	x.reach("W-1", workflow.StateSent)
	l := x.receivedAbout("W-1", 1)
	x.tsa.Fail(testca.Down)
	returned := x.sign(l.pdf, h.supplier)
	x.answer(l, attached, returned)
	story := x.judged("W-1", 1)
	finding := story.Receipts[0].Findings[0]
	if story.Contract.State != workflow.StateSent || finding.Outcome != workflow.Rejected || finding.Stamp != nil || finding.NoStamp == "" {
		t.Fatalf("contract %s, %+v", story.Contract.State, finding)
	}
	x.refused(2, "without a reason", "approve", "W-1", "--waive", "employee")
	x.refused(2, "is no role", "approve", "W-1", "--waive", "boss", "--reason", "x")
	x.refused(6, "not the only thing", "approve", "W-1", "--waive", "organization", "--reason", "x")
	x.refused(6, "which is sent", "approve", "W-1")
	if said := x.do("approve", "W-1", "--waive", "employee", "--reason", "经办人休假"); !strings.Contains(said, "without a signature of the employee") {
		t.Errorf("approve says %q", said)
	}
	archived := x.reach("W-1", workflow.StateArchived)
	if waivers := archived.Contract.Waivers; len(waivers) != 1 || waivers[0].Role != workflow.RoleEmployee || waivers[0].Reason != "经办人休假" || waivers[0].Actor == "" {
		t.Errorf("%+v", archived.Contract.Waivers)
	}
	x.wantFinal("W-1", returned)
	for _, text := range []string{"waived 免除签名", "经办人休假", "waived=employee", "did not answer"} {
		if shown := x.do("archive", "show", "W-1"); !strings.Contains(shown, text) {
			t.Errorf("archive show does not tell %q:\n%s", text, shown)
		}
	}
	if told := x.receivedAbout("W-1", 3); !strings.Contains(string(x.textOf(told)), "免除的签名：员工证书") {
		t.Errorf("the supplier reads:\n%s", x.textOf(told))
	}
	x.do("archive", "check")
	x.stop()
}
