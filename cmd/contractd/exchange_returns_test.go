package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// badReturn is a file that must not be archived without a person.
type badReturn struct {
	number  string
	spoil   func(x *exchange, sealed []byte) []byte
	reason  workflow.Reason
	outcome workflow.Disposition
	state   workflow.State
	rung    workflow.Rung
}

var badReturns = []badReturn{
	{"B-unsigned", func(_ *exchange, sealed []byte) []byte { return sealed },
		workflow.ReasonUnchanged, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"B-draft", func(x *exchange, _ []byte) []byte { return x.countersign(x.draftOf("B-draft")) },
		workflow.ReasonSignedDraft, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"B-tampered", func(x *exchange, sealed []byte) []byte { return x.countersign(x.overwrite(sealed)) },
		workflow.ReasonChangedPage, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"B-one-role", func(x *exchange, sealed []byte) []byte { return x.sign(sealed, x.hall.supplierEmployee) },
		workflow.ReasonRoleMissing, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"B-stranger", func(x *exchange, sealed []byte) []byte {
		return x.sign(sealed, x.hall.supplierEmployee, x.hall.stranger)
	},
		workflow.ReasonUntrusted, workflow.ToReview, workflow.StateReview, workflow.RungPrefix},
	{"B-other", func(x *exchange, sealed []byte) []byte { return x.sign(sealed, x.hall.supplierEmployee, x.hall.other) },
		workflow.ReasonWrongSigner, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"B-cut", func(x *exchange, sealed []byte) []byte {
		signed := x.countersign(sealed)
		return signed[:len(signed)-900]
	},
		workflow.ReasonDamaged, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
}

// rewritten are returns that a tool saved anew; they need qpdf.
var rewritten = []badReturn{
	{"B-linearized", func(x *exchange, sealed []byte) []byte { return x.qpdf(x.countersign(sealed), "--linearize") },
		workflow.ReasonRewritten, workflow.Rejected, workflow.StateSent, workflow.RungValue},
	{"B-saved", func(x *exchange, sealed []byte) []byte {
		return x.qpdf(x.countersign(sealed), "--object-streams=generate")
	},
		workflow.ReasonRewritten, workflow.Rejected, workflow.StateSent, workflow.RungValue},
	{"B-encrypted", func(x *exchange, sealed []byte) []byte { return x.qpdf(sealed, "--encrypt", "", "secret", "256", "--") },
		workflow.ReasonEncrypted, workflow.Rejected, workflow.StateSent, workflow.RungValue},
}

// playBadReturns sends back what must not pass: each gets its reason and one letter, and hinders no good return after it.
func playBadReturns(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	for _, bad := range badReturns {
		x.playBadReturn(bad)
	}
	if !t.Run("rewritten", func(t *testing.T) { needPart(t, "qpdf") }) {
		return
	}
	for _, bad := range rewritten {
		x.playBadReturn(bad)
	}
	x.do("archive", "check")
}

func (x *exchange) playBadReturn(bad badReturn) {
	x.Helper()
	x.send(bad.number)
	x.reach(bad.number, workflow.StateSent)
	l := x.receivedAbout(bad.number, 1)
	x.answer(l, attached, bad.spoil(x, l.pdf))
	story := x.judged(bad.number, 1)
	x.checkFinding(story, bad)
	x.checkReply(story, bad)
	good := x.countersign(l.pdf)
	x.answer(x.receivedAbout(bad.number, 2), inline, good)
	if bad.state == workflow.StateReview { // Once a person was asked, a person decides.
		x.judged(bad.number, 2)
		x.do("approve", bad.number)
	}
	if archived := x.reach(bad.number, workflow.StateArchived); archived.Contract.Final.Hash != workflow.HashOf(good) {
		x.Errorf("%s: the good return is not what is archived", bad.number)
	}
}

// judged waits until so many returns of a contract were judged.
func (x *exchange) judged(number string, n int) api.Story {
	x.Helper()
	return x.story(number, "a judged return", func(story api.Story) bool { return len(story.Receipts) == n })
}

func (x *exchange) checkFinding(story api.Story, bad badReturn) {
	x.Helper()
	if len(story.Receipts[0].Findings) != 1 {
		x.Fatalf("%s: findings %+v", bad.number, story.Receipts[0].Findings)
	}
	finding := story.Receipts[0].Findings[0]
	if finding.Outcome != bad.outcome || story.Contract.State != bad.state || finding.Match.Rung != bad.rung {
		x.Errorf("%s is %s by rung %d and the contract %s, want %s by rung %d and %s",
			bad.number, finding.Outcome, finding.Match.Rung, story.Contract.State, bad.outcome, bad.rung, bad.state)
	}
	var reasons []workflow.Reason
	for _, cause := range finding.Verdict.AllCauses() {
		reasons = append(reasons, cause.Reason)
	}
	if !slices.Contains(reasons, bad.reason) {
		x.Errorf("%s: reasons %v, want %s", bad.number, reasons, bad.reason)
	}
}

// checkReply expects one answer, which for a rejected return brings the file to be signed again.
func (x *exchange) checkReply(story api.Story, bad badReturn) {
	x.Helper()
	kind := map[workflow.Disposition]workflow.LetterKind{workflow.Rejected: workflow.LetterRejected, workflow.ToReview: workflow.LetterReview}[bad.outcome]
	if len(story.Letters) != 2 || story.Letters[1].Kind != kind || !slices.Contains(story.Receipts[0].Replies, story.Letters[1].ID) {
		x.Errorf("%s: letters %+v, want one of kind %s after that of the contract", bad.number, story.Letters, kind)
	}
	reply := x.receivedAbout(bad.number, 2)
	if hasFile := len(reply.pdf) > 0; hasFile != (kind == workflow.LetterRejected) {
		x.Errorf("%s: the reply holds a file: %v", bad.number, hasFile)
	}
}

// playStrangers registers a second supplier and lets it sign a contract of the first.
func playStrangers(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.do("supplier", "add", "beijia", "--name", "珠海别家贸易有限公司", "--mail", otherMail, "--certificate", "organization=other.pem", "--require", "organization")
	x.playBadReturn(badReturn{"B-known-elsewhere", func(x *exchange, sealed []byte) []byte { return x.sign(sealed, h.supplierEmployee, h.other) },
		workflow.ReasonWrongSigner, workflow.Rejected, workflow.StateSent, workflow.RungPrefix})
	x.do("send", "采购合同.pdf", "--to", "beijia", "--number", "N-2")
	x.reach("N-2", workflow.StateSent)
	l := x.read(x.mail(otherMail, "INBOX", 1)[0])
	x.answer(l, forwarded, x.sign(l.pdf, h.other))
	x.reach("N-2", workflow.StateArchived)
	invoice, err := os.ReadFile(filepath.Join(root, "testdata/pdf/fpdf.pdf"))
	check(t, err)
	x.mailTo(supplierMail, houseMail, []byte(attached("发票", "", invoice))) // Belongs to no contract, and is answered by nobody.
	if ignored := x.mail(houseMail, "合同无关", 1); len(ignored) != 1 {
		t.Errorf("%d messages are ignored", len(ignored))
	}
}

// playClosedContracts sends returns of contracts on which nothing is to be decided any more.
func playClosedContracts(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("C-1")
	x.reach("C-1", workflow.StateSent)
	l := x.receivedAbout("C-1", 1)
	first := x.countersign(l.pdf)
	x.answer(l, attached, first)
	x.reach("C-1", workflow.StateArchived)
	x.answer(l, inline, first)
	x.checkClosed(x.judged("C-1", 2), workflow.Duplicate, workflow.LetterConfirmed)
	x.answer(l, attached, x.countersign(l.pdf)) // Good too, but not the one that was archived.
	story := x.judged("C-1", 3)
	x.checkClosed(story, workflow.Alarm, "")
	if story.Contract.State != workflow.StateArchived || story.Contract.Final.Hash != workflow.HashOf(first) {
		t.Errorf("the archived contract changed: %s, %v", story.Contract.State, story.Contract.Final)
	}
	x.send("C-2")
	x.reach("C-2", workflow.StateSent)
	l = x.receivedAbout("C-2", 1)
	x.do("withdraw", "C-2", "--reason", "价格有误", "--yes")
	x.answer(l, attached, x.countersign(l.pdf))
	story = x.judged("C-2", 1)
	x.checkClosed(story, workflow.Alarm, "")
	if story.Contract.State != workflow.StateWithdrawn {
		t.Errorf("the withdrawn contract is %s", story.Contract.State)
	}
	x.do("archive", "check")
}

// checkClosed looks at the newest receipt and at the answer, if there is to be one.
func (x *exchange) checkClosed(story api.Story, outcome workflow.Disposition, kind workflow.LetterKind) {
	x.Helper()
	receipts := slices.Clone(story.Receipts)
	slices.SortFunc(receipts, func(a, b workflow.Receipt) int { return a.Judged.Compare(b.Judged) })
	last := receipts[len(receipts)-1]
	if last.Outcome != outcome || (len(last.Replies) > 0) != (kind != "") {
		x.Errorf("%s: %s, reply %q", story.Contract.Number, last.Outcome, last.Replies)
	}
	for _, letter := range story.Letters {
		if slices.Contains(last.Replies, letter.ID) && letter.Kind != kind {
			x.Errorf("%s: reply of kind %s, want %s", story.Contract.Number, letter.Kind, kind)
		}
	}
}
