package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"contractd/mailbox/mailserver"
	"contractd/mailbox/smtp"
	"contractd/workflow"
)

func TestSendArrivesByteForByte(t *testing.T) {
	server := start(t, mailserver.Options{})
	for name, change := range map[string]func(*smtp.Account){
		"tls":      func(*smtp.Account) {},
		"starttls": func(a *smtp.Account) { a.Security, a.Port = smtp.StartTLS, server.SMTP.Port },
		"plain":    func(a *smtp.Account) { a.Security, a.Port = smtp.Plain, server.SMTP.Port },
	} {
		t.Run(name, func(t *testing.T) {
			a := account(server)
			change(&a)
			before := len(server.Messages(supplier, "INBOX"))
			answer, err := open(t, a).Send(t.Context(), toSupplier, document(letter("one", 300_000)))
			if err != nil || !strings.HasPrefix(answer, "250 ") {
				t.Fatalf("answer %q, error %v", answer, err)
			}
			got := server.Messages(supplier, "INBOX")[before:]
			want := append(letter("one", 300_000), "\r\n"...) // RFC 5321, 4.1.1.4: the last line ends too.
			if len(got) != 1 || !bytes.Equal(body(t, got[0]), want) {
				t.Errorf("%d messages arrived, or with other bytes", len(got))
			}
		})
	}
}

// mail.md 16: one connection for many messages, each a transaction of its own.
func TestOneConnectionForMany(t *testing.T) {
	server := start(t, mailserver.Options{})
	sender := open(t, account(server))
	for n := range 20 {
		if _, err := sender.Send(t.Context(), toSupplier, document(letter(fmt.Sprint(n), 1000))); err != nil {
			t.Fatal(err)
		}
	}
	if stats := server.Stats(); stats.SMTPConnections != 1 || stats.Transactions != 20 {
		t.Errorf("%+v, want one connection and 20 transactions", stats)
	}
}

func TestIdleConnectionIsEnded(t *testing.T) {
	server := start(t, mailserver.Options{})
	a := account(server)
	a.IdleClose = 10 * time.Millisecond
	ended := make(chan struct{}, 10)
	a.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		return &toldConn{conn, ended}, err
	}
	sender := open(t, a)
	for range 2 {
		if _, err := sender.Send(t.Context(), toSupplier, document(letter("one", 100))); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("the connection stays open")
		}
	}
	if stats := server.Stats(); stats.SMTPConnections != 2 {
		t.Errorf("%+v", stats)
	}
}

type toldConn struct {
	net.Conn
	ended chan<- struct{}
}

func (c *toldConn) Close() error {
	c.ended <- struct{}{}
	return c.Conn.Close()
}

// A connection that the server has ended meanwhile is replaced without an error.
func TestForgottenConnectionIsReplaced(t *testing.T) {
	server := start(t, mailserver.Options{})
	a := account(server)
	var last net.Conn
	a.Dial = func(ctx context.Context, address string) (conn net.Conn, err error) {
		last, err = new(net.Dialer).DialContext(ctx, "tcp", address)
		return last, err
	}
	sender := open(t, a)
	for n := range 3 {
		if _, err := sender.Send(t.Context(), toSupplier, document(letter(fmt.Sprint(n), 100))); err != nil {
			t.Fatal(err)
		}
		last.Close()
	}
	if got := len(server.Messages(supplier, "INBOX")); got != 3 {
		t.Errorf("%d messages arrived", got)
	}
}

// mail.md 17: what each failure obliges the caller to do.
func TestClassification(t *testing.T) {
	answers := func(step mailserver.Step, code int, text string) mailserver.Faults {
		return mailserver.Faults{Answers: map[mailserver.Step]mailserver.Answer{step: {Code: code, Text: text}}}
	}
	for name, test := range map[string]struct {
		faults  mailserver.Faults
		class   error
		hint    string
		arrived int
	}{
		"451 at MAIL":          {answers("MAIL", 451, "4.3.0 try later"), workflow.ErrTemporary, "", 0},
		"421 at MAIL":          {answers("MAIL", 421, "too many messages"), workflow.ErrTemporary, "", 0},
		"450 greylisted":       {mailserver.Faults{GrayList: true}, workflow.ErrTemporary, "", 0},
		"550 at RCPT":          {answers("RCPT", 550, "5.1.1 no such user"), workflow.ErrFinal, "", 0},
		"553 at MAIL":          {answers("MAIL", 553, "Mail from must equal authorized user"), workflow.ErrFinal, "envelope sender", 0},
		"501 at MAIL":          {answers("MAIL", 501, "Mail from address must be same as authorization user"), workflow.ErrFinal, "envelope sender", 0},
		"552 at the dot":       {answers("DOT", 552, "too large"), workflow.ErrFinal, "too large", 0},
		"554 at the dot":       {answers("DOT", 554, "spam"), workflow.ErrFinal, "", 0},
		"452 at the dot":       {answers("DOT", 452, "disk full"), workflow.ErrTemporary, "", 0},
		"535 at AUTH":          {answers("AUTH", 535, "Login Fail"), workflow.ErrCredential, "password", 0},
		"550 at AUTH":          {answers("AUTH", 550, "User has no permission"), workflow.ErrCredential, "password", 0},
		"454 at AUTH":          {answers("AUTH", 454, "4.7.0 temporary"), workflow.ErrTemporary, "", 0},
		"530 at MAIL":          {answers("MAIL", 530, "authentication required"), workflow.ErrCredential, "", 0},
		"cut at MAIL":          {mailserver.Faults{CloseAt: "MAIL"}, workflow.ErrTemporary, "", 0},
		"cut at RCPT":          {mailserver.Faults{CloseAt: "RCPT"}, workflow.ErrTemporary, "", 0},
		"cut after the dot":    {mailserver.Faults{CloseAt: "DOT"}, workflow.ErrAmbiguous, "", 0},
		"silent after the dot": {mailserver.Faults{SilentAfterDot: true}, workflow.ErrAmbiguous, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, mailserver.Options{Faults: test.faults})
			a := account(server)
			a.DotTimeout = 100 * time.Millisecond
			sender := open(t, a)
			_, err := sender.Send(t.Context(), toSupplier, document(letter("one", 1000)))
			for _, class := range []error{workflow.ErrTemporary, workflow.ErrFinal, workflow.ErrCredential, workflow.ErrAmbiguous} {
				if errors.Is(err, class) != (class == test.class) {
					t.Errorf("%v: is %v: %v", err, class, errors.Is(err, class))
				}
			}
			if !strings.Contains(workflow.HintOf(err), test.hint) {
				t.Errorf("hint %q", workflow.HintOf(err))
			}
			if strings.Contains(fmt.Sprint(err), secret) {
				t.Errorf("%v tells the password", err)
			}
			if got := len(server.Messages(supplier, "INBOX")); got != test.arrived {
				t.Errorf("%d messages arrived", got)
			}
			// After any error the next message goes over a new connection, and goes.
			server.SetFaults(mailserver.Faults{})
			if _, err := sender.Send(t.Context(), toSupplier, document(letter("two", 1000))); err != nil {
				t.Errorf("next message: %v", err)
			}
		})
	}
}

// mail.md 16: a letter that cannot be read, or is not what was stored, never ends with a dot.
func TestDamagedLetterNeverLeaves(t *testing.T) {
	server := start(t, mailserver.Options{})
	sender := open(t, account(server))
	raw := letter("one", 100_000)
	changed, short, broken := document(raw), document(raw), document(raw)
	changed.ReaderAt = bytes.NewReader(append([]byte("X"), raw[1:]...))
	short.ReaderAt = bytes.NewReader(raw[:50_000])
	broken.ReaderAt = failingAt{bytes.NewReader(raw), 50_000}
	for name, test := range map[string]struct {
		raw   workflow.Document
		class error
	}{
		"changed": {changed, workflow.ErrDamaged}, "short": {short, workflow.ErrDamaged}, "unreadable": {broken, workflow.ErrTemporary},
	} {
		if _, err := sender.Send(t.Context(), toSupplier, test.raw); !errors.Is(err, test.class) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := len(server.Messages(supplier, "INBOX")); got > 0 {
		t.Errorf("%d messages arrived", got)
	}
}

// failingAt cannot be read behind an offset.
type failingAt struct {
	*bytes.Reader
	at int64
}

func (f failingAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, io.ErrNoProgress
	}
	return f.Reader.ReadAt(p, off)
}

func TestTooLargeIsToldBeforeSending(t *testing.T) {
	server := start(t, mailserver.Options{MaxMessage: 10_000})
	_, err := open(t, account(server)).Send(t.Context(), toSupplier, document(letter("one", 20_000)))
	if !errors.Is(err, workflow.ErrFinal) || workflow.HintOf(err) == "" || !strings.Contains(err.Error(), "10000") {
		t.Errorf("got %v, hint %q", err, workflow.HintOf(err))
	}
}

func TestAddresses(t *testing.T) {
	chinese := workflow.Envelope{From: us, To: "法务@supplier.example"}
	server := start(t, mailserver.Options{})
	if _, err := open(t, account(server)).Send(t.Context(), chinese, document(letter("one", 100))); !errors.Is(err, workflow.ErrFinal) || !strings.Contains(err.Error(), "SMTPUTF8") {
		t.Errorf("without SMTPUTF8: %v", err)
	}
	able := start(t, mailserver.Options{UTF8: true})
	if _, err := open(t, account(able)).Send(t.Context(), chinese, document(letter("one", 100))); err == nil || !strings.Contains(err.Error(), "No such user") {
		t.Errorf("with SMTPUTF8 the server decides, got %v", err)
	}
	for _, to := range []string{"", "nobody", "a@b>\r\nRCPT TO:<c@d", "a b@c", "a@b,c@d", "@x", "x@", "a@" + strings.Repeat("x", 300)} {
		if _, err := open(t, account(server)).Send(t.Context(), workflow.Envelope{From: us, To: to}, document(letter("one", 100))); !errors.Is(err, workflow.ErrFinal) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if connections := server.Stats().SMTPConnections; connections != 1 {
		t.Errorf("%d connections: what is no address needs none", connections)
	}
}

func TestUnreachableServerIsTemporary(t *testing.T) {
	server := start(t, mailserver.Options{})
	for name, change := range map[string]func(*smtp.Account){
		"dial": func(a *smtp.Account) {
			a.Dial = func(context.Context, string) (net.Conn, error) { return nil, errors.New("no route to host") }
		},
		"unknown certificate":          func(a *smtp.Account) { a.TLS = nil },
		"unknown certificate STARTTLS": func(a *smtp.Account) { a.TLS, a.Security, a.Port = nil, smtp.StartTLS, server.SMTP.Port },
		"TLS to a plain port":          func(a *smtp.Account) { a.Port = server.SMTP.Port },
	} {
		t.Run(name, func(t *testing.T) {
			a := account(server)
			change(&a)
			a.DialTimeout = 500 * time.Millisecond
			if _, err := open(t, a).Send(t.Context(), toSupplier, document(letter("one", 100))); !errors.Is(err, workflow.ErrTemporary) {
				t.Errorf("got %v", err)
			}
		})
	}
	if logins := server.Stats().Logins; logins > 0 {
		t.Errorf("%d logins over connections that nobody vouches for", logins)
	}
}

func TestSilentServerEndsByDeadlineAndContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	for _, security := range []smtp.Security{smtp.TLS, smtp.StartTLS, smtp.Plain} {
		a := smtp.Account{
			Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: security,
			User: us, Password: func() (string, error) { return secret, nil }, DialTimeout: 50 * time.Millisecond,
		}
		if _, err := open(t, a).Send(t.Context(), toSupplier, document(letter("one", 100))); !errors.Is(err, workflow.ErrTemporary) {
			t.Errorf("%s: deadline: %v", security, err)
		}
		a.DialTimeout = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := open(t, a).Send(ctx, toSupplier, document(letter("one", 100))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: context: %v", security, err)
		}
		cancel()
	}
}

// Whoever shuts down while the answer to the dot is due does not know, and must not pretend to.
func TestContextEndingAfterTheDotIsAmbiguous(t *testing.T) {
	server := start(t, mailserver.Options{Faults: mailserver.Faults{SilentAfterDot: true}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		server.Await(t.Context(), supplier, "INBOX", 1)
		cancel()
	}()
	patient := account(server)
	patient.DotTimeout = time.Hour
	if _, err := open(t, patient).Send(ctx, toSupplier, document(letter("one", 100))); !errors.Is(err, workflow.ErrAmbiguous) {
		t.Errorf("got %v", err)
	}
}

func TestCheckSendsNothing(t *testing.T) {
	server := start(t, mailserver.Options{MaxMessage: 12345, UTF8: true})
	sender := open(t, account(server))
	report, err := sender.Check(t.Context())
	if err != nil || report.MaxMessage != 12345 || !strings.Contains(fmt.Sprint(report.Extensions), "SMTPUTF8") {
		t.Errorf("%+v, %v", report, err)
	}
	server.SetFaults(mailserver.Faults{Answers: map[mailserver.Step]mailserver.Answer{"AUTH": {Code: 535, Text: "no"}}})
	if _, err := sender.Check(t.Context()); !errors.Is(err, workflow.ErrCredential) {
		t.Errorf("got %v", err)
	}
	if stats := server.Stats(); stats.Transactions > 0 {
		t.Errorf("%+v", stats)
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := smtp.New(smtp.Account{Security: smtp.Plain, Host: "mail.example.com", Port: 70000, User: us, Hello: "a\r\nb"})
	if !errors.Is(err, workflow.ErrUsage) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"password", "port", "loopback", "EHLO"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}
