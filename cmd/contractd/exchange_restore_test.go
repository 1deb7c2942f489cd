package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"contractd/store/backup"
	"contractd/workflow"
)

func playRestored(t *testing.T, h *hall) { newExchange(t, h, "").loseAndRestore() }

// playRestoredReal restores over Dovecot, which keeps the dates of messages that are filed as the standard wants it.
func playRestoredReal(t *testing.T, h *hall) { newExchangeOver(t, h, realPost(t), "").loseAndRestore() }

// loseAndRestore backs up beside a working daemon, loses the disk with all that came later, and goes on from the backup.
func (x *exchange) loseAndRestore() {
	x.Helper()
	x.keepFiles()
	x.serve()
	x.register()
	x.send("B-1")
	x.reach("B-1", workflow.StateSent)
	x.send("B-2", "--hold")
	var made struct{ Sequence uint64 }
	x.record(&made, "backup", "b.tar")
	if info, err := os.Stat(x.path("b.tar")); err != nil || info.Mode().Perm() != 0o600 || made.Sequence == 0 {
		x.Errorf("the backup: %v, %v, entry %d", info, err, made.Sequence)
	}
	x.refused(6, "b.tar", "backup", "b.tar")

	// What happens now is lost: a return is archived, confirmed and filed away, a held contract leaves.
	l := x.receivedAbout("B-1", 1)
	returned := x.countersign(l.pdf)
	x.answer(l, attached, returned)
	x.checkArchived("B-1", returned)
	x.do("release", "B-2")
	x.reach("B-2", workflow.StateSent)
	second := x.receivedAbout("B-2", 1)
	x.answer(second, attached, x.countersign(second.pdf))
	x.reach("B-2", workflow.StateArchived)
	x.mail(houseMail, "合同已归档", 2)
	x.receivedAbout("B-2", 2)
	x.kill()
	check(x.T, os.Rename(x.path("data"), x.path("lost")))
	letters := x.lying(supplierMail, "INBOX")

	if said := x.do("restore", "b.tar"); !strings.Contains(said, "held") {
		x.Errorf("restore says %q", said)
	}
	if said := x.do("status"); !strings.Contains(said, "restored from the backup") {
		x.Errorf("status says:\n%s", said)
	}
	x.serve()
	x.checkRestored(returned, letters)
	x.releaseRestored(letters)
	x.do("archive", "check")
}

// keepFiles keeps all but the smallest documents as files, beside the database.
func (x *exchange) keepFiles() {
	x.Helper()
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", append([]byte("inline_max = \"1KiB\"\n"), text...))
}

// checkRestored expects the lost returns to be judged again where they were filed, and nothing to leave.
func (x *exchange) checkRestored(returned []byte, letters int) {
	x.Helper()
	for _, number := range []string{"B-1", "B-2"} {
		if story := x.reach(number, workflow.StateArchived); len(story.Receipts) != 1 {
			x.Errorf("contract %s has %d receipts", number, len(story.Receipts))
		}
	}
	if !bytes.Equal(x.bytesOf("B-1", "final"), returned) {
		x.Error("another file is archived than before")
	}
	if said := x.send("B-3"); !strings.Contains(said, "HELD") {
		x.Errorf("send says %q", said)
	}
	x.reach("B-3", workflow.StateSealed)
	if x.lying(supplierMail, "INBOX") != letters || x.lying(houseMail, "合同已归档") != 2 {
		x.Errorf("the held store mailed %d letters; %d messages are filed", x.lying(supplierMail, "INBOX")-letters, x.lying(houseMail, "合同已归档"))
	}
	doctor := x.do("doctor")
	if !strings.Contains(doctor, "warn  hold") {
		x.Errorf("doctor says:\n%s", doctor)
	}
}

// releaseRestored looks at what waits, keeps what was confirmed already, and lets the rest leave.
func (x *exchange) releaseRestored(letters int) {
	x.Helper()
	waiting := x.holdsBack()
	if !waiting.Held || waiting.Hold.Rereads() || strings.Join(waiting.Compare, " ") != "B-1 B-2 B-3" {
		x.Errorf("held %v, read again %v, compare %q", waiting.Held, waiting.Hold.Again, waiting.Compare)
	}
	if shown := x.do("release", "--all", "--dry-run"); !strings.Contains(shown, "is not known here") || !strings.Contains(shown, "confirmed") {
		x.Errorf("shown:\n%s", shown)
	}
	x.refused(5, "B-9", "release", "--all", "--except", "B-9", "--yes")
	x.do("release", "--all", "--except", "B-1", "--except", "B-2", "--yes")
	x.reach("B-3", workflow.StateSent)
	x.receivedAbout("B-3", 1)
	if got := x.lying(supplierMail, "INBOX"); got != letters+1 {
		x.Errorf("%d letters left, want 1", got-letters)
	}
	if said := x.do("status"); strings.Contains(said, "restored") {
		x.Errorf("status says:\n%s", said)
	}
}

// playCopied opens a copied data folder: it is held. A moved one is not.
func playCopied(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	x.send("C-1")
	check(t, os.Rename(x.path("data"), x.path("moved")))
	check(t, os.Rename(x.path("moved"), x.path("data")))
	if said := x.do("status"); strings.Contains(said, "copied") {
		t.Errorf("a moved store counts as copied:\n%s", said)
	}
	check(t, exec.CommandContext(t.Context(), "cp", "-a", x.path("data"), x.path("copy")).Run())
	check(t, os.Rename(x.path("data"), x.path("original")))
	check(t, os.Rename(x.path("copy"), x.path("data")))
	if said := x.do("status"); !strings.Contains(said, "copied or restored") {
		t.Errorf("status of a copy says:\n%s", said)
	}
	x.serve()
	x.reach("C-1", workflow.StateSealed)
	if waiting := x.holdsBack(); !waiting.Held || len(waiting.Letters) != 2 {
		t.Errorf("waiting: %+v", waiting)
	}
	x.do("release", "--all", "--yes")
	x.reach("C-1", workflow.StateSent)
	x.restart()
	if said := x.do("status"); strings.Contains(said, "copied") {
		t.Errorf("held again after its release:\n%s", said)
	}
}

// playBadBackups restores what is not whole, and where something is.
func playBadBackups(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.keepFiles()
	x.register()
	x.send("D-1")
	x.do("backup", "whole.tar")
	whole, err := os.ReadFile(x.path("whole.tar"))
	check(t, err)
	streamed := x.do("backup", "-")
	if _, err := backup.Read(t.Context(), strings.NewReader(streamed), nowhere{}); err != nil {
		t.Errorf("streamed: %v", err)
	}
	x.refused(6, "not empty", "restore", "whole.tar")
	check(t, os.Rename(x.path("data"), x.path("kept")))
	changed := bytes.Clone(whole)
	changed[len(changed)*2/3] ^= 1
	x.write("changed.tar", changed)
	x.write("cut.tar", whole[:len(whole)*2/3])
	x.write("empty.tar", nil)
	x.refused(8, "not whole", "restore", "changed.tar")
	x.refused(8, "not whole", "restore", "cut.tar")
	x.refused(2, "no backup of contractd", "restore", "empty.tar")
	x.refused(2, "no backup of contractd", "restore", "采购合同.pdf")
	x.refused(5, "missing.tar", "restore", "missing.tar")
	entries, err := os.ReadDir(x.path("data"))
	check(t, err)
	for _, entry := range entries {
		if entry.Name() != "lock" {
			t.Errorf("a refused restore left %s", entry.Name())
		}
	}
	check(t, os.MkdirAll(x.path("data/restoring"), 0o700)) // As a power cut leaves it.
	x.refused(6, "did not come to its end", "status")
	x.refused(6, "did not come to its end", "restore", "whole.tar")
	check(t, os.Remove(x.path("data/restoring")))
	check(t, os.Mkdir(x.path("mistaken"), 0o755))
	x.write("mistaken/theirs", nil)
	x.refused(6, "not empty", "restore", "whole.tar", "--into", "mistaken")
	if info, err := os.Stat(x.path("mistaken")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("somebody else's folder was changed: %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(x.path("mistaken/lock")); err == nil {
		t.Error("a lock was left in somebody else's folder")
	}
	var done struct{ Held bool }
	x.record(&done, "restore", "whole.tar", "--into", "elsewhere")
	if !done.Held {
		t.Error("not held")
	}
	piped := x.command("restore", "-", "--into", "piped")
	piped.Stdin = bytes.NewReader(whole)
	if done := x.finish(piped); done.code != 0 {
		t.Errorf("restore from a pipe: %d\n%s", done.code, done.stderr)
	}
	x.do("restore", "whole.tar")
	x.do("archive", "check")
	x.wantSameDocuments(x.path("kept"), x.path("data"))
	var story struct{ Contract workflow.Contract }
	if err := json.Unmarshal([]byte(x.do("show", "D-1", "--json")), &story); err != nil || story.Contract.State != workflow.StateSealed {
		t.Errorf("contract D-1 is %s, %v", story.Contract.State, err)
	}
}

// wantSameDocuments compares the large documents of two data folders.
func (x *exchange) wantSameDocuments(a, b string) {
	x.Helper()
	list := func(dir string) string {
		files, err := filepath.Glob(filepath.Join(dir, "documents", "??", "*"))
		check(x.T, err)
		return strings.ReplaceAll(strings.Join(files, "\n"), dir, "")
	}
	if list(a) != list(b) || list(a) == "" {
		x.Errorf("documents:\n%s\nand\n%s", list(a), list(b))
	}
}

// nowhere is a sink for which reading is enough.
type nowhere struct{}

func (nowhere) Database(_ context.Context, _ workflow.Ref, content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return err
}

func (nowhere) Document(ctx context.Context, ref workflow.Ref, content io.Reader) error {
	return nowhere{}.Database(ctx, ref, content)
}
