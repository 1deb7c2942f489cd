package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"contractd/workflow"
)

// playBadOrders asks for what must be refused before anything is recorded, beside a daemon and without one.
func playBadOrders(t *testing.T, h *hall) {
	x := newExchange(t, h, "number = '[A-Z]-\\d+'")
	x.register()
	x.write("good.pdf", h.draft)
	x.write("empty.pdf", nil)
	x.write("letter.pdf", []byte("尊敬的供应商：见附件。\n"))
	x.write("cut.pdf", h.draft[:len(h.draft)/2])
	encrypted, err := os.ReadFile(filepath.Join(root, "testdata/pdf/encrypted.pdf"))
	check(t, err)
	x.write("encrypted.pdf", encrypted)
	x.write("huge.pdf", h.draft)
	check(t, os.Truncate(x.path("huge.pdf"), 200<<20))
	check(t, os.Mkdir(x.path("folder.pdf"), 0o700))
	x.refuseOrders()
	x.serve()
	x.refuseOrders()
	var recorded []workflow.Contract
	x.record(&recorded, "archive", "query")
	if len(recorded) != 0 {
		t.Errorf("%d contracts were recorded", len(recorded))
	}
	if left, err := filepath.Glob(x.path("data/spool/*")); err != nil || len(left) > 0 {
		t.Errorf("left in the spool: %v, %v", left, err)
	}
	x.send("A-1")
	x.refused(6, "A-1", "send", "good.pdf", "--to", supplierName, "--number", "A-1")
	x.refused(6, supplierName, "supplier", "add", supplierName, "--name", "x", "--mail", supplierMail, "--organization", "x")
	x.refused(2, "mail", "supplier", "add", "nomail", "--name", "x", "--organization", "x")
	x.do("archive", "check")
}

func (x *exchange) refuseOrders() {
	x.Helper()
	for _, bad := range []struct {
		code             int
		text, file, rest string
	}{
		{5, "nobody", "good.pdf", "--to nobody --number A-9"},
		{5, "missing.pdf", "missing.pdf", "--to yangli --number A-9"},
		{2, "folder.pdf", "folder.pdf", "--to yangli --number A-9"},
		{1, "not-a-pdf", "empty.pdf", "--to yangli --number A-9"},
		{1, "not-a-pdf", "letter.pdf", "--to yangli --number A-9"},
		{1, "needs-repair", "cut.pdf", "--to yangli --number A-9"},
		{1, "encrypted", "encrypted.pdf", "--to yangli --number A-9"},
		{1, "more than", "huge.pdf", "--to yangli --number A-9"},
		{2, "number", "good.pdf", "--to yangli"},
		{2, "to", "good.pdf", "--number A-9"},
		{2, "a-9", "good.pdf", "--to yangli --number a-9"},
		{2, "../9", "good.pdf", "--to yangli --number ../9"},
		{2, "12 yuan", "good.pdf", "--to yangli --number A-9 --amount=12\u00a0yuan"},
		{2, "2020-01-01", "good.pdf", "--to yangli --number A-9 --deadline 2020-01-01"},
		{2, "tomorrow", "good.pdf", "--to yangli --number A-9 --deadline tomorrow"},
		{2, "nosuch", "good.pdf", "--nosuch"},
	} {
		args := append([]string{"send", bad.file}, strings.Fields(strings.ReplaceAll(bad.rest, "\u00a0", "\x00"))...)
		for n := range args {
			args[n] = strings.ReplaceAll(args[n], "\x00", " ")
		}
		x.refused(bad.code, bad.text, args...)
	}
}

// playMailServerDown seals while nobody answers on the mail server's port; the letter leaves when somebody does.
func playMailServerDown(t *testing.T, h *hall) {
	real := localPost(t)
	gate := newGate(t, real.smtp)
	through := real
	through.smtp = gate.port
	x := newExchangeOver(t, h, through, "")
	x.serve()
	x.register()
	x.send("M-1")
	story := x.attempted("M-1")
	if story.Contract.State != workflow.StateSealed {
		t.Errorf("the contract is %s", story.Contract.State)
	}
	x.refused(6, "M-1", "unseal", "M-1", "--yes") // Somebody may have got it.
	x.stop()
	x.serve() // A restart forgets nothing and hurries nothing.
	gate.open()
	x.reach("M-1", workflow.StateSent)
	if got := x.mail(supplierMail, "INBOX", 1); len(got) != 1 {
		t.Errorf("%d letters arrived", len(got))
	}
	x.do("archive", "check")
}

// playSecondDaemon starts what must not run twice.
func playSecondDaemon(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.refused(6, "data", "serve")
	x.register() // The first one is unharmed.
	x.kill()
	x.serve() // The socket and the lock that it left decide nothing.
	x.do("supplier", "show", supplierName)
}

// playBadConfiguration expects every fault at once, each with its line.
func playBadConfiguration(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.refused(2, "nowhere.toml", "status", "--config", "nowhere.toml")
	x.refused(2, "nowhere.toml", "serve", "--config", "nowhere.toml")
	x.write("bad.toml", []byte("data_dirr = \"data\"\n[mail.imap]\nport = \"many\"\n[contracts]\ndeadline = \"soon\"\n[seal]\nlevel = \"B-X\"\n"))
	for _, verb := range []string{"serve", "status"} {
		done := x.run(verb, "--config", "bad.toml")
		if done.code != 2 || done.stdout != "" || strings.Count(done.stderr, "error: ") != 1 || strings.Count(done.stderr, "\nhint: ") != 1 {
			t.Errorf("%s ended with %d:\n%s%s", verb, done.code, done.stdout, done.stderr)
		}
		for _, fault := range []string{"bad.toml", "line 1: data_dirr", "line 3: mail.imap.port", "line 5: contracts.deadline", "line 7: seal.level", "company.name", "mail.smtp.host"} {
			if !strings.Contains(done.stderr, fault) {
				t.Errorf("%q is not told:\n%s", fault, done.stderr)
			}
		}
	}
	x.write("broken.toml", []byte("[mail\n"))
	if done := x.run("status", "--config", "broken.toml"); done.code != 2 || !strings.Contains(done.stderr, "line 1") {
		t.Errorf("ended with %d:\n%s", done.code, done.stderr)
	}
	if _, err := os.Stat(x.path("data")); !os.IsNotExist(err) {
		t.Errorf("a data folder was made: %v", err)
	}
}

// playNoPermission runs as a user who may not write where the configuration says.
func playNoPermission(t *testing.T, h *hall) {
	if os.Geteuid() != 0 {
		t.Skip("root rights are missing, to become another user")
	}
	const nobody = 65534
	x := newExchange(t, h, "")
	for _, dir := range []string{x.dir, filepath.Dir(x.dir), filepath.Dir(h.binary), filepath.Dir(filepath.Dir(h.binary))} {
		check(t, os.Chmod(dir, 0o755))
	}
	check(t, os.Chmod(x.path("contractd.toml"), 0o644))
	as := func(args ...string) ended {
		cmd := x.command(args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return x.finish(cmd)
	}
	x.wantRefusal(as("status"), 1, "data", []string{"status", "in a folder that cannot be made"})
	check(t, os.Mkdir(x.path("data"), 0o755))
	x.wantRefusal(as("status"), 6, "belongs to root", []string{"status", "on another's folder"})
	x.wantRefusal(as("serve"), 6, "belongs to root", []string{"serve", "on another's folder"})
	check(t, os.Chown(x.path("data"), nobody, nobody))
	check(t, os.Chmod(x.path("data"), 0o500))
	x.wantRefusal(as("status"), 1, "data", []string{"status", "in a folder that cannot be written"})
	x.wantRefusal(as("serve"), 1, "data", []string{"serve", "in a folder that cannot be written"})
}
