package imap_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

// mail.md 1: nothing is confirmed before the command's own end, even when all bytes are there.
func TestMessageIsConfirmedByTheCommand(t *testing.T) {
	for name, end := range map[string]string{"refused": ")\r\nT5 NO expunged\r\n", "cut": ")\r\n"} {
		t.Run(name, func(t *testing.T) {
			var intake intake
			mailbox := open(t, scripted([]byte(listed+"* 1 FETCH (UID 1 BODY[] {5}\r\nhello"+end)))
			if err := mailbox.Fetch(t.Context(), workflow.Cursor{}, intake.take); !errors.Is(err, workflow.ErrTemporary) {
				t.Errorf("got %v", err)
			}
			intake.check(t)
		})
	}
}

// A cursor must not pass a message that is listed later.
func TestListingIsPutInOrder(t *testing.T) {
	script := opened + "* 2 FETCH (UID 9 RFC822.SIZE 1)\r\n* 1 FETCH (UID 4 RFC822.SIZE 1)\r\nT4 OK done\r\n\x00" +
		"* 1 FETCH (UID 4 BODY[] {1}\r\n4)\r\nT5 OK done\r\n\x00* 2 FETCH (UID 9 BODY[] {1}\r\n9)\r\nT6 OK done\r\n\x00T7 OK bye\r\n\x00"
	a := scripted([]byte(script))
	a.AnswerTimeout = 5 * time.Second
	var intake intake
	mailbox := open(t, a)
	if err := mailbox.Fetch(t.Context(), workflow.Cursor{}, intake.take); err != nil {
		t.Fatal(err)
	}
	intake.check(t, []byte("4"), []byte("9"))
}

// A date that go-imap cannot read must not make the folder unreadable for ever.
func TestUnreadableDatesAreDoneWithout(t *testing.T) {
	bad := scripted([]byte(opened + "* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE \"yesterday\")\r\nT4 OK done\r\n\x00"))
	good := scripted([]byte(opened + "* 1 FETCH (UID 1 RFC822.SIZE 5)\r\nT4 OK done\r\n\x00* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\nT5 OK done\r\n\x00T6 OK bye\r\n\x00"))
	a := bad
	a.AnswerTimeout = 5 * time.Second
	a.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	asked := new(journal)
	a.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		dial := bad.Dial
		if asked.String() != "" {
			dial = good.Dial
		}
		conn, err := dial(ctx, address)
		return &overheard{conn, asked}, err
	}
	mailbox := open(t, a)
	var intake intake
	if err := mailbox.Fetch(t.Context(), workflow.Cursor{}, intake.take); !errors.Is(err, workflow.ErrTemporary) {
		t.Fatalf("got %v", err)
	}
	first := len(asked.String())
	if err := mailbox.Fetch(t.Context(), workflow.Cursor{}, intake.take); err != nil {
		t.Fatal(err)
	}
	intake.check(t, []byte("hello"))
	if again := asked.String()[first:]; strings.Contains(again, "INTERNALDATE") {
		t.Errorf("dates are asked for again: %q", again)
	}
}

// overheard notes what the client says.
type overheard struct {
	net.Conn
	said *journal
}

func (o *overheard) Write(p []byte) (int, error) {
	o.said.Write(p)
	return o.Conn.Write(p)
}
