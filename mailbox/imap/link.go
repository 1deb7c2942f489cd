package imap

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"contractd/workflow"
)

// freshness is how long a connection is trusted to live without asking.
const freshness = 15 * time.Second

// link keeps one connection alive: it connects when needed, serves one call at a time, and after failures waits
// longer and longer before it connects again. Progress ends the waiting.
type link struct {
	account *Account
	patient bool          // Waits until it may connect again; otherwise the call fails at once.
	turn    chan struct{} // Holds a value while a call is under way; guards what follows.

	session  *session
	failures int       // Since the last progress.
	after    time.Time // No attempt to connect before this.
	reason   error     // Why.
}

func newLink(account *Account, patient bool) *link {
	return &link{account: account, patient: patient, turn: make(chan struct{}, 1)}
}

// use calls work with a living session.
func (l *link) use(ctx context.Context, work func(*session) error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s, err := l.living(ctx)
	if err != nil {
		return err
	}
	err = work(s)
	l.settle(ctx, err)
	return err
}

// settle draws the consequences of a call for the next one.
func (l *link) settle(ctx context.Context, err error) {
	s := l.session
	if err == nil || s.progressed { // A connection that achieved something is no reason to wait longer than the first time.
		l.failures, s.progressed = 0, false
	}
	if s.dead() {
		s.close()
		l.session = nil
		if ctx.Err() == nil && err != nil {
			l.fail(err)
		}
	}
}

// living returns the session in use while it answers, or a new one.
func (l *link) living(ctx context.Context) (*session, error) {
	if l.session != nil && !l.answers(ctx) {
		l.session.close()
		l.session = nil
	}
	if l.session != nil {
		return l.session, nil
	}
	if err := l.hold(ctx); err != nil {
		return nil, err
	}
	s, err := connect(ctx, l.account)
	if err != nil {
		if ctx.Err() == nil {
			l.fail(err)
		}
		return nil, err
	}
	l.account.Log.Debug("connected", "account", l.account.Name, "address", l.account.address())
	l.session = s
	return s, nil
}

// answers asks a connection that was silent for a while; servers and firewalls end such without a word.
func (l *link) answers(ctx context.Context) bool {
	if l.session.dead() {
		return false
	}
	return l.account.Now().Sub(l.session.used) < freshness || l.session.noop(ctx) == nil
}

// hold keeps the next attempt to connect back.
func (l *link) hold(ctx context.Context) error {
	wait := l.after.Sub(l.account.Now())
	if wait <= 0 {
		return nil
	}
	if l.patient {
		return l.account.Pause(ctx, wait)
	}
	return fmt.Errorf("connect to %s: not again before %s: %w", l.account.address(), l.after.Format(time.TimeOnly), classified(l.reason, workflow.ErrTemporary))
}

// fail counts a failure. Refused credentials wait longest, because providers lock accounts after a few attempts.
func (l *link) fail(reason error) {
	l.failures++
	delay := l.account.BackoffMax
	if !errors.Is(reason, workflow.ErrCredential) && l.failures < 16 {
		delay = min(delay, time.Second<<(l.failures-1))
	}
	delay += rand.N(delay/4 + 1) // So that several mailboxes do not come back in step.
	l.after, l.reason = l.account.Now().Add(delay), reason
	l.account.Log.Warn("connection failed", "account", l.account.Name, "failures", l.failures, "retry_in", delay.Round(time.Millisecond), "cause", reason)
}

func (l *link) close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.session != nil {
		l.session.logout(context.Background())
		l.session = nil
	}
	return nil
}
