package main_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// playServiceManager listens as systemd does.
func playServiceManager(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	notify := filepath.Join(t.TempDir(), "notify") // A short path, whatever the exchange's is.
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	check(t, err)
	t.Cleanup(func() { conn.Close() }) // Nobody else has it.
	heard := func(want string) {
		t.Helper()
		check(t, conn.SetReadDeadline(time.Now().Add(patience)))
		buffer := make([]byte, 4096)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				t.Fatalf("%q was not said: %v", want, err)
			}
			if strings.HasPrefix(string(buffer[:n]), want) {
				return
			}
		}
	}
	x.serveWith("NOTIFY_SOCKET="+notify, "WATCHDOG_USEC=200000")
	heard("READY=1")
	heard("WATCHDOG=1")
	heard("STATUS=serves; contracts sent 0")
	heard("WATCHDOG=1")
	check(t, x.daemon.Process.Signal(syscall.SIGTERM))
	heard("STOPPING=1")
	x.endedWell()
	x.serveWith("NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "nobody"))
	x.interrupt(syscall.SIGTERM)
	x.endedWell()
	if !x.logged("level=WARN", "service manager not told") {
		t.Errorf("the log:\n%s", x.log)
	}
}

// playStatusCheck asks as a monitoring system does: one line, and an exit code.
func playStatusCheck(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	asked := func(code int, texts ...string) {
		t.Helper()
		done := x.run("status", "--check")
		if done.code != code || done.stderr != "" || strings.Count(done.stdout, "\n") != 1 {
			t.Errorf("status --check ended with %d, want %d\n%s%s", done.code, code, done.stdout, done.stderr)
		}
		for _, text := range texts {
			if !strings.Contains(done.stdout, text) {
				t.Errorf("%q is not said: %s", text, done.stdout)
			}
		}
	}
	asked(1, "ALARM 警报", "no daemon runs")
	x.serve()
	x.register()
	asked(0, "ok 正常", "letters waiting 0")
	x.write("pin", []byte("wrong\n"))
	x.refused(7, "PIN", x.order("W-1")...)
	asked(1, "1 contracts wait", "key org is suspended")
	table := x.do("status")
	for _, text := range []string{"DAEMON", "running", "ALARM 警报", "waiting 等待", "W-1: key org", "mailbox read 收信", "disk 磁盘"} {
		if !strings.Contains(table, text) {
			t.Errorf("status does not say %q:\n%s", text, table)
		}
	}
	var told struct {
		OK     bool
		Alarms []string
	}
	done := x.run("status", "--check", "--json")
	x.unmarshal(done.stdout, &told)
	if done.code != 1 || told.OK || len(told.Alarms) != 2 {
		t.Errorf("as JSON, code %d: %+v", done.code, told)
	}
	x.refused(2, "--check is about the daemon", "status", "W-1", "--check")
	x.refused(2, "no-such.toml", "--config", "no-such.toml", "status", "--check")
	x.stop()
	asked(1, "no daemon runs", "1 contracts wait")
}

// playTakenPort starts the daemon where something else listens already.
func playTakenPort(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, taken.Close()) })
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", append(config, "\n[metrics]\nlisten = \""+taken.Addr().String()+"\"\n"...))
	x.refused(2, "open the metrics", "serve")
	if x.hasSocket() {
		t.Error("the socket was left behind")
	}
	x.write("contractd.toml", append(config, "\n[metrics]\nlisten = \"0.0.0.0:9750\"\n"...))
	if done := x.run("serve"); done.code != 2 || !strings.Contains(done.stderr, "metrics.listen: is for loopback addresses only") {
		t.Errorf("serve ended with %d\n%s", done.code, done.stderr)
	}
}
