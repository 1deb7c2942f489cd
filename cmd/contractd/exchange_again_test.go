package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// playResent mails a contract again: to the address that was corrected, and to a supplier who lost the mail.
func playResent(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.do("supplier", "add", supplierName, "--name", "深圳样例供应链有限公司", "--mail", "gone@supplier.example", "--mail", supplierMail,
		"--certificate", "organization=supplier-org.pem", "--certificate", "employee=supplier-employee.pem")
	x.send("R-1")
	x.refusedByServer("R-1")
	l := x.receivedAbout("R-1", 1) // One of two got it.
	x.do("resend", "R-1", "--to", supplierMail)
	x.reach("R-1", workflow.StateSent)
	if again := x.receivedAbout("R-1", 2); again.MessageID != l.MessageID || !bytes.Equal(again.pdf, l.pdf) {
		t.Errorf("the resent letter %s is not %s", again.MessageID, l.MessageID)
	}
	x.refused(2, "no mail address", "resend", "R-1", "--to", "李伟 <li@supplier.example>")
	x.send("R-2")
	x.refusedByServer("R-2")
	if said := x.do("status", "R-2"); !strings.Contains(said, "contractd resend R-2") {
		t.Errorf("status does not say what to do: %s", said)
	}
	x.do("supplier", "edit", supplierName, "--mail", otherMail)
	x.do("resend", "R-2")
	x.reach("R-2", workflow.StateSent)
	other := x.read(x.mail(otherMail, "INBOX", 1)[0])
	if first := x.receivedAbout("R-2", 1); other.MessageID == first.MessageID || !bytes.Equal(other.pdf, first.pdf) || !slices.Contains(other.References, first.MessageID) {
		t.Errorf("to another address went %q in answer to %q", other.MessageID, other.References)
	}
	returned := x.countersign(other.pdf)
	x.answer(other, attached, returned)
	x.wantFinal("R-2", returned)
	x.refused(6, "resend contract R-2, which is archived", "resend", "R-2")
	x.do("archive", "check")
}

// refusedByServer waits until a contract is undeliverable and no mail of it is on its way any more: the one to the other
// address is recorded after the refusal.
func (x *exchange) refusedByServer(number string) {
	x.Helper()
	x.story(number, "undeliverable, no mail on its way", func(story api.Story) bool {
		return story.Contract.State == workflow.StateUndeliverable && !slices.ContainsFunc(story.Deliveries, func(d workflow.Delivery) bool {
			return d.State == workflow.DeliveryQueued || d.State == workflow.DeliveryClaimed
		})
	})
}

// wantFinal expects a contract to be archived with that file.
func (x *exchange) wantFinal(number string, returned []byte) {
	x.Helper()
	if final := x.reach(number, workflow.StateArchived).Contract.Final; final.Hash != workflow.HashOf(returned) {
		x.Errorf("contract %s was archived with another file", number)
	}
}

// playExtended gives more time, which the supplier reads.
func playExtended(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	soon := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	later := time.Now().AddDate(0, 0, 30)
	x.send("E-1", "--deadline", soon)
	x.reach("E-1", workflow.StateSent)
	x.refused(2, "not after its deadline", "extend", "E-1", "--deadline", soon)
	x.refused(2, "read date", "extend", "E-1", "--deadline", "morgen")
	x.do("extend", "E-1", "--deadline", later.Format(time.DateOnly), "--reason", "对方法务审核中")
	story := x.reach("E-1", workflow.StateSent)
	if got := story.Contract.Deadline.Format(time.DateOnly); got != later.Format(time.DateOnly) {
		t.Errorf("the deadline is %s", got)
	}
	x.checkLetters("E-1", workflow.LetterContract, workflow.LetterExtended)
	l := x.receivedAbout("E-1", 2)
	day := fmt.Sprintf("%d年%d月%d日", later.Year(), later.Month(), later.Day())
	if words := string(x.textOf(l)); !strings.Contains(l.Subject, day) || !strings.Contains(words, "对方法务审核中") || !strings.Contains(words, day) {
		t.Errorf("%q says\n%s", l.Subject, words)
	}
	x.send("E-2", "--hold")
	x.refused(6, "extend contract E-2, which is sealed", "extend", "E-2", "--deadline", later.Format(time.DateOnly))
	x.do("archive", "check")
}

// playRevised replaces a contract that the supplier has already, signs the old one all the same, and then the right one.
func playRevised(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("V-1", "--title", "采购合同", "--amount", "128000")
	x.reach("V-1", workflow.StateSent)
	old := x.receivedAbout("V-1", 1)
	x.write("corrected.pdf", x.draftOf("V-1 corrected"))
	x.refused(2, "a reason is needed", "revise", "V-1", "corrected.pdf", "--yes")
	x.refused(5, "V-9", "revise", "V-9", "corrected.pdf", "--reason", "x", "--yes")
	for range 2 { // With one key it is one revision.
		x.do("revise", "V-1", "corrected.pdf", "--reason", "第三条单价有误", "--amount", "126000", "--request", "once", "--yes")
	}
	story := x.reach("V-1", workflow.StateSent)
	if c := story.Contract; c.Version != 2 || c.Title != "采购合同" || c.Amount.String() != "126000.00 CNY" || len(story.Versions) != 2 {
		t.Errorf("version %d of %d, %q, %s", c.Version, len(story.Versions), c.Title, c.Amount)
	}
	withdrawn, next := x.receivedAbout("V-1", 2), x.receivedAbout("V-1", 3)
	if len(withdrawn.pdf) > 0 { // Each leaves when it is due, so that either may come first.
		withdrawn, next = next, withdrawn
	}
	if words := string(x.textOf(withdrawn)); !strings.Contains(words, "第三条单价有误") || !strings.Contains(words, "沿用同一编号") {
		t.Errorf("the withdrawal says\n%s", words)
	}
	if !strings.Contains(next.Subject, "第 2 版") || bytes.Equal(next.pdf, old.pdf) {
		t.Errorf("the new letter is %q", next.Subject)
	}
	x.answer(old, attached, x.countersign(old.pdf))
	answered := x.receivedAbout("V-1", 4)
	if words := string(x.textOf(answered)); !strings.Contains(words, "旧版本") || !bytes.Equal(answered.pdf, next.pdf) {
		t.Errorf("the old version was answered with %q, %d bytes:\n%s", answered.Subject, len(answered.pdf), words)
	}
	if now := x.reach("V-1", workflow.StateSent); len(now.Receipts) != 0 {
		t.Error("a return of the old version counts as one of the new")
	}
	returned := x.countersign(answered.pdf)
	x.answer(old, inline, returned) // In the thread of the old letter, as people do.
	x.wantFinal("V-1", returned)
	x.checkVersions(old.pdf, next.pdf)
	x.refused(6, "revise contract V-1, which is archived", "revise", "V-1", "corrected.pdf", "--reason", "x", "--yes")
	x.do("archive", "check")
}

// checkVersions finds both versions of V-1 again.
func (x *exchange) checkVersions(old, next []byte) {
	x.Helper()
	for name, want := range map[string][]byte{"V-1@1": old, "V-1@2": next, "V-1": next} {
		output := strings.ReplaceAll(name, "@", "-") + "-open.pdf"
		x.do("archive", "open", name, "--which", "sealed", "-o", output)
		got, err := os.ReadFile(x.path(output))
		check(x.T, err)
		if !bytes.Equal(got, want) {
			x.Errorf("%s is another file", name)
		}
	}
	var first api.Story
	x.record(&first, "archive", "show", "V-1@1")
	outcomes := []workflow.Disposition{}
	for _, receipt := range first.Receipts {
		outcomes = append(outcomes, receipt.Outcome)
	}
	if first.Contract.State != workflow.StateWithdrawn || first.Contract.Next == "" || !slices.Equal(outcomes, []workflow.Disposition{workflow.Rejected}) {
		x.Errorf("the first version is %s, its returns %v", first.Contract.State, outcomes)
	}
	if said := x.do("show", "V-1"); !strings.Contains(said, "V-1@1") || !strings.Contains(said, "第三条单价有误") {
		x.Errorf("show does not tell of the versions:\n%s", said)
	}
	x.do("archive", "export", "V-1@1", "-o", "first.zip")
	x.refused(5, "V-1", "show", "V-1@3")
	var all []workflow.Contract
	x.record(&all, "archive", "query", "--number", "V-1")
	if len(all) != 2 {
		x.Errorf("query lists %d versions", len(all))
	}
}

// cast are the people of the scenes below, by their user ids, which have no accounts.
var cast = []struct {
	name, rights string
	uid          int
}{
	{"王芳", `"send", "decide"`, stranger}, {"李伟", `"decide"`, stranger + 1}, {"赵敏", `"view"`, stranger + 2}, {"根", `"administer"`, 0},
}

// peopled returns an exchange whose daemon the whole cast reaches, and how one of them acts.
func peopled(t *testing.T, h *hall, settings string) (*exchange, func(who string, args ...string) ended) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to act as other users")
	}
	x := newExchange(t, h, settings)
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	config = append([]byte("socket = \"open/contractd.sock\"\n"), config...)
	for _, one := range cast {
		config = fmt.Appendf(config, "[[users]]\nname = %q\nuid = %d\nrights = [%s]\n", one.name, one.uid, one.rights)
	}
	x.write("contractd.toml", config)
	check(t, os.Mkdir(x.path("open"), 0o755))
	for _, folder := range []string{filepath.Dir(x.dir), filepath.Dir(filepath.Dir(h.binary)), filepath.Dir(h.binary), x.dir} {
		check(t, os.Chmod(folder, 0o755))
	}
	check(t, os.Chmod(x.path("contractd.toml"), 0o644))
	x.serveAt("open/contractd.sock")
	check(t, os.Chown(x.path("open/contractd.sock"), -1, 0)) // Where this machine has the group contractd.
	return x, func(who string, args ...string) ended {
		x.Helper()
		for _, one := range cast {
			if one.name == who {
				cmd := x.command(args...)
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(one.uid), Gid: 0}} // Of the socket's group.
				return x.finish(cmd)
			}
		}
		x.Fatalf("%s is not of the cast", who)
		return ended{}
	}
}

// playTwoPersons archives a large contract when two people have approved its return.
func playTwoPersons(t *testing.T, h *hall) {
	x, as := peopled(t, h, `two_persons_above = "100000 CNY"`)
	must := func(who string, args ...string) string {
		done := as(who, args...)
		if done.code != 0 {
			t.Fatalf("%s: %q ended with %d\n%s", who, args, done.code, done.stderr)
		}
		return done.stdout + done.stderr
	}
	x.do("supplier", "add", supplierName, "--name", "深圳样例供应链有限公司", "--mail", supplierMail, "--organization", testca.SupplierName)
	x.send("T-1", "--amount", "100000")
	x.send("T-2", "--amount", "100000.01")
	for _, number := range []string{"T-1", "T-2"} {
		x.reach(number, workflow.StateSent)
		l := x.receivedAbout(number, 1)
		x.answer(l, attached, x.countersign(l.pdf))
	}
	x.reach("T-2", workflow.StateReview)
	if said := must("赵敏", "status", "T-2"); !strings.Contains(said, "two people must approve") {
		t.Errorf("status says %s", said)
	}
	x.wantRefusal(as("赵敏", "approve", "T-2"), 6, `right "decide" is missing`, nil)
	x.refusedLooking(x.run("approve", "T-2"), "two persons are needed") // root is none.
	if said := must("王芳", "approve", "T-2", "--reason", "已核对"); !strings.Contains(said, "second person") {
		t.Errorf("the first is told %s", said)
	}
	x.refusedLooking(as("王芳", "approve", "T-2"), "has approved it already")
	story := x.reach("T-2", workflow.StateReview)
	if len(story.Contract.Approvals) != 1 || story.Contract.Approvals[0].Actor != "王芳" {
		t.Errorf("approvals %+v", story.Contract.Approvals)
	}
	if said := must("李伟", "approve", "T-2"); !strings.Contains(said, "approved by 王芳") || !strings.Contains(said, "--pin would add") || !strings.Contains(said, testca.SupplierName) {
		t.Errorf("the second is not told of the first, or not of the certificates: %s", said)
	}
	x.reach("T-2", workflow.StateArchived)
	x.do("archive", "check")
	x.stop()
}

// refusedLooking expects a refusal after the return was shown.
func (x *exchange) refusedLooking(done ended, text string) {
	x.Helper()
	if done.code != 6 || done.stdout != "" || !strings.Contains(done.stderr, text) || !strings.Contains(done.stderr, "\nhint: ") {
		x.Errorf("ended with %d, want 6 and %q:\n%s%s", done.code, text, done.stdout, done.stderr)
	}
}

// playReassigned gives one person's contracts to another.
func playReassigned(t *testing.T, h *hall) {
	x, as := peopled(t, h, "")
	x.register()
	for _, number := range []string{"O-1", "O-2", "O-3"} {
		x.write(number+".pdf", x.draftOf(number))
		check(t, os.Chmod(x.path(number+".pdf"), 0o644))
		if done := as("王芳", append(x.order(number), "--hold")...); done.code != 0 {
			t.Fatalf("send ended with %d\n%s", done.code, done.stderr)
		}
	}
	x.wantRefusal(as("王芳", "reassign", "--from", "王芳", "--to", "李伟"), 6, `right "administer" is missing`, nil)
	x.refused(5, "李维", "reassign", "--from", "王芳", "--to", "李维")
	x.do("reassign", "--from", "王芳", "--to", "赵敏", "O-2")
	if said := x.do("reassign", "--from", "王芳", "--to", "李伟"); !strings.Contains(said, "O-1") || !strings.Contains(said, "O-3") || strings.Contains(said, "O-2") {
		t.Errorf("changed hands:\n%s", said)
	}
	for owner, want := range map[string]int{"王芳": 0, "赵敏": 1, "李伟": 2} {
		var contracts []workflow.Contract
		x.record(&contracts, "archive", "query", "--owner", owner)
		if len(contracts) != want {
			t.Errorf("%s has %d contracts, want %d", owner, len(contracts), want)
		}
	}
	story, err := x.client.Story(t.Context(), "O-1")
	check(t, err)
	last := story.Journal[len(story.Journal)-1]
	if story.Contract.Creator != "王芳" || last.Action != workflow.ActReassigned || last.Actor != "根" || last.Details["to"] != "李伟" {
		t.Errorf("creator %q, last entry %+v", story.Contract.Creator, last)
	}
	x.do("archive", "check")
	x.stop()
}
