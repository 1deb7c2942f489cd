//go:build linux

package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"contractd/store/space/spacetest"
	"contractd/workflow"
)

// playTooSmallADisk uploads more than fits, beside a daemon and without one; what fits goes on.
func playTooSmallADisk(t *testing.T, h *hall) {
	x := newOnDisk(t, h)
	x.register()
	x.write("T-1.pdf", append(bytes.Clone(h.draft), make([]byte, 20*mib)...))
	x.disk.Fill(12 * mib)
	for _, daemon := range []bool{false, true} {
		if daemon {
			x.serve()
		}
		before := x.disk.Free()
		x.refused(1, "no room on the disk", "send", "T-1.pdf", "--to", supplierName, "--number", "T-1")
		if after := x.disk.Free(); before-after > mib {
			t.Errorf("beside a daemon %v: %d bytes are lost", daemon, before-after)
		}
	}
	var recorded []workflow.Contract
	x.record(&recorded, "archive", "query")
	if len(recorded) != 0 {
		t.Errorf("%d contracts were recorded", len(recorded))
	}
	x.send("T-2")
	x.reach("T-2", workflow.StateSent)
	x.stop()
	x.do("archive", "check")
}

// playStartWithoutRoom starts where there is no room: with a store it serves and waits, without one it says so.
func playStartWithoutRoom(t *testing.T, h *hall) {
	x := newOnDisk(t, h)
	x.disk.Fill(0)
	x.refused(1, "no room on the disk", "serve")
	x.disk.Empty()
	x.register()
	x.disk.Fill(0)
	x.serve()
	x.level("none")
	x.do("supplier", "show", supplierName)
	x.disk.Empty()
	x.level("enough")
	x.send("S-1")
	x.reach("S-1", workflow.StateSent)
	x.stop()
	if got := x.said("disk takes no writes"); got != 1 {
		t.Errorf("the log says it %d times:\n%s", got, x.log)
	}
	check(t, x.disk.Remount("ro"))
	for _, verb := range []string{"serve", "status"} {
		done := x.refused(1, "read-only file system", verb)
		if !strings.Contains(done.stderr, "make it writable") {
			t.Errorf("%s says\n%s", verb, done.stderr)
		}
	}
	check(t, x.disk.Remount("rw"))
	x.do("archive", "check")
}

// playBackupWithoutRoom writes a backup where it does not fit: nothing stands there afterwards.
func playBackupWithoutRoom(t *testing.T, h *hall) {
	x := newOnDisk(t, h)
	x.register()
	x.send("B-1")
	target := spacetest.New(t, 256<<10)
	for _, daemon := range []bool{false, true} {
		if daemon {
			x.serve()
		}
		path := filepath.Join(target.Dir, "contractd.tar")
		x.refused(1, "no space left", "backup", path)
		if left, err := os.ReadDir(target.Dir); err != nil || len(left) != 0 {
			t.Errorf("beside a daemon %v: left %v, %v", daemon, left, err)
		}
	}
	x.stop()
}
