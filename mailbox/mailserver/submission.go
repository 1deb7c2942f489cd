package mailserver

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// submission is one SMTP connection. Only users may send, and only to users.
type submission struct {
	server *Server
	conn   *smtp.Conn
	login  string
	from   string
	to     []*account
}

var _ smtp.AuthSession = (*submission)(nil)

func reply(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// fault returns what is to be said at a step in place of the truth.
func (s *submission) fault(step Step) error {
	faults := s.server.behaviour()
	if faults.CloseAt == step {
		_ = s.conn.Conn().Close() // It is closed on purpose.
		return reply(421, "closing")
	}
	if answer, ok := faults.Answers[step]; ok {
		return reply(answer.Code, answer.Text)
	}
	return nil
}

// AuthMechanisms implements smtp.AuthSession.
func (s *submission) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *submission) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if err := s.fault(StepAuth); err != nil {
			return err
		}
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		account := s.server.accounts[strings.ToLower(user)]
		if account == nil || account.Password != password {
			return smtp.ErrAuthFailed
		}
		s.login = strings.ToLower(user)
		s.server.stats.Logins++
		return nil
	}), nil
}

// Reset implements smtp.Session.
func (s *submission) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *submission) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *submission) Mail(from string, _ *smtp.MailOptions) error {
	if err := s.fault(StepMail); err != nil {
		return err
	}
	if s.login == "" {
		return smtp.ErrAuthRequired
	}
	if s.server.behaviour().SenderMustBeLogin && !strings.EqualFold(from, s.login) {
		return reply(553, "Mail from must equal authorized user")
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *submission) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.fault(StepRcpt); err != nil {
		return err
	}
	account := s.server.recipient(to)
	if account == nil {
		return reply(550, "5.1.1 No such user here")
	}
	if s.server.behaviour().GrayList && !s.server.seen(to) {
		return reply(450, "4.2.0 Greylisted, try again later")
	}
	s.to = append(s.to, account)
	return nil
}

// Data implements smtp.Session.
func (s *submission) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.fault(StepDot); err != nil {
		return err
	}
	s.server.mu.Lock()
	now := s.server.options.Now()
	for _, account := range s.to {
		s.server.put(account.folder("INBOX"), trace(s.from, account.Address, raw, now), now, nil)
	}
	s.server.stats.Transactions++
	faults := s.server.faults
	s.server.mu.Unlock()
	if faults.SilentAfterDot {
		<-s.server.done
	}
	if faults.HoldDot != nil {
		select {
		case <-faults.HoldDot:
		case <-s.server.done:
		}
	}
	return nil
}

// trace adds what RFC 5321, 4.4 asks of the delivering server.
func trace(from, to string, raw []byte, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: <%s>\r\nDelivered-To: %s\r\n", from, to)
	fmt.Fprintf(&b, "Received: from submission by mail.test with ESMTPSA\r\n\tfor <%s>; %s\r\n", to, now.Format(time.RFC1123Z))
	b.Write(raw)
	return b.Bytes()
}

// recipient finds a user by address, with or without a detail behind "+" (RFC 5233).
func (s *Server) recipient(address string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	address = strings.ToLower(address)
	if found := s.accounts[address]; found != nil {
		return found
	}
	local, domain, _ := strings.Cut(address, "@")
	local, _, _ = strings.Cut(local, "+")
	return s.accounts[local+"@"+domain]
}

// seen reports whether a recipient was tried before, and remembers it.
func (s *Server) seen(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried[address] {
		return true
	}
	s.tried[address] = true
	return false
}
