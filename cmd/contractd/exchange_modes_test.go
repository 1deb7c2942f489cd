package main_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
	"contractd/workflow/decide"
)

var modeLines = regexp.MustCompile(`(?m)^\[mail\]\n(mode = .*\n|redirect_to = .*\n)*`)

// setMail sets keys of [mail] for the next start.
func (x *exchange) setMail(lines ...string) {
	x.Helper()
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", modeLines.ReplaceAll(text, []byte("[mail]\n"+strings.Join(lines, "\n")+"\n")))
}

// restart ends the daemon and starts it with that mode.
func (x *exchange) restart(lines ...string) {
	x.Helper()
	x.stop()
	x.setMail(lines...)
	x.serve()
}

// lying returns how many messages lie in a folder now.
func (x *exchange) lying(user, folder string) int { return len(x.mail(user, folder, 0)) }

// holdsBack returns how many letters wait for a release.
func (x *exchange) holdsBack() decide.Outlook {
	x.Helper()
	var outlook decide.Outlook
	x.record(&outlook, "release", "--all", "--dry-run")
	return outlook
}

// playObserve judges a return without mailing or moving anything, goes live without mailing anything by itself, and lets
// leave what a person has looked at.
func playObserve(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("O-1")
	x.reach("O-1", workflow.StateSent)
	l := x.receivedAbout("O-1", 1)
	x.restart(`mode = "observe"`)
	mails := x.lying(supplierMail, "INBOX")
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("O-1", workflow.StateArchived)
	x.until("the message needs no filing", func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Inbox[workflow.ArrivalFiled] == 1 && health.Mode == workflow.ModeObserve
	})
	if said := x.send("O-2"); !strings.Contains(said, "observe") {
		t.Errorf("send says %q", said)
	}
	x.refused(6, "observe", "release", "--all", "--yes")
	x.refused(6, "observe", "release", "O-2")
	x.restart(`mode = "live"`)
	x.send("O-3")
	x.reach("O-3", workflow.StateSent) // The dispatcher has been through everything.
	if x.lying(houseMail, "INBOX") != 1 || x.lying(houseMail, "合同已归档") != 0 || x.lying(supplierMail, "INBOX") != mails+1 {
		t.Errorf("the inbox has %d messages, the archive %d, the supplier got %d letters", x.lying(houseMail, "INBOX"), x.lying(houseMail, "合同已归档"), x.lying(supplierMail, "INBOX")-mails)
	}
	x.reach("O-2", workflow.StateSealed)
	if waiting := x.holdsBack(); waiting.Held || len(waiting.Letters) != 3 || waiting.Letters[0].Contract != "O-1" {
		t.Errorf("waiting: %+v", waiting.Letters)
	}
	if done := x.run("release", "--all"); done.code != 6 || !strings.Contains(done.stderr, "O-2") || !strings.Contains(done.stderr, "--yes") {
		t.Errorf("without a terminal: %d\n%s", done.code, done.stderr)
	}
	x.do("release", "--all", "--except", "O-1", "--yes")
	x.reach("O-2", workflow.StateSent)
	x.do("release", "O-1")
	x.receivedAbout("O-1", 2)
	if waiting := x.holdsBack(); len(waiting.Letters) != 0 {
		t.Errorf("still waiting: %+v", waiting.Letters)
	}
	x.do("archive", "check")
	x.stop()
	if !strings.Contains(x.log.String(), "mode=live") {
		t.Error("the log does not tell the mode")
	}
}

// playRedirect mails everything to one address of ours.
func playRedirect(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.setMail(`mode = "redirect"`)
	if done := x.run("status"); done.code != 2 || !strings.Contains(done.stderr, "redirect_to: is required") {
		t.Errorf("without an address: %d\n%s", done.code, done.stderr)
	}
	x.setMail(`mode = "redirect"`, `redirect_to = "`+otherMail+`"`)
	x.serve()
	x.register()
	x.send("T-1")
	story := x.reach("T-1", workflow.StateSent)
	got := x.read(x.mail(otherMail, "INBOX", 1)[0])
	if got.To[0] != supplierMail || got.MessageID != story.Letters[0].MessageID {
		t.Errorf("redirected: to %v, %q", got.To, got.MessageID)
	}
	x.story("T-1", "every delivery has ended", func(story api.Story) bool {
		for _, d := range story.Deliveries {
			if d.State != workflow.DeliveryAccepted && d.State != workflow.DeliveryCancelled {
				return false
			}
		}
		return true
	})
	if x.lying(supplierMail, "INBOX") != 0 || x.lying(houseMail, "Sent") != 0 {
		t.Error("the supplier got something, or a copy is kept of what it did not get")
	}
	shown := x.run("show", "T-1")
	if !strings.Contains(shown.stdout, "redirected to "+otherMail) || !strings.Contains(shown.stderr, "mode redirect") {
		t.Errorf("show says:\n%s%s", shown.stdout, shown.stderr)
	}
	x.answer(got, attached, x.countersign(got.pdf))
	x.reach("T-1", workflow.StateArchived)
	if confirmation := x.read(x.mail(otherMail, "INBOX", 2)[1]); confirmation.To[0] != supplierMail {
		t.Errorf("the confirmation is to %v", confirmation.To)
	}
	x.do("archive", "check")
}

// oldMail fills the mailbox before anything of contractd runs: bounces, of which managers would be told, and others.
func (x *exchange) oldMail(n int) {
	x.Helper()
	for i := range n {
		raw := fmt.Sprintf("From: MAILER-DAEMON@mail.example\r\nTo: %s\r\nSubject: Undelivered %d\r\nMessage-ID: <old-%d@mail.example>\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nreturned\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"+
			"Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n", houseMail, i, i)
		check(x.T, x.post.local.DeliverAt(houseMail, []byte(raw), time.Now().AddDate(0, -1, 0)))
	}
}

// playFirstStart begins with a mailbox that is full already.
func playFirstStart(t *testing.T, h *hall) {
	const old = 20
	settings := "\n[notify]\nmanagers = [\"" + otherMail + "\"]\n"
	x := newExchange(t, h, settings)
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", []byte(strings.Replace(string(text), `start = "all"`, `start = "now"`, 1)))
	x.oldMail(old)
	x.serve()
	x.register()
	x.send("F-1")
	x.reach("F-1", workflow.StateSent)
	x.until("the mailbox was read", func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && !health.LastPoll.IsZero()
	})
	if health, err := x.client.Status(t.Context()); err != nil || len(health.Inbox) != 0 {
		t.Errorf("start = now judged old mail: %v, %v", health.Inbox, err)
	}
	// The server numbers everything anew: what is older than the store is not read even then.
	x.stop()
	check(t, x.post.local.Renumber(houseMail, "INBOX"))
	x.serve()
	l := x.receivedAbout("F-1", 1)
	returned := x.countersign(l.pdf)
	x.answer(l, attached, returned)
	x.checkArchived("F-1", returned)
	x.filedAway(1)
	if x.lying(houseMail, "INBOX") != old || x.lying(otherMail, "INBOX") != 0 {
		t.Errorf("%d old messages lie where they lay, managers got %d letters", x.lying(houseMail, "INBOX"), x.lying(otherMail, "INBOX"))
	}

	y := newExchange(t, h, settings)
	y.oldMail(old)
	y.serve()
	y.filedAway(old)
	if waiting := y.holdsBack(); len(waiting.Letters) != old || y.lying(otherMail, "INBOX") != 0 {
		t.Errorf("start = all: %d letters wait, managers got %d", len(waiting.Letters), y.lying(otherMail, "INBOX"))
	}
	y.do("release", "--all", "--yes")
	y.mail(otherMail, "INBOX", old)
	y.do("archive", "check")
}

// filedAway waits until so many messages were judged and filed.
func (x *exchange) filedAway(n int) {
	x.Helper()
	x.until(fmt.Sprint(n, " messages are filed"), func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Inbox[workflow.ArrivalFiled] == n
	})
}
