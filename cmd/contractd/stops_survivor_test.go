package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
)

// survivor is an exchange whose daemon is stopped again and again, and started again each time.
type survivor struct {
	*exchange
	box   *letterbox // Of the supplier.
	trace string     // Where the daemon writes the points that it passes; empty: nowhere.

	patience time.Duration // How long anything may take across all stops.

	lives  atomic.Int64 // How often the daemon was started.
	killed atomic.Int64 // How often it was killed, by itself at a point or by us.
	ahead  atomic.Int64 // How far the daemon's clock goes ahead, in nanoseconds.
}

// life is how one run of the daemon goes.
type life struct {
	orders string        // For its failpoints.
	lasts  time.Duration // It is ended after so long; 0: only by itself.
	polite bool          // Ended as a service manager does, not killed.
	leap   time.Duration // How far its clock goes ahead of that of the life before.
}

// usualLeap lets what a stopped attempt left waiting be due again.
const usualLeap = 3 * time.Minute

// buildWithPoints builds the binary that has failpoints.
func buildWithPoints(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "contractd-failpoints")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-tags", "failpoints", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build contractd with failpoints: %v\n%s", err, out)
	}
	return binary
}

// newSurvivor makes a company whose mail program has the first post, while the supplier and we look at the second one:
// what disturbs the company's connections does not disturb those who watch. Every document is a file of its own.
func newSurvivor(t *testing.T, h *hall, binary string, through, direct post) *survivor {
	t.Helper()
	armed := *h
	armed.binary = binary
	s := &survivor{exchange: newExchangeOver(t, &armed, through, `grace = "0s"`), box: newLetterbox(direct), patience: patience}
	x := s.exchange
	x.post = direct
	var err error
	x.tsa, err = testca.NewTSA(h.ca, testca.P256, func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) })
	check(t, err)
	authority := httptest.NewServer(x.tsa)
	t.Cleanup(authority.Close)
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	text := strings.NewReplacer(
		`data_dir = "data"`, "data_dir = \"data\"\ninline_max = \"1KiB\"",
		"image = \"seal.png\"\nx = 80\nsize = 20", "visible = false", `image = "seal.png"`, "visible = false",
		"[mail.smtp]", "[mail.smtp]\ntimeout = \"2s\"",
	).Replace(string(config))
	text = regexp.MustCompile(`(?m)^urls = .*$`).ReplaceAllString(text, fmt.Sprintf("urls = [%q]", authority.URL))
	x.write("contractd.toml", []byte(text+"\n[notify]\nmanagers = [\""+otherMail+"\"]\n"))
	x.client = api.Dial(x.path("data/contractd.sock"), "")
	t.Cleanup(func() { check(t, x.client.Close()) })
	return s
}

// live starts the daemon for one life and returns how that ended. An end that nobody ordered is an error.
func (s *survivor) live(ctx context.Context, l life) error {
	if l.leap == 0 {
		l.leap = usualLeap
	}
	ahead := time.Duration(s.ahead.Add(int64(l.leap)))
	s.lives.Add(1)
	var log bytes.Buffer
	cmd := exec.Command(s.hall.binary, "serve")
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &log, &log
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "CONTRACTD_FAILPOINTS="+l.orders,
		"CONTRACTD_FAILPOINT_TRACE="+s.trace, "CONTRACTD_CLOCK_AHEAD="+ahead.String())
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err := s.end(ctx, cmd, ended, l)
	if *soakLog != "" {
		err = errors.Join(err, s.keep(fmt.Sprintf("=== life %d, ordered %q, clock ahead by %v: %v\n%s", s.lives.Load(), l.orders, ahead, err, log.String())))
	}
	if err != nil {
		return fmt.Errorf("life %d of the daemon, ordered %q: %w; its log:\n%s", s.lives.Load(), l.orders, err, tailOf(log.String()))
	}
	return nil
}

// keep adds to the log that a person reads when a soak has found something.
func (s *survivor) keep(text string) error {
	file, err := os.OpenFile(*soakLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// end waits for the end that was ordered, or brings it.
func (s *survivor) end(ctx context.Context, cmd *exec.Cmd, ended <-chan error, l life) error {
	var over <-chan time.Time
	if l.lasts > 0 {
		timer := time.NewTimer(l.lasts)
		defer timer.Stop()
		over = timer.C
	}
	polite := l.polite
	select {
	case err := <-ended:
		if !bySignal(err, syscall.SIGKILL) {
			return fmt.Errorf("it ended by itself: %v", err)
		}
		s.killed.Add(1)
		return nil
	case <-over:
	case <-ctx.Done():
		polite = true
	}
	if polite {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		if err := <-ended; err != nil && !bySignal(err, syscall.SIGKILL) { // Its point may have come while it drained.
			return fmt.Errorf("it did not drain: %w", err)
		}
		return nil
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := <-ended; !bySignal(err, syscall.SIGKILL) {
		return fmt.Errorf("it ended by itself: %v", err)
	}
	s.killed.Add(1)
	return nil
}

func bySignal(err error, signal syscall.Signal) bool {
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return false
	}
	status, ok := failed.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}

func tailOf(log string) string { return log[max(0, len(log)-4000):] }

// calm lives on without further stops until the context ends; each life's clock leaps, so that what waits for hours is
// due.
func (s *survivor) calm(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.live(ctx, life{lasts: 8 * time.Second, polite: true, leap: 30 * time.Minute}); err != nil {
			return err
		}
	}
	return nil
}

// insist tries until it is done. What an attempt's error says does not matter before that: the daemon may just be dead.
func (s *survivor) insist(ctx context.Context, what string, attempt func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		limited, release := context.WithTimeout(ctx, 15*time.Second)
		done, err := attempt(limited)
		release()
		if done {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w; the last try: %w", what, ctx.Err(), err)
		}
	}
}
