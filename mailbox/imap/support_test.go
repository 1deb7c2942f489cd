package imap_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

const (
	user   = "contracts@example.com"
	secret = "s3cret-授权码"
)

// start serves one user, and makes sure that nothing is left running behind the test.
func start(t testing.TB, faults mailserver.Faults) *mailserver.Server {
	t.Helper()
	before := runtime.NumGoroutine()
	server, err := mailserver.Start(t.Context(), mailserver.Options{
		Users: []mailserver.User{{Address: user, Password: secret}}, Faults: faults,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
		noLeak(t, before)
	})
	return server
}

// noLeak waits until as many goroutines run as before.
func noLeak(t testing.TB, before int) {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

// account describes the server's user, over TLS, with short deadlines.
func account(server *mailserver.Server) imap.Account {
	return imap.Account{
		Name: "main", Host: server.IMAPS.Host, Port: server.IMAPS.Port, TLS: server.TLS(),
		User: user, Password: func() (string, error) { return secret, nil },
		Shelves:       map[workflow.Shelf]string{workflow.ShelfArchived: "已归档", workflow.ShelfReview: "Review"},
		FromBeginning: true, Idle: true,
		AnswerTimeout: 5 * time.Second,
		Pause:         func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func open(t testing.TB, account imap.Account) *imap.Mailbox {
	t.Helper()
	mailbox, err := imap.New(account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mailbox.Close(); err != nil {
			t.Errorf("close mailbox: %v", err)
		}
	})
	return mailbox
}

// intake stands for workflow/inbound: it commits what came whole, and moves the cursor.
type intake struct {
	cursor  workflow.Cursor
	raw     [][]byte
	places  []workflow.Place
	skipped []workflow.Incoming
}

func (i *intake) take(_ context.Context, message workflow.Incoming, raw io.Reader) error {
	if raw == nil {
		i.skipped = append(i.skipped, message)
		i.move(message)
		return nil
	}
	content, err := io.ReadAll(raw)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if int64(len(content)) != message.Size {
		return fmt.Errorf("got %d bytes, announced were %d", len(content), message.Size)
	}
	i.raw = append(i.raw, content)
	i.places = append(i.places, message.Place)
	i.move(message)
	return nil
}

func (i *intake) move(message workflow.Incoming) {
	i.cursor.UIDValidity, i.cursor.UID = message.UIDValidity, message.UID
}

// pass starts where the mailbox says on the first call, and goes on from the cursor later.
func (i *intake) pass(ctx context.Context, mailbox *imap.Mailbox) error {
	if i.cursor.UIDValidity == 0 {
		cursor, err := mailbox.Start(ctx)
		if err != nil {
			return err
		}
		i.cursor = cursor
	}
	return mailbox.Fetch(ctx, i.cursor, i.take)
}

// passes repeats until nothing fails, at most so many times, and returns the failures.
func (i *intake) passes(t *testing.T, mailbox *imap.Mailbox, most int) []error {
	t.Helper()
	var failures []error
	for range most {
		err := i.pass(t.Context(), mailbox)
		if err == nil {
			return failures
		}
		if !errors.Is(err, workflow.ErrTemporary) {
			t.Fatalf("not temporary: %v", err)
		}
		failures = append(failures, err)
	}
	t.Fatalf("still failing after %d passes: %v", most, errors.Join(failures...))
	return nil
}

func (i *intake) check(t *testing.T, want ...[]byte) {
	t.Helper()
	if len(i.raw) != len(want) {
		t.Fatalf("took %d messages, want %d", len(i.raw), len(want))
	}
	for n := range want {
		if !bytes.Equal(i.raw[n], want[n]) {
			t.Errorf("message %d: got %d bytes %.80q, want %d bytes %.80q", n, len(i.raw[n]), i.raw[n], len(want[n]), want[n])
		}
	}
}

// letter makes a message of about so many bytes with a fixed Message-ID.
func letter(id string, size int) []byte {
	head := fmt.Sprintf("From: a@example.com\r\nSubject: =?utf-8?b?5ZCI5ZCM?= %s\r\nMessage-ID: <%s@example.com>\r\n\r\n", id, id)
	line := strings.Repeat("x", 70) + "\r\n"
	return []byte(head + strings.Repeat(line, max(0, size-len(head))/len(line)+1))
}

func deliver(t testing.TB, server *mailserver.Server, messages ...[]byte) {
	t.Helper()
	for _, raw := range messages {
		if err := server.Deliver(user, raw); err != nil {
			t.Fatal(err)
		}
	}
}

func document(raw []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: sha256.Sum256(raw), Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)}
}

// journal is a log that several goroutines may write to.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
