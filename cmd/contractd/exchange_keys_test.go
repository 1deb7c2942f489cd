package main_test

import (
	"os"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// waits expects a contract to wait, with that in the reason.
func (x *exchange) waits(number, reason string, resumable bool) workflow.Contract {
	x.Helper()
	contract := x.story(number, "waits", func(story api.Story) bool { return story.Contract.Waiting != "" }).Contract
	if contract.State != workflow.StateDraft || !strings.Contains(contract.Waiting, reason) || contract.Resumable != resumable {
		x.Errorf("contract %s is %s, waits for %q, resumable %v", number, contract.State, contract.Waiting, contract.Resumable)
	}
	return contract
}

// order writes a draft and returns the command that sends it.
func (x *exchange) order(number string) []string {
	x.Helper()
	x.write(number+".pdf", x.draftOf(number))
	return []string{"send", number + ".pdf", "--to", supplierName, "--number", number}
}

// playMissingKey seals with one key while the other is elsewhere, and goes on when it is back.
func playMissingKey(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	check(t, os.Rename(x.path("employee.p12"), x.path("elsewhere")))
	x.serve()
	x.register()
	x.refused(7, "employee", x.order("K-1")...)
	waiting := x.waits("K-1", "employee", true)
	if len(waiting.Batches) != 1 || len(waiting.Pending) != 1 {
		t.Errorf("%d seals, pending %v", len(waiting.Batches), waiting.Pending)
	}
	if said := x.do("status"); !strings.Contains(said, "waiting") || !strings.Contains(said, "K-1: key employee") {
		t.Errorf("status says:\n%s", said)
	}
	x.refused(7, "employee", "seal", "K-1", "--key", "employee")
	check(t, os.Rename(x.path("elsewhere"), x.path("employee.p12")))
	x.do("seal", "K-1", "--key", "employee")
	sent := x.reach("K-1", workflow.StateSent).Contract
	if sent.Batches[0].After != waiting.Batches[0].After {
		t.Error("the first seal was made again")
	}
	x.do("archive", "check")
}

// playWrongPIN expects a wrong PIN to be tried once, whatever is started again, until a person resumes the key.
func playWrongPIN(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.write("pin", []byte("wrong\n"))
	x.serve()
	x.register()
	x.refused(7, "org", x.order("V-1")...)
	x.waits("V-1", "org", false)
	x.write("pin", []byte(keyPIN+"\n")) // Right now, but nobody has said so.
	x.refused(7, "suspended", "seal", "V-1")
	x.stop()
	if said := x.do("token", "list"); !strings.Contains(said, "suspended since") {
		t.Errorf("token list says:\n%s", said)
	}
	x.refused(7, "suspended", "seal", "V-1")
	x.serve()
	x.refused(7, "suspended", x.order("V-2")...)
	x.refused(5, "nokey", "token", "resume", "nokey")
	x.do("token", "resume", "org")
	x.do("seal", "V-1")
	x.reach("V-1", workflow.StateSent)
	x.do("seal", "V-2")
	x.reach("V-2", workflow.StateSent)
	x.refused(6, "not suspended", "token", "resume", "org")
	x.do("archive", "check")
}

// playTimestampAuthorityDown lets contracts wait for the timestamp authority, and goes on by hand and by itself.
func playTimestampAuthorityDown(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	for _, fault := range []testca.Fault{testca.Down, testca.Garbage, testca.WrongImprint} {
		x.tsa.Fail(fault)
		number := "T-" + string(fault)
		x.refused(1, number, x.order(number)...)
		waiting := x.waits(number, "org", true)
		if len(waiting.Batches) != 0 || len(x.mail(supplierMail, "INBOX", 0)) != 0 {
			t.Errorf("%s: %d seals", number, len(waiting.Batches))
		}
	}
	x.refused(1, "T-down", "seal", "T-down")
	x.tsa.Fail(testca.None)
	x.do("seal", "T-down")
	x.reach("T-down", workflow.StateSent)
	x.stop()
	x.serve() // What it finds waiting for what may be back, it takes up by itself.
	x.reach("T-garbage", workflow.StateSent)
	x.reach("T-wrong-imprint", workflow.StateSent)
	x.tsa.Fail(testca.Down)
	x.refused(1, "T-again", x.order("T-again")...)
	x.tsa.Fail(testca.None)
	x.reach("T-again", workflow.StateSent) // Within a minute, without any command.
	x.do("archive", "check")
}
