package imap

import (
	"context"
	"time"

	"github.com/emersion/go-imap/v2"

	"contractd/workflow"
)

// Wait returns nil when something may be new, at the latest after IdleMax or Poll. An error means that the connection
// is lost; Fetch makes a new one.
func (m *Mailbox) Wait(ctx context.Context) error {
	err := m.reader.use(ctx, func(s *session) error {
		if _, err := s.open(ctx, m.account.Folder); err != nil {
			return err
		}
		if s.heard() {
			return nil
		}
		if m.account.Idle && s.caps.Has(imap.CapIdle) {
			return s.idle(ctx, m.account.IdleMax)
		}
		return s.rest(ctx, m.account.Poll)
	})
	if err == nil {
		return ctx.Err() // IDLE may end in peace before the connection is cut.
	}
	return err
}

// idle waits for news (RFC 2177). It ends the command itself long before the server or a firewall forgets the
// connection, and then asks whether it still lives: an IDLE on a dead connection is silent for ever.
func (s *session) idle(ctx context.Context, most time.Duration) error {
	defer s.conn.bind(ctx)()
	s.conn.arm()
	defer s.conn.disarm()
	command, err := s.client.Idle()
	if err != nil {
		return s.explain(ctx, "begin IDLE", err)
	}
	s.conn.disarm()
	s.await(ctx, most)
	s.conn.arm()
	if err := command.Close(); err != nil {
		return s.explain(ctx, "end IDLE", err)
	}
	if err := command.Wait(); err != nil {
		return s.explain(ctx, "end IDLE", err)
	}
	return s.noop(ctx)
}

// rest waits without saying anything; the connection is kept for the next Fetch.
func (s *session) rest(ctx context.Context, poll time.Duration) error {
	s.await(ctx, poll)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.dead():
		return s.explain(ctx, "wait", classified(errGone, workflow.ErrTemporary))
	default:
		return nil
	}
}

// await returns on news, after some time, at the connection's end or with the context.
func (s *session) await(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-s.news:
	case <-timer.C:
	case <-s.client.Closed():
	case <-ctx.Done():
	}
}
