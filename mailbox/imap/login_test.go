package imap_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

func TestSecurity(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("one", 50_000))
	for name, change := range map[string]func(*imap.Account){
		"tls":      func(*imap.Account) {},
		"starttls": func(a *imap.Account) { a.Security, a.Port = imap.StartTLS, server.IMAP.Port },
		"plain":    func(a *imap.Account) { a.Security, a.Port = imap.Plain, server.IMAP.Port },
	} {
		t.Run(name, func(t *testing.T) {
			a := account(server)
			change(&a)
			var intake intake
			intake.passes(t, open(t, a), 1)
			intake.check(t, letter("one", 50_000))
		})
	}
}

func TestUnknownCertificateIsRefused(t *testing.T) {
	server := start(t, mailserver.Faults{})
	for name, change := range map[string]func(*imap.Account){
		"tls":      func(a *imap.Account) { a.TLS = nil },
		"starttls": func(a *imap.Account) { a.TLS, a.Security, a.Port = nil, imap.StartTLS, server.IMAP.Port },
		"name":     func(a *imap.Account) { a.TLS.ServerName = "mail.example.com" },
	} {
		t.Run(name, func(t *testing.T) {
			a := account(server)
			change(&a)
			_, err := open(t, a).Check(t.Context())
			if !errors.Is(err, workflow.ErrTemporary) || workflow.HintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, workflow.HintOf(err))
			}
		})
	}
	if logins := server.Stats().Logins; logins > 0 {
		t.Errorf("%d logins over connections that nobody vouches for", logins)
	}
}

// mail.md 8.
func TestUnsafeLogin(t *testing.T) {
	server := start(t, mailserver.Faults{RequireID: true})
	if _, err := open(t, account(server)).Check(t.Context()); err != nil {
		t.Errorf("ID is offered and wanted: %v", err)
	}
	server.SetFaults(mailserver.Faults{RequireID: true, NoID: true})
	_, err := open(t, account(server)).Check(t.Context())
	if !errors.Is(err, workflow.ErrCredential) || !strings.Contains(workflow.HintOf(err), "授权码") {
		t.Errorf("got %v, hint %q", err, workflow.HintOf(err))
	}
}

func TestRefusedLoginCallsAPerson(t *testing.T) {
	server := start(t, mailserver.Faults{})
	a := account(server)
	a.Password = func() (string, error) { return "wrong", nil }
	_, err := open(t, a).Start(t.Context())
	if !errors.Is(err, workflow.ErrCredential) || workflow.HintOf(err) == "" {
		t.Errorf("wrong password: %v", err)
	}
	a.Password = func() (string, error) { return "", errors.New("credential file is gone") }
	if _, err := open(t, a).Start(t.Context()); !errors.Is(err, workflow.ErrCredential) {
		t.Errorf("no password: %v", err)
	}
	server.SetFaults(mailserver.Faults{RefuseLogin: "[UNAVAILABLE] Temporary authentication failure"})
	if _, err := open(t, account(server)).Start(t.Context()); !errors.Is(err, workflow.ErrTemporary) || errors.Is(err, workflow.ErrCredential) {
		t.Errorf("server's own trouble: %v", err)
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	server := start(t, mailserver.Faults{})
	var journal journal
	a := account(server)
	a.Log = journal.logger()
	var intake intake
	intake.passes(t, open(t, a), 1)
	server.SetFaults(mailserver.Faults{RefuseLogin: "no"})
	_, err := open(t, a).Start(t.Context())
	if text := journal.String() + fmt.Sprint(err); strings.Contains(text, secret) || !strings.Contains(text, "connection failed") {
		t.Errorf("log: %s", text)
	}
}

// A patient connection waits longer and longer, until something was achieved.
func TestBackoffGrowsAndEndsWithProgress(t *testing.T) {
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("one", 100))
	a := account(server)
	var waits []time.Duration
	a.Pause = func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}
	reachable := false
	a.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		if !reachable {
			return nil, errors.New("no route to host")
		}
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	clock := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	a.Now = func() time.Time { return clock }
	mailbox := open(t, a)
	for range 12 {
		if err := mailbox.Wait(t.Context()); !errors.Is(err, workflow.ErrTemporary) {
			t.Fatalf("got %v", err)
		}
	}
	if len(waits) != 11 || waits[0] < time.Second || waits[0] > 2*time.Second || waits[3] < 4*waits[0] {
		t.Errorf("waited %v", waits)
	}
	if last := waits[len(waits)-1]; last < 5*time.Minute || last > 7*time.Minute {
		t.Errorf("longest wait %v, want about 5 minutes", last)
	}
	reachable = true
	var intake intake
	intake.passes(t, mailbox, 1)
	waits, reachable = nil, false
	server.SetFaults(mailserver.Faults{KillUID: 2})
	deliver(t, server, letter("two", 100))
	for range 2 {
		intake.pass(t.Context(), mailbox)
	}
	if len(waits) != 1 || waits[0] > 2*time.Second {
		t.Errorf("after progress waited %v", waits)
	}
}

// The writing connection serves a queue with times of its own: it does not wait, and does not knock in vain.
func TestWriterFailsAtOnce(t *testing.T) {
	server := start(t, mailserver.Faults{})
	a := account(server)
	dials := 0
	a.Dial = func(context.Context, string) (net.Conn, error) {
		dials++
		return nil, errors.New("no route to host")
	}
	mailbox := open(t, a)
	for range 5 {
		if err := mailbox.Append(t.Context(), "x@y", document(letter("x", 10))); !errors.Is(err, workflow.ErrTemporary) {
			t.Fatalf("got %v", err)
		}
	}
	if dials != 1 {
		t.Errorf("dialled %d times", dials)
	}
}

// A connection that the server has ended meanwhile is noticed and replaced, without an error.
func TestForgottenConnectionIsReplaced(t *testing.T) {
	server := start(t, mailserver.Faults{})
	a := account(server)
	clock := time.Now()
	a.Now = func() time.Time { return clock }
	var last net.Conn
	a.Dial = func(ctx context.Context, address string) (conn net.Conn, err error) {
		last, err = new(net.Dialer).DialContext(ctx, "tcp", address)
		return last, err
	}
	mailbox := open(t, a)
	for n := range 3 {
		id := fmt.Sprint(n)
		if err := mailbox.Append(t.Context(), id+"@example.com", document(letter(id, 10))); err != nil {
			t.Fatal(err)
		}
		last.Close()
		clock = clock.Add(time.Hour)
	}
	if sent := server.Messages(user, "Sent"); len(sent) != 3 {
		t.Errorf("%d copies", len(sent))
	}
}

// mute accepts connections, says what it is told to, and then nothing.
func mute(t *testing.T, says string, config *tls.Config) imap.Account {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go func() {
				fmt.Fprint(conn, says)
				bufio.NewReader(conn).WriteTo(discard{})
			}()
		}
	}()
	return imap.Account{
		Name: "mute", Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: imap.Plain,
		User: user, Password: func() (string, error) { return secret, nil },
		AnswerTimeout: 50 * time.Millisecond, DialTimeout: 50 * time.Millisecond,
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// mail.md 3: every command has a deadline, and the context ends every wait.
func TestSilentServerEndsByDeadlineAndContext(t *testing.T) {
	for name, says := range map[string]string{
		"no greeting": "", "no answer": "* OK ready\r\n", "half a line": "* OK re", "no answer to LOGIN": "* OK [CAPABILITY IMAP4rev1] ready\r\n",
	} {
		for _, security := range []imap.Security{imap.Plain, imap.StartTLS, imap.TLS} {
			if security == imap.TLS && says != "" { // Not TLS, and noticed at once.
				continue
			}
			t.Run(name+" "+string(security), func(t *testing.T) {
				a := mute(t, says, nil)
				a.Security = security
				_, err := open(t, a).Start(t.Context())
				if !errors.Is(err, workflow.ErrTemporary) {
					t.Errorf("deadline: %v", err)
				}
				a.AnswerTimeout, a.DialTimeout = time.Hour, time.Hour
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				if _, err := open(t, a).Start(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("context: %v", err)
				}
			})
		}
	}
}

// CVE-2011-0411: what is injected before the handshake must not be taken for the server's words after it.
func TestTextBeforeTLSIsNotBelieved(t *testing.T) {
	for name, says := range map[string]string{
		"injected":     "* OK ready\r\nS1 OK go\r\n* PREAUTH [CAPABILITY IMAP4rev1] come in\r\n",
		"preauth":      "* PREAUTH [CAPABILITY IMAP4rev1] come in\r\n",
		"refused":      "* OK ready\r\nS1 NO not today\r\n",
		"endless line": "* OK " + strings.Repeat("x", 20<<10),
	} {
		t.Run(name, func(t *testing.T) {
			a := mute(t, says, nil)
			a.Security = imap.StartTLS
			_, err := open(t, a).Start(t.Context())
			if err == nil || name == "preauth" && !strings.Contains(err.Error(), "greets with") {
				t.Errorf("got %v", err)
			}
		})
	}
}
