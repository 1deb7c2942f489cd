package smtp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"contractd/workflow"
)

// Sender sends over one connection that it keeps for a while. Its methods may be called from several goroutines; one
// message is sent at a time.
type Sender struct {
	account Account

	mu     sync.Mutex // Guards what follows; held while a message is sent.
	open   *connection
	idle   *time.Timer // Ends a connection that is not used.
	closed bool
}

// New returns a sender that connects when it is first used. A wrong account is an error wrapping workflow.ErrUsage that
// names every fault.
func New(account Account) (*Sender, error) {
	account = account.withDefaults()
	if err := account.check(); err != nil {
		return nil, err
	}
	return &Sender{account: account}, nil
}

// Send hands one message to the server for one recipient, and returns the server's answer. Every error wraps one of
// workflow.ErrTemporary (nothing was sent), ErrAmbiguous (the message left, its answer did not come), ErrCredential
// (the login was refused) or ErrFinal (this message or recipient was refused).
func (s *Sender) Send(ctx context.Context, envelope workflow.Envelope, raw workflow.Document) (answer string, err error) {
	if err := checkEnvelope(envelope); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err = s.send(ctx, envelope, raw)
	var stale staleError
	if errors.As(err, &stale) { // The server has ended a connection that was kept: that is no failure yet.
		answer, err = s.send(ctx, envelope, raw)
	}
	if err != nil {
		return "", fmt.Errorf("send to %s: %w", envelope.To, err)
	}
	return answer, nil
}

func (s *Sender) send(ctx context.Context, envelope workflow.Envelope, raw workflow.Document) (string, error) {
	connection, err := s.ready(ctx)
	if err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, connection.cut)
	answer, err := s.account.transact(ctx, connection, envelope, raw)
	if !stop() && err == nil && ctx.Err() != nil {
		s.drop() // Answered just before the connection was cut.
		return answer, nil
	}
	if err != nil {
		s.drop() // After an error nobody knows what the server makes of the next command.
		return "", err
	}
	connection.used = true
	s.rest()
	return answer, nil
}

// ready returns the open connection or a new one.
func (s *Sender) ready(ctx context.Context) (*connection, error) {
	if s.closed {
		return nil, fmt.Errorf("sender is closed: %w", workflow.ErrTemporary)
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.open != nil {
		return s.open, nil
	}
	open, err := s.account.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.account.Log.Debug("connected", "address", s.account.address())
	s.open = open
	return open, nil
}

func (s *Sender) drop() {
	if s.open != nil {
		s.open.cut()
		s.open = nil
	}
}

// rest ends the connection when nothing follows.
func (s *Sender) rest() {
	connection := s.open
	s.idle = time.AfterFunc(s.account.IdleClose, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open == connection {
			s.open = nil
			connection.quit()
		}
	})
}

// Close ends the connection. It waits for a message under way, so cancel its context first.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.open != nil {
		s.open.CommandTimeout = min(s.account.CommandTimeout, 5*time.Second)
		s.open.quit()
		s.open = nil
	}
	return nil
}

// Report is what a check found.
type Report struct {
	MaxMessage int      // What the server takes, in bytes; 0 where it does not say.
	Extensions []string // That matter to us and that the server offers.
}

// Check connects and logs in, and sends nothing. Errors carry the cure as a hint.
func (s *Sender) Check(ctx context.Context) (Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop() // A connection that lives proves nothing about the next one.
	connection, err := s.ready(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("check outgoing mail: %w", err)
	}
	defer s.rest()
	size, _ := connection.MaxMessageSize()
	return Report{MaxMessage: size, Extensions: extensions(connection.Client)}, nil
}

func extensions(client *smtp.Client) []string {
	offered := make(map[string]bool)
	for _, name := range []string{"SIZE", "8BITMIME", "SMTPUTF8", "DSN", "PIPELINING", "AUTH", "ENHANCEDSTATUSCODES"} {
		if ok, _ := client.Extension(name); ok {
			offered[name] = true
		}
	}
	return slices.Sorted(maps.Keys(offered))
}
