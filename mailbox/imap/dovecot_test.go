package imap_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/mailbox/mailserver/realserver"
	"contractd/workflow"
)

// TestDovecot shows on a server that others wrote what the in-process server shows elsewhere. The server is started
// once, because that takes seconds.
func TestDovecot(t *testing.T) {
	const other = "other@example.com"
	dovecot := realserver.Dovecot(t, realserver.User{Address: user, Password: secret}, realserver.User{Address: other, Password: secret})
	at := func(login string) imap.Account {
		return imap.Account{
			Name: "dovecot", Host: "127.0.0.1", Port: dovecot.IMAPS, TLS: dovecot.TLS(),
			User: login, Password: func() (string, error) { return secret, nil }, Sent: "已发送",
			Shelves:       map[workflow.Shelf]string{workflow.ShelfArchived: "合同/已归档"},
			FromBeginning: true, Idle: true, AnswerTimeout: 20 * time.Second, BackoffMax: time.Millisecond,
		}
	}
	var messages [][]byte
	for n, size := range []int{100, 40_000, 3_000, 90_000, 5 << 20} {
		messages = append(messages, letter(fmt.Sprint(n), size))
	}
	put := func(t *testing.T, login string, id int) {
		a := at(login)
		a.Sent = "INBOX"
		if err := open(t, a).Append(t.Context(), fmt.Sprintf("%d@example.com", id), document(messages[id])); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("check", func(t *testing.T) {
		report, err := open(t, at(user)).Check(t.Context())
		if err != nil || len(report.Missing) != 2 || len(report.Notes) > 0 {
			t.Errorf("%+v, %v", report, err)
		}
	})
	t.Run("idle and fetch", func(t *testing.T) {
		mailbox := open(t, at(user))
		var intake intake
		intake.passes(t, mailbox, 1)
		done := waiting(t, mailbox)
		put(t, user, 0)
		if err := within(t, done, 20*time.Second); err != nil {
			t.Fatal(err)
		}
		for id := 1; id < len(messages); id++ {
			put(t, user, id)
			put(t, user, id) // Found by its Message-ID, not appended again.
		}
		intake.passes(t, mailbox, 1)
		intake.check(t, messages...)
	})
	t.Run("STARTTLS", func(t *testing.T) {
		a := at(user)
		a.Security, a.Port = imap.StartTLS, dovecot.IMAP
		var intake intake
		intake.passes(t, open(t, a), 1)
		intake.check(t, messages...)
	})
	t.Run("breaking connections", func(t *testing.T) { breakDovecot(t, dovecot, at(user), messages) })
	t.Run("file", func(t *testing.T) {
		for _, hide := range []string{"", "MOVE", "MOVE UIDPLUS"} {
			a := at(user)
			a.Dial = hiding(hide)
			a.Security, a.Port = imap.Plain, dovecot.IMAP
			fileOnDovecot(t, open(t, at(user)), open(t, a), strings.Contains(hide, "UIDPLUS"))
		}
	})
	t.Run("the folder that the server calls Sent", func(t *testing.T) {
		a := at(other)
		a.Sent = ""
		for range 2 {
			if err := open(t, a).Append(t.Context(), "2@example.com", document(messages[2])); err != nil {
				t.Fatal(err)
			}
		}
		a.Folder = "已发邮件" // As the server is configured.
		var copies intake
		copies.passes(t, open(t, a), 1)
		copies.check(t, messages[2])
	})
	t.Run("streaming", func(t *testing.T) { streamFromDovecot(t, open(t, at(user))) })
	t.Run("wrong password", func(t *testing.T) {
		a := at(user)
		a.Password = func() (string, error) { return "wrong", nil }
		if _, err := open(t, a).Check(t.Context()); workflow.HintOf(err) == "" || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v", err)
		}
	})
}

// breakDovecot cuts connections at random places: nothing is lost, nothing comes twice.
func breakDovecot(t *testing.T, dovecot *realserver.DovecotServer, a imap.Account, messages [][]byte) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 8 {
		cuts := []int64{random.Int64N(200_000), random.Int64N(200_000)}
		var connections atomic.Int64
		proxy, err := mailserver.Proxy(t.Context(), mailserver.Address{Host: "127.0.0.1", Port: dovecot.IMAPS}, func(int) mailserver.Cut {
			if n := int(connections.Add(1)) - 1; n < len(cuts) {
				return mailserver.Cut{FromClient: -1, FromServer: cuts[n]}
			}
			return mailserver.NoCut
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Port = proxy.Port
		mailbox := open(t, a)
		var intake intake
		patiently(t, func() error { return intake.pass(t.Context(), mailbox) })
		intake.check(t, messages...)
	}
}

// fileOnDovecot files the first message, and looks whether INBOX lost exactly that one. The reader's connection
// sees the change as any other mail program does.
func fileOnDovecot(t *testing.T, reader, writer *imap.Mailbox, stays bool) {
	t.Helper()
	var before, after intake
	before.passes(t, reader, 1)
	for range 2 { // The second time it is gone.
		if err := writer.File(t.Context(), before.places[0], workflow.ShelfArchived); err != nil {
			t.Fatal(err)
		}
	}
	after.passes(t, reader, 1)
	if stays { // Without UIDPLUS it stays, flagged.
		after.check(t, before.raw...)
		return
	}
	after.check(t, before.raw[1:]...)
}

// hiding makes a server offer less than it does, so that the ways round are gone on a real one.
func hiding(names string) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		return &lessConn{conn, strings.Fields(names)}, err
	}
}

type lessConn struct {
	net.Conn
	hidden []string
}

func (c *lessConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for _, name := range c.hidden {
		if bytes.Contains(p[:n], []byte("CAPABILITY IMAP4rev1")) {
			copy(p, bytes.Replace(p[:n], []byte(" "+name), []byte(" "+strings.Repeat("X", len(name))), 1))
		}
	}
	return n, err
}

func streamFromDovecot(t *testing.T, mailbox *imap.Mailbox) {
	cursor, err := mailbox.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, before := heap()
	var size int64
	err = mailbox.Fetch(t.Context(), cursor, func(_ context.Context, _ workflow.Incoming, raw io.Reader) error {
		n, err := io.Copy(io.Discard, raw)
		size += n
		return err
	})
	if _, after := heap(); err != nil || size < 5<<20 || after-before > 1<<20 {
		t.Errorf("%d bytes fetched, %d allocated: %v", size, after-before, err)
	}
}
