package main_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
)

// TestOperations plays what those do who run the daemon: they stop it in the middle of something, watch it, read its log.
func TestOperations(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"stopped while mailing":   playStoppedWhileMailing,
		"stopped while sealing":   playStoppedWhileSealing,
		"stopped while uploading": playStoppedWhileUploading,
		"stopped while idle":      playStoppedWhileIdle,
		"aborted":                 playAborted,
		"hangup":                  playHangup,
		"service manager":         playServiceManager,
		"status":                  playStatusCheck,
		"log and metrics":         playLogAndMetrics,
		"taken port":              playTakenPort,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

// serveWith starts the daemon with more in its environment.
func (x *exchange) serveWith(environment ...string) {
	x.Helper()
	x.log = &bytes.Buffer{}
	x.daemon = x.command("serve")
	x.daemon.Env = append(x.daemon.Env, environment...)
	x.daemon.Stdout, x.daemon.Stderr = x.log, x.log
	check(x.T, x.daemon.Start())
	x.client = api.Dial(x.path("data/contractd.sock"), "")
	x.until("the daemon answers", func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Daemon
	})
}

// interrupt begins to stop the daemon, and returns when it has heard: the socket is the first to go.
func (x *exchange) interrupt(sig os.Signal) {
	x.Helper()
	check(x.T, x.daemon.Process.Signal(sig))
	x.until("the daemon begins to end", func(context.Context) bool { return !x.hasSocket() })
}

func (x *exchange) hasSocket() bool {
	x.Helper()
	_, err := os.Lstat(x.path("data/contractd.sock"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.Fatal(err)
	}
	return err == nil
}

// ended waits for the daemon's end and returns its exit code.
func (x *exchange) ended() int {
	x.Helper()
	watchdog := time.AfterFunc(patience, func() { x.daemon.Process.Signal(syscall.SIGQUIT) }) // Its log then tells where it hangs.
	defer watchdog.Stop()
	err := x.daemon.Wait()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		x.Fatal(err)
	}
	code := x.daemon.ProcessState.ExitCode()
	x.daemon = nil
	if x.hasSocket() && code == 0 {
		x.Error("the socket was left behind")
	}
	return code
}

// endedWell expects a daemon that was drained, and a store without a fault.
func (x *exchange) endedWell() {
	x.Helper()
	if code := x.ended(); code != 0 {
		x.Errorf("serve ended with %d\n%s", code, x.log)
	}
	check(x.T, x.client.Close())
	x.do("archive", "check")
}

// logged reports whether the log of an ended daemon has all of the texts in one line.
func (x *exchange) logged(texts ...string) bool {
	for line := range strings.Lines(x.log.String()) {
		has := true
		for _, text := range texts {
			has = has && strings.Contains(line, text)
		}
		if has {
			return true
		}
	}
	return false
}
