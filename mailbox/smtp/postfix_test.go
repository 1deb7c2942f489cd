package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/mailbox/mailserver/realserver"
	"contractd/mailbox/smtp"
	"contractd/workflow"
)

// TestPostfix shows on servers that others wrote what the in-process server shows elsewhere. They are started once,
// because that takes seconds.
func TestPostfix(t *testing.T) {
	dovecot := realserver.Dovecot(t, realserver.User{Address: us, Password: secret}, realserver.User{Address: supplier, Password: "x"})
	postfix := realserver.Postfix(t, dovecot)
	base := smtp.Account{
		Host: "127.0.0.1", Port: postfix.SMTPS, TLS: postfix.TLS(),
		User: us, Password: func() (string, error) { return secret, nil },
	}
	sender := open(t, base)

	t.Run("check", func(t *testing.T) {
		report, err := sender.Check(t.Context())
		if err != nil || report.MaxMessage != realserver.SizeLimit || !strings.Contains(fmt.Sprint(report.Extensions), "DSN") {
			t.Errorf("%+v, %v", report, err)
		}
	})
	t.Run("arrives", func(t *testing.T) {
		a := base
		a.Security, a.Port = smtp.StartTLS, postfix.SMTP
		for n, by := range []*smtp.Sender{sender, sender, open(t, a)} {
			raw := letter(fmt.Sprint("arrives-", n), 300_000)
			answer, err := by.Send(t.Context(), toSupplier, document(raw))
			if err != nil || !strings.Contains(answer, "queued") {
				t.Fatalf("%q, %v", answer, err)
			}
			delivered(t, dovecot, supplier, raw[bytes.Index(raw, []byte("\r\n\r\n")):])
		}
	})
	t.Run("bounce", func(t *testing.T) {
		raw := document(letter("bounced", 1000))
		if _, err := sender.Send(t.Context(), workflow.Envelope{From: us, To: "nobody@bounce.test"}, raw); err != nil {
			t.Fatal(err)
		}
		delivered(t, dovecot, us, []byte("Original-Envelope-Id: "+raw.Hash.String()[:32]))
	})
	t.Run("cut before the end", func(t *testing.T) {
		a := base
		a.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			return &cutConn{conn, 60_000}, err
		}
		if _, err := open(t, a).Send(t.Context(), toSupplier, document(letter("half", 200_000))); !errors.Is(err, workflow.ErrTemporary) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("classes", func(t *testing.T) {
		wrong := base
		wrong.Password = func() (string, error) { return "wrong", nil }
		for name, test := range map[string]struct {
			sender *smtp.Sender
			to     string
			size   int
			class  error
		}{
			"unknown user":   {sender, "nobody@supplier.example", 100, workflow.ErrFinal},
			"no relay":       {sender, "a b@elsewhere.example", 100, workflow.ErrFinal},
			"too large":      {sender, supplier, realserver.SizeLimit + 1000, workflow.ErrFinal},
			"wrong password": {open(t, wrong), supplier, 100, workflow.ErrCredential},
		} {
			_, err := test.sender.Send(t.Context(), workflow.Envelope{From: us, To: test.to}, document(letter("no", test.size)))
			if !errors.Is(err, test.class) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// cutConn ends after so many written bytes.
type cutConn struct {
	net.Conn
	left int
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		c.Conn.Close()
	}
	return c.Conn.Write(p)
}

// delivered waits until a message with this content lies in the user's mailbox.
func delivered(t *testing.T, dovecot *realserver.DovecotServer, user string, content []byte) {
	t.Helper()
	content = bytes.TrimSpace(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")))
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		files, err := filepath.Glob(filepath.Join(dovecot.Maildir(user), "new", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err == nil && bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), content) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%.60q did not arrive at %s among %d messages", content, user, len(files))
		}
	}
}
