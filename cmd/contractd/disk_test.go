//go:build linux

package main_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"contractd/store/space/spacetest"
	"contractd/workflow"
)

// TestDisk plays what a disk does to a company: it fills up, it is too small, it takes no writes, it is slow.
func TestDisk(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"full":      playFullDisk,
		"episodes":  playEpisodes,
		"too small": playTooSmallADisk,
		"start":     playStartWithoutRoom,
		"refuses":   playRefusingDisk,
		"slow":      playSlowDisk,
		"backup":    playBackupWithoutRoom,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

const mib = 1 << 20

// onDisk is an exchange whose data folder is a link to a small disk.
type onDisk struct {
	*exchange
	disk *spacetest.Disk
}

// newOnDisk makes a disk of 32 MiB, of which a reserve of 8 MiB and a minimum of 1 MiB are kept.
func newOnDisk(t *testing.T, h *hall) *onDisk {
	t.Helper()
	disk := spacetest.New(t, 32*mib)
	check(t, os.Mkdir(filepath.Join(disk.Dir, "data"), 0o700))
	x := &onDisk{newExchange(t, h, "[disk]\nreserve = \"8MiB\"\nminimum = \"1MiB\"\n[notify]\nmanagers = [\"王芳 <"+otherMail+">\"]\n"), disk}
	check(t, os.Symlink(filepath.Join(disk.Dir, "data"), x.path("data")))
	return x
}

// level waits until the daemon says so of the disk.
func (x *exchange) level(want string) {
	x.Helper()
	x.until("disk is "+want, func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Disk != nil && health.Disk.Level == want
	})
}

// said counts the lines of the daemon's log that hold a text. The daemon must have ended.
func (x *exchange) said(text string) int { return strings.Count(x.log.String(), text) }

// playFullDisk fills the disk while contracts return, first below the reserve, then to the last byte.
func playFullDisk(t *testing.T, h *hall) {
	x := newOnDisk(t, h)
	x.serve()
	x.register()
	returned := map[string][]byte{}
	for _, number := range []string{"F-1", "F-2", "F-3"} {
		x.send(number)
		x.reach(number, workflow.StateSent)
	}
	x.disk.Fill(5 * mib)
	x.level("low")
	for _, number := range []string{"F-1", "F-2"} {
		l := x.receivedAbout(number, 1)
		returned[number] = x.countersign(l.pdf)
		x.answer(l, attached, returned[number])
	}
	x.write("F-4.pdf", x.draftOf("F-4"))
	x.refused(1, "no room on the disk", x.order("F-4")...)
	x.do("withdraw", "F-3", "--reason", "数量有误", "--yes") // Small, and its letter leaves.
	x.receivedAbout("F-3", 2)
	told := x.read(x.mail(otherMail, "INBOX", 1)[0])
	if !strings.Contains(told.Subject, "磁盘空间不足") {
		t.Errorf("managers read %q", told.Subject)
	}
	if line := x.run("status", "--check"); line.code != 1 || !strings.Contains(line.stdout, "little room") {
		t.Errorf("status --check ended with %d: %s", line.code, line.stdout)
	}
	x.disk.Fill(0)
	x.level("none")
	x.refused(1, "no room on the disk", "supplier", "edit", supplierName, "--name", "改名")
	x.refused(1, "no room on the disk", x.order("F-4")...)
	if said := x.do("status"); !strings.Contains(said, "none") || !strings.Contains(said, "takes no writes") {
		t.Errorf("status says\n%s", said)
	}
	if said := x.run("doctor"); said.code == 0 || !strings.Contains(said.stdout, "disk: 0 bytes free") {
		t.Errorf("doctor ended with %d\n%s", said.code, said.stdout)
	}
	x.untouched(2)
	freed := time.Now()
	x.disk.Empty()
	for number, file := range returned {
		x.checkArchived(number, file)
		if story := x.reach(number, workflow.StateArchived); story.Receipts[0].Judged.Before(freed) {
			t.Errorf("contract %s was judged while the disk was full", number)
		}
	}
	x.send("F-4")
	x.reach("F-4", workflow.StateSent)
	x.level("enough")
	x.do("archive", "check")
	x.stop()
	x.checkToldOnce()
}

// untouched expects so many messages in the inbox, as they came, and none of them in the store.
func (x *exchange) untouched(n int) {
	x.Helper()
	health, err := x.client.Status(x.Context())
	check(x.T, err)
	if len(health.Inbox) > 0 {
		x.Errorf("messages were fetched: %v", health.Inbox)
	}
	left := x.post.local.Messages(houseMail, "INBOX")
	if len(left) != n {
		x.Errorf("%d messages lie in the inbox, want %d", len(left), n)
	}
	for _, message := range left {
		if len(message.Flags) > 0 {
			x.Errorf("message %d is marked: %v", message.UID, message.Flags)
		}
	}
}

// checkToldOnce reads the log of an episode: one line for each change, none for each attempt; and one mail.
func (x *onDisk) checkToldOnce() {
	x.Helper()
	for text, want := range map[string]int{
		"disk has little room": 1, "disk takes no writes": 1, "disk has room again": 1, "hint=\"free room": 2, "work failed": 0, "panic": 0,
	} {
		if got := x.said(text); got != want {
			x.Errorf("the log says %d times %q, want %d:\n%s", got, text, want, x.log)
		}
	}
	if mails := x.mail(otherMail, "INBOX", 1); len(mails) != 1 {
		x.Errorf("the managers got %d mails", len(mails))
	}
	if left, err := filepath.Glob(x.path("data/spool/*")); err != nil || len(left) > 0 {
		x.Errorf("left in the spool: %v, %v", left, err)
	}
	if left, err := filepath.Glob(x.path("data/documents/tmp/*")); err != nil || len(left) > 0 {
		x.Errorf("left of documents: %v, %v", left, err)
	}
}

// playEpisodes restarts the daemon within an episode, and begins another one: managers are told of each once.
func playEpisodes(t *testing.T, h *hall) {
	x := newOnDisk(t, h)
	x.serve()
	x.disk.Fill(5 * mib)
	x.mail(otherMail, "INBOX", 1)
	x.stop()
	x.serve()
	x.level("low")
	x.disk.Fill(8*mib + mib/2) // More than the reserve, less than what ends an episode.
	x.level("low")
	begun := x.entries()
	x.disk.Empty()
	x.until("the end of the episode is recorded", func(context.Context) bool { return x.entries() > begun })
	x.disk.Fill(5 * mib)
	if mails := x.mail(otherMail, "INBOX", 2); len(mails) != 2 {
		t.Errorf("the managers got %d mails about two episodes", len(mails))
	}
	x.stop()
	if said := x.said("disk has little room"); said != 2 {
		t.Errorf("the second daemon says %d times that there is little room:\n%s", said, x.log)
	}
	x.do("archive", "check")
}

// entries counts the journal.
func (x *exchange) entries() int {
	x.Helper()
	found := regexp.MustCompile(`(\d+) journal entries`).FindStringSubmatch(x.do("archive", "check"))
	if found == nil {
		x.Fatal("archive check does not count the journal")
	}
	n, err := strconv.Atoi(found[1])
	check(x.T, err)
	return n
}
