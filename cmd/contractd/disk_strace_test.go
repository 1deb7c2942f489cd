//go:build linux

package main_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"contractd/workflow"
)

// tamper lets system calls of the daemon fail or wait, as strace's -e inject says, until the returned function is called.
func (x *exchange) tamper(args ...string) (end func()) {
	x.Helper()
	needPart(x.T, "strace")
	strace := exec.CommandContext(x.Context(), "strace", append([]string{"-f", "-o", "/dev/null", "-p", fmt.Sprint(x.daemon.Process.Pid)}, args...)...)
	said, err := strace.StderrPipe()
	check(x.T, err)
	check(x.T, strace.Start())
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(line, "attached") {
		if os.Getenv("CI") != "" {
			x.Fatalf("strace: %q, %v", line, err)
		}
		x.Skipf("the right to trace is missing: %q", line)
	}
	read := make(chan error, 1)
	go func() { _, err := lines.WriteTo(discard{}); read <- err }()
	return func() {
		x.Helper()
		check(x.T, strace.Process.Signal(syscall.SIGINT)) // It detaches.
		select {
		case err := <-read:
			check(x.T, err)
		case <-time.After(patience):
			check(x.T, strace.Process.Kill())
			x.Error("strace does not detach")
		}
		if err := strace.Wait(); err != nil && strace.ProcessState.ExitCode() > 0 {
			x.Errorf("strace: %v", err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// playRefusingDisk makes the database read-only under the daemon, as ext4 does after an error of the disk: statfs tells
// nothing of it. The kernel refuses to remount a disk that is written to, so the calls are made to fail.
func playRefusingDisk(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("E-1")
	x.reach("E-1", workflow.StateSent)
	l := x.receivedAbout("E-1", 1)
	returned := x.countersign(l.pdf)
	end := x.tamper("-P", x.path("data/contractd.db"), "-P", x.path("data/.probe"), "-e", "inject=pwrite64,ftruncate,openat:error=EROFS")
	x.refused(1, "no room on the disk", "supplier", "edit", supplierName, "--name", "改名")
	x.answer(l, attached, returned)
	x.level("none")
	if said := x.do("status"); !strings.Contains(said, "read-only file system") {
		t.Errorf("status says\n%s", said)
	}
	x.untouched(1)
	end()
	x.level("enough")
	x.checkArchived("E-1", returned)
	x.do("supplier", "edit", supplierName, "--name", "改名")
	x.do("archive", "check")
	x.stop()
	if refused, back := x.said("disk takes no writes"), x.said("disk has room again"); refused != 1 || back != 1 || x.said("work failed") > 1 {
		t.Errorf("the log tells %d times of the fault, %d times of its end:\n%s", refused, back, x.log)
	}
}

// playSlowDisk confirms each write a third of a second late. Nothing may be given up, done twice, or taken for a hang.
func playSlowDisk(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	signs := x.serviceManager(t, 3*time.Second)
	x.serve()
	x.register()
	end := x.tamper("-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=300000")
	before := signs.Load()
	x.send("L-1")
	x.reach("L-1", workflow.StateSent)
	l := x.receivedAbout("L-1", 1)
	returned := x.countersign(l.pdf)
	x.answer(l, attached, returned)
	x.checkArchived("L-1", returned)
	asking, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range 5 {
		if _, err := x.client.Story(asking, "L-1"); err != nil {
			t.Error(err)
		}
	}
	x.until("a sign of life", func(context.Context) bool { return signs.Load() > before })
	end()
	x.stop()
	for _, alarm := range []string{"hangs", "does not answer", "work failed", "not judged", "not delivered"} {
		if x.said(alarm) > 0 {
			t.Errorf("%q is said in\n%s", alarm, x.log)
		}
	}
	if letters := x.mail(supplierMail, "INBOX", 2); len(letters) != 2 {
		t.Errorf("the supplier got %d letters", len(letters))
	}
	if filed := x.mail(houseMail, "合同已归档", 1); len(filed) != 1 {
		t.Errorf("%d messages are filed", len(filed))
	}
	x.do("archive", "check")
}

// serviceManager listens as systemd does, and counts the signs of life.
func (x *exchange) serviceManager(t *testing.T, within time.Duration) *atomic.Int64 {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: x.path("notify"), Net: "unixgram"})
	check(t, err)
	t.Cleanup(func() { conn.Close() }) // Ends the loop below.
	signs := new(atomic.Int64)
	go func() {
		for text := make([]byte, 4096); ; {
			n, err := conn.Read(text)
			if err != nil {
				return
			}
			if strings.Contains(string(text[:n]), "WATCHDOG=1") {
				signs.Add(1)
			}
		}
	}()
	x.environment = append(x.environment, "NOTIFY_SOCKET="+x.path("notify"), fmt.Sprint("WATCHDOG_USEC=", within.Microseconds()))
	return signs
}
