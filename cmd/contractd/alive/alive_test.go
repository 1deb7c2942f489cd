package alive_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"contractd/cmd/contractd/alive"
)

func TestALoopThatGivesNoSignIsFound(t *testing.T) {
	now := time.Unix(0, 0)
	w := &alive.Watch{Now: func() time.Time { return now }}
	intake, judge := w.Pulse("intake", time.Hour), w.Pulse("judge", time.Minute)
	after := func(step time.Duration, want ...string) {
		t.Helper()
		now = now.Add(step)
		if hung := w.Hung(); !slices.Equal(hung, want) {
			t.Errorf("at %s: %v hang, want %v", now.UTC(), hung, want)
		}
	}
	after(time.Minute)
	after(time.Second, "judge")
	judge.Beat()
	after(time.Minute)
	judge.Rest(10 * time.Minute)
	after(11 * time.Minute)
	after(time.Second, "judge")
	if ages := w.Ages(); fmt.Sprint(ages) != "map[intake:13m2s judge:11m1s]" {
		t.Errorf("ages %v", ages)
	}
	after(time.Hour, "intake", "judge")
	judge.End()
	intake.Beat()
	after(time.Minute)
	var none *alive.Pulse
	none.Beat()
	none.Rest(time.Second)
	none.End()
}

func TestTheServiceManagerIsTold(t *testing.T) {
	for kind, name := range map[string]string{
		"path": filepath.Join(t.TempDir(), "notify"), "abstract": fmt.Sprintf("@contractd-test-%d", os.Getpid()),
	} {
		t.Run(kind, func(t *testing.T) {
			conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() // Nobody else has it.
			t.Setenv("NOTIFY_SOCKET", name)
			t.Setenv("WATCHDOG_USEC", "3000000")
			t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
			m, err := alive.FromEnvironment()
			if err != nil || m.Interval != 1500*time.Millisecond {
				t.Fatalf("interval %s, %v", m.Interval, err)
			}
			for want, tell := range map[string]func() error{
				"READY=1": m.Ready, "STOPPING=1": m.Stopping, "WATCHDOG=1": m.Alive,
				"STATUS=信件 2 READY=1": func() error { return m.Status("信件 2\nREADY=1") },
			} {
				if err := tell(); err != nil {
					t.Fatal(err)
				}
				buffer := make([]byte, 100)
				n, err := conn.Read(buffer)
				if got := string(buffer[:n]); got != want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
		})
	}
}

func TestWithoutAServiceManagerNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	m, err := alive.FromEnvironment()
	if err != nil || m.Interval != 0 || m.Ready() != nil || m.Status("x") != nil {
		t.Errorf("%+v, %v", m, err)
	}
	t.Setenv("WATCHDOG_USEC", "soon")
	if _, err := alive.FromEnvironment(); err == nil {
		t.Error("an interval that is no number is taken")
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	if err := m.Ready(); err == nil {
		t.Error("that nobody listens is not told")
	}
}
