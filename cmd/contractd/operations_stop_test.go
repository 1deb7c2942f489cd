package main_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"contractd/mailbox/mailserver"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// stalled sends a contract and waits until its letter is with the mail server, which does not answer.
func (x *exchange) stalled(number string) (answer func()) {
	x.Helper()
	hold := make(chan struct{})
	x.post.local.SetFaults(mailserver.Faults{HoldDot: hold})
	x.serve()
	x.register()
	x.send(number)
	x.until("the letter is with the server", func(context.Context) bool { return x.post.local.Stats().Transactions == 1 })
	return func() {
		x.post.local.SetFaults(mailserver.Faults{})
		close(hold)
	}
}

// playStoppedWhileMailing stops the daemon between a letter's last byte and the server's answer: it waits for that, so the
// letter does not leave twice.
func playStoppedWhileMailing(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	answer := x.stalled("S-1")
	x.interrupt(syscall.SIGTERM)
	answer()
	x.endedWell()
	if got := x.do("status", "S-1"); !strings.Contains(got, "(已发出)") {
		t.Errorf("status: %s", got)
	}
	x.serve() // It has nothing left to send.
	x.reach("S-1", workflow.StateSent)
	x.interrupt(os.Interrupt)
	x.endedWell()
	if letters := x.mail(supplierMail, "INBOX", 1); len(letters) != 1 {
		t.Errorf("%d letters arrived", len(letters))
	}
}

// playAborted gives the second signal where the first one waits. The next start repeats what it cannot know.
func playAborted(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	answer := x.stalled("A-1")
	x.interrupt(syscall.SIGTERM)
	check(t, x.daemon.Process.Signal(os.Interrupt))
	if code := x.ended(); code != 9 {
		t.Errorf("serve ended with %d", code)
	}
	if last := lastLine(x.log.String()); !strings.HasPrefix(last, "error: aborted by a second signal") || strings.Count(x.log.String(), "error: ") != 1 {
		t.Errorf("the log ends with %q", last)
	}
	answer()
	check(t, x.client.Close())
	x.do("archive", "check")
	x.serve()
	x.reach("A-1", workflow.StateSent)
	ids := map[string]bool{}
	for _, raw := range x.mail(supplierMail, "INBOX", 2) {
		ids[x.read(raw).MessageID] = true
	}
	if len(ids) != 1 {
		t.Errorf("the letter that was sent again has another Message-ID: %v", ids)
	}
	x.stop()
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// playStoppedWhileSealing stops the daemon while a timestamp authority lets a seal wait. The contract is sealed, the
// command that asked for it hears so, and the letter leaves with the next start.
func playStoppedWhileSealing(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	asked, release := make(chan struct{}, 16), make(chan struct{})
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
		x.tsa.ServeHTTP(w, r)
	}))
	t.Cleanup(authority.Close)
	x.configure(authority.URL, "")
	x.serve()
	x.register()
	told := make(chan ended, 1)
	cmd := x.command(x.order("E-1")...)
	go func() { told <- x.finish(cmd) }()
	<-asked
	x.interrupt(syscall.SIGTERM)
	close(release)
	x.endedWell()
	if done := <-told; done.code != 0 || !strings.Contains(done.stdout, "E-1 is sealed") {
		t.Errorf("send ended with %d\n%s%s", done.code, done.stdout, done.stderr)
	}
	x.serve()
	x.reach("E-1", workflow.StateSent)
	x.stop()
}

// playStoppedWhileUploading stops the daemon while half of a draft is there. The rest is taken, and the contract recorded.
func playStoppedWhileUploading(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	check(t, writeBenchPDF(x.path("large.pdf"), 10, 2<<20))
	draft, err := os.ReadFile(filepath.Join(x.dir, "large.pdf"))
	check(t, err)
	reader, writer := io.Pipe()
	told := make(chan error, 1)
	go func() {
		order := outbound.Order{Number: "U-1", Title: "大文件", Supplier: supplierName, Deadline: time.Now().AddDate(0, 1, 0), Hold: true}
		contract, err := x.client.Send(context.WithoutCancel(t.Context()), order, reader, func(string, string) {})
		if err == nil && contract.State != workflow.StateSealed {
			err = workflow.ErrState
		}
		told <- err
	}()
	_, err = writer.Write(draft[:len(draft)/2]) // More than a socket holds, so the daemon has begun to read.
	check(t, err)
	x.interrupt(syscall.SIGTERM)
	_, err = io.Copy(writer, bytes.NewReader(draft[len(draft)/2:]))
	check(t, err)
	check(t, writer.Close())
	if err := <-told; err != nil {
		t.Errorf("the upload ended with %v", err)
	}
	x.endedWell()
	if got := x.do("archive", "query", "--state", "sealed"); !strings.Contains(got, "U-1") {
		t.Errorf("sealed: %s", got)
	}
}

// playStoppedWhileIdle stops a daemon that waits for mail.
func playStoppedWhileIdle(t *testing.T, h *hall) {
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		x := newExchange(t, h, "")
		x.serve()
		x.until("the daemon waits for mail", func(context.Context) bool { return x.post.local.Stats().Idles > 0 })
		x.interrupt(sig)
		x.endedWell()
		if x.logged("level=ERROR") || x.logged("work failed") {
			t.Errorf("after %s:\n%s", sig, x.log)
		}
	}
}

// playHangup sends SIGHUP, which ends most programs.
func playHangup(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	check(t, x.daemon.Process.Signal(syscall.SIGHUP))
	x.until("the daemon still answers", func(ctx context.Context) bool {
		_, err := x.client.Status(ctx)
		return err == nil
	})
	x.interrupt(syscall.SIGTERM)
	x.endedWell()
	if !x.logged("level=WARN", "signal ignored", "SIGHUP") {
		t.Errorf("the log:\n%s", x.log)
	}
}
