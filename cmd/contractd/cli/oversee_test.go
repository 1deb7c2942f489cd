package cli

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/store/bolt"
	"contractd/store/space"
	"contractd/workflow"
)

// newWatched returns a daemon without services whose store is empty, with a clock of its own.
func newWatched(t *testing.T) (*daemon, *time.Time, *bytes.Buffer) {
	t.Helper()
	now, log := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), &bytes.Buffer{}
	clock := func() time.Time { return now }
	cfg := config.Default()
	cfg.DataDir, cfg.Keys = t.TempDir(), []config.Key{{Name: "org"}}
	opened, err := bolt.Open(t.Context(), bolt.Options{Path: dataPath(cfg, "contractd.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{cfg: cfg, log: slog.New(slog.NewTextHandler(log, nil)), now: clock, ledger: &book{ledger: pointLedger(opened)}, room: roomy(cfg.DataDir)}
	d := &daemon{house: h, started: now}
	d.attend()
	d.watch.Now = clock
	return d, &now, log
}

// roomy is a disk that has room.
func roomy(folder string) *space.Watch {
	return space.New(space.Options{Folders: []string{folder}, Usage: func(string) (space.Usage, error) { return space.Usage{Free: 1 << 40, Files: -1}, nil }})
}

// manager listens as a service manager does and returns what it heard since the last time.
func manager(t *testing.T) (heard func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) // Nobody else has it.
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		var all []string
		buffer := make([]byte, 4096)
		for {
			if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil { // Datagrams are there as soon as they are sent.
				t.Fatal(err)
			}
			n, err := conn.Read(buffer)
			if err != nil {
				return strings.Join(all, "|")
			}
			all = append(all, string(buffer[:n]))
		}
	}
}

// serveVersion answers on the control socket until the returned function is called.
func serveVersion(t *testing.T, d *daemon) (stop func()) {
	t.Helper()
	listener, err := net.Listen("unix", socketPath(d.house.cfg))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: api.Handler(api.Services{Version: "1", Log: d.house.log})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return func() {
		if err := errors.Join(server.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}
}

func TestALoopThatHangsEndsTheSignsOfLife(t *testing.T) {
	d, now, log := newWatched(t)
	heard := manager(t)
	stop := serveVersion(t, d)
	release := make(chan struct{})
	entered := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- d.loop(ctx, loopJudge, nil, func(context.Context) (time.Duration, error) {
			close(entered)
			<-release
			return 0, nil
		})
	}()
	<-entered
	for name, pulse := range d.pulses {
		if name != loopJudge {
			pulse.End()
		}
	}
	d.sign(ctx)
	if said := heard(); !strings.HasPrefix(said, "WATCHDOG=1|STATUS=serves") {
		t.Errorf("while all is well, the service manager hears %q", said)
	}
	*now = now.Add(loopLimits[loopJudge] + time.Second)
	d.sign(ctx)
	if said := heard(); said != "" || !strings.Contains(log.String(), "loop hangs") || !strings.Contains(log.String(), "loops=judge") {
		t.Errorf("while a loop hangs, the service manager hears %q, the log %s", said, log)
	}
	if health, err := d.health(ctx); err != nil || !strings.Contains(strings.Join(health.Alarms, ";"), "the loop judge hangs") {
		t.Errorf("alarms %q, %v", health.Alarms, err)
	}
	cancel()
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	d.sign(t.Context())
	if said := heard(); !strings.HasPrefix(said, "WATCHDOG=1") {
		t.Errorf("after the loop ended on purpose, the service manager hears %q", said)
	}
	stop()
	d.sign(t.Context())
	if said := heard(); said != "" || !strings.Contains(log.String(), "control socket does not answer") {
		t.Errorf("without a control socket, the service manager hears %q", said)
	}
}

func TestAlarmsComeAndGo(t *testing.T) {
	d, now, _ := newWatched(t)
	expect := func(when string, want ...string) {
		t.Helper()
		for _, pulse := range d.pulses {
			pulse.Beat()
		}
		health, err := d.health(t.Context())
		if err != nil || len(health.Alarms) != len(want) {
			t.Fatalf("%s: %q, %v, want %q", when, health.Alarms, err, want)
		}
		for n, text := range want {
			if !strings.Contains(health.Alarms[n], text) {
				t.Errorf("%s: %q, want %q", when, health.Alarms, want)
			}
		}
	}
	apply := func(change workflow.Change) {
		t.Helper()
		if err := d.house.ledger.Apply(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	expect("at first")
	*now = now.Add(20 * time.Minute)
	expect("after twenty minutes")
	*now = now.Add(time.Second)
	expect("and a second", "the mailbox was not read since 2026-11-23T08:00:00Z")
	apply(workflow.Change{
		Cursors:    []workflow.Cursor{{Account: "a", Folder: "INBOX", Polled: *now}},
		Deliveries: []workflow.Delivery{{ID: "d", State: workflow.DeliveryQueued, Next: *now}},
		Keys:       []workflow.KeyRecord{{Name: "org", Suspended: *now}},
	})
	expect("after a look", "key org is suspended")
	*now = now.Add(time.Hour + time.Second)
	apply(workflow.Change{Cursors: []workflow.Cursor{{Account: "a", Folder: "INBOX", Polled: *now}}})
	expect("after an hour", "a letter waits since 2026-11-23T08:20:01Z", "key org is suspended")
	apply(workflow.Change{
		Deliveries: []workflow.Delivery{{ID: "d", Revision: 1, State: workflow.DeliveryAccepted}}, Keys: []workflow.KeyRecord{{Name: "org", Revision: 1}},
	})
	expect("at the end")
	d.trouble.note(t.Context(), errors.New("login refused"))
	if health, err := d.health(t.Context()); err != nil || health.MailboxError != "login refused" {
		t.Errorf("%q, %v", health.MailboxError, err)
	}
	d.trouble.note(t.Context(), nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	d.trouble.note(ended, context.Canceled)
	if text := d.trouble.String(); text != "" {
		t.Errorf("left: %q", text)
	}
}

// TestEveryActHasItsLine reads which actions there are.
func TestEveryActHasItsLine(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../../workflow/journal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		found++
		if _, has := actLines[workflow.Action(strings.Trim(literal.Value, `"`))]; !has {
			t.Errorf("%s has no line in actLines", spec.Names[0].Name)
		}
		return true
	})
	if found < 30 {
		t.Errorf("found only %d actions", found)
	}
}

func TestLogsAreDiscreet(t *testing.T) {
	var text bytes.Buffer
	log := (&env{stderr: &text}).logger(slog.LevelInfo, true)
	log.Warn("letter deferred", "error", errors.New("451 <李雷@例子.测试>: try later; a=b@c.example, 'x'@y"), "account", "contracts@company.example@127.0.0.1", "n", 1)
	tellActs(t.Context(), log, workflow.Change{
		Entries: []workflow.Entry{
			{Actor: "王芳", Action: workflow.ActWithdrawn, Subject: "contract/c1", Details: map[string]string{"reason": "小山", "number": "N-1"}},
			{Actor: "contractd", Action: workflow.ActClaimed, Subject: "delivery/d1"},
		},
		Arrivals: []workflow.Arrival{{ID: "new", State: workflow.ArrivalFiled}, {ID: "moved", Revision: 2, State: workflow.ArrivalFiled}},
	})
	for _, secret := range []string{"李雷", "company", "b@c", "王芳", "小山", "claimed", `"new"`} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("%q is told: %s", secret, text.String())
		}
	}
	for _, told := range []string{"451 <(address)>: try later", `"n":1`, `"contract":"c1"`, `"number":"N-1"`, workflow.Alias("王芳"), `"arrival":"moved"`} {
		if !strings.Contains(text.String(), told) {
			t.Errorf("%q is not told: %s", told, text.String())
		}
	}
	if strings.Count(text.String(), "\n") != 3 {
		t.Errorf("%s", text.String())
	}
}
