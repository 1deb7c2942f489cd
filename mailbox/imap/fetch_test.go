package imap_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

func TestFetchGivesEveryByteInOrder(t *testing.T) {
	server := start(t, mailserver.Faults{})
	messages := [][]byte{
		letter("one", 2000),
		[]byte("no header line with a colon\n\nFrom mbox\nLF only\n"),
		[]byte("Subject: \xba\xcf\xcd\xac\r\n\r\nGBK \x00 and NUL"),
		[]byte("\r\n"),
		letter("big", 300<<10),
	}
	deliver(t, server, messages...)
	var intake intake
	mailbox := open(t, account(server))
	intake.passes(t, mailbox, 1)
	intake.check(t, messages...)

	deliver(t, server, letter("later", 100))
	intake.passes(t, mailbox, 1)
	intake.passes(t, mailbox, 1) // n:* names the last message again.
	intake.check(t, append(messages, letter("later", 100))...)
	for _, message := range server.Messages(user, "INBOX") {
		if len(message.Flags) > 0 {
			t.Errorf("message %d has flags %q: reading must not mark", message.UID, message.Flags)
		}
	}
}

func TestFetchTellsWhenAMessageEnteredTheMailbox(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("one", 100))
	want := server.Messages(user, "INBOX")[0].Internal
	mailbox := open(t, account(server))
	err := mailbox.Fetch(t.Context(), workflow.Cursor{}, func(_ context.Context, message workflow.Incoming, _ io.Reader) error {
		if got := message.Internal; got.Sub(want).Abs() > time.Second {
			t.Errorf("internal date %v, want %v", got, want)
		}
		if message.Account != "main" || message.Folder != "INBOX" || message.UID != 1 || message.UIDValidity == 0 {
			t.Errorf("place %+v", message.Place)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStartIsBehindTheLastMessage(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("old", 100), letter("older", 100))
	now := account(server)
	now.FromBeginning = false
	mailbox := open(t, now)
	var intake intake
	intake.passes(t, mailbox, 1)
	intake.check(t)
	deliver(t, server, letter("new", 100))
	intake.passes(t, mailbox, 1)
	intake.check(t, letter("new", 100))
}

// mail.md 1: go-imap reports no error when the peer closes inside a literal.
func TestBodyCutOffIsNeverConfirmed(t *testing.T) {
	server := start(t, mailserver.Faults{CutBody: 60_000})
	deliver(t, server, letter("one", 200_000))
	mailbox := open(t, account(server))
	var intake intake
	if err := intake.pass(t.Context(), mailbox); !errors.Is(err, workflow.ErrTemporary) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v", err)
	}
	intake.check(t)
	server.SetFaults(mailserver.Faults{})
	intake.passes(t, mailbox, 1)
	intake.check(t, letter("one", 200_000))
}

// mail.md 3: a server that falls silent within a literal.
func TestStalledBodyEnds(t *testing.T) {
	server := start(t, mailserver.Faults{StallBody: 60_000})
	deliver(t, server, letter("one", 200_000))
	impatient := account(server)
	impatient.AnswerTimeout = 100 * time.Millisecond
	mailbox := open(t, impatient)
	var intake intake
	if err := intake.pass(t.Context(), mailbox); !errors.Is(err, workflow.ErrTemporary) {
		t.Fatalf("got %v", err)
	}
	intake.check(t)
	server.SetFaults(mailserver.Faults{})
	intake.passes(t, mailbox, 2)
	intake.check(t, letter("one", 200_000))
}

// mail.md 5: a message that kills the connection three times is told, and holds up nobody.
func TestPoisonIsPassedOver(t *testing.T) {
	for name, faults := range map[string]mailserver.Faults{"kills": {KillUID: 2}, "no body": {NoBodyUID: 2}} {
		t.Run(name, func(t *testing.T) {
			server := start(t, faults)
			deliver(t, server, letter("one", 100), letter("poison", 100), letter("three", 100))
			now := time.Now()
			a := account(server)
			a.Now = func() time.Time { return now }
			mailbox := open(t, a)
			var intake intake
			for n := range 5 { // A bad minute of the network is no reason.
				if err := intake.pass(t.Context(), mailbox); !errors.Is(err, workflow.ErrTemporary) || len(intake.skipped) > 0 {
					t.Fatalf("attempt %d: %v, skipped %v", n+1, err, intake.skipped)
				}
				now = now.Add(10 * time.Second)
			}
			now = now.Add(10 * time.Minute)
			intake.passes(t, mailbox, 1)
			intake.check(t, letter("one", 100), letter("three", 100))
			if len(intake.skipped) != 1 || intake.skipped[0].UID != 2 {
				t.Errorf("told %+v", intake.skipped)
			}
		})
	}
}

func TestTooLargeIsToldWithoutDownload(t *testing.T) {
	server := start(t, mailserver.Faults{KillUID: 1}) // Whoever asks for the body loses the connection.
	deliver(t, server, letter("large", 100_000), letter("small", 100))
	limited := account(server)
	limited.MaxMessage = 50_000
	var intake intake
	intake.passes(t, open(t, limited), 1)
	intake.check(t, letter("small", 100))
	if len(intake.skipped) != 1 || intake.skipped[0].Size != int64(len(letter("large", 100_000))) {
		t.Errorf("told %+v", intake.skipped)
	}
}

// The literal's own size counts: some servers estimate RFC822.SIZE.
func TestEstimatedSizeIsCorrected(t *testing.T) {
	server := start(t, mailserver.Faults{SizeFactor: 3})
	deliver(t, server, letter("one", 1000))
	var intake intake
	intake.passes(t, open(t, account(server)), 1)
	intake.check(t, letter("one", 1000))
}

// mail.md 7.
func TestNewUIDValidityStartsOver(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("one", 100), letter("two", 100))
	var intake intake
	mailbox := open(t, account(server))
	intake.passes(t, mailbox, 1)
	if err := server.Renumber(user, "INBOX"); err != nil {
		t.Fatal(err)
	}
	if err := mailbox.Close(); err != nil { // Renumbering is seen by a new SELECT.
		t.Fatal(err)
	}
	intake.passes(t, mailbox, 1)
	intake.check(t, letter("one", 100), letter("two", 100), letter("one", 100), letter("two", 100))
	if intake.places[0].UIDValidity == intake.places[2].UIDValidity {
		t.Error("UIDVALIDITY did not change")
	}
}

// An error of take is the caller's: it ends the fetch, comes back as it is, and is no mark against the message.
func TestErrorOfTakeIsReturned(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("one", 500_000))
	mailbox := open(t, account(server))
	full := errors.New("disk full")
	for range 5 {
		err := mailbox.Fetch(t.Context(), workflow.Cursor{}, func(_ context.Context, _ workflow.Incoming, raw io.Reader) error {
			if raw == nil {
				t.Fatal("the message was passed over")
			}
			io.ReadFull(raw, make([]byte, 10))
			return full
		})
		if !errors.Is(err, full) {
			t.Fatalf("got %v", err)
		}
	}
	var intake intake
	intake.passes(t, mailbox, 1)
	intake.check(t, letter("one", 500_000))
}

func TestFetchLeavesOutWhatCameBefore(t *testing.T) {
	server := start(t, mailserver.Faults{})
	now := time.Now()
	for days, text := range map[int]string{-40: "old", 0: "new"} {
		if err := server.DeliverAt(user, letter(text, 100), now.AddDate(0, 0, days)); err != nil {
			t.Fatal(err)
		}
	}
	since := account(server)
	since.FromBeginning, since.Since = true, now.AddDate(0, 0, -1)
	var intake intake
	intake.passes(t, open(t, since), 2)
	intake.check(t, letter("new", 100))
}
