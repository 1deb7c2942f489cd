package imap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"contractd/workflow"
)

// session is one authenticated connection. One goroutine uses it at a time.
type session struct {
	account    *Account
	conn       *watchedConn
	client     *imapclient.Client
	caps       imap.CapSet
	news       chan struct{} // Holds a value when the selected folder may have got something new.
	folder     folder        // The selected one.
	sent       string        // The Sent folder that was found; empty until it was looked for.
	used       time.Time
	progressed bool // Something was achieved that need not be repeated.
}

// folder is what SELECT said.
type folder struct {
	name     string
	validity uint32
	next     imap.UID // 0 where the server does not tell.
	messages uint32
}

// connect returns a session that is logged in.
func connect(ctx context.Context, account *Account) (*session, error) {
	conn, err := account.dial(ctx)
	if ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	if err != nil {
		return nil, classified(err, workflow.ErrTemporary)
	}
	watched := newWatchedConn(conn, account.AnswerTimeout, account.MaxMessage)
	s := &session{account: account, conn: watched, news: make(chan struct{}, 1), used: account.Now()}
	s.client = imapclient.New(watched, &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: s.hear},
	})
	if err := s.begin(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// hear runs in go-imap's reading goroutine and must not wait.
func (s *session) hear(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *session) begin(ctx context.Context) error {
	if err := s.run(ctx, "read greeting", s.client.WaitGreeting); err != nil {
		return err
	}
	if err := s.login(ctx); err != nil {
		return err
	}
	if err := s.learn(ctx); err != nil {
		return err
	}
	return s.identify(ctx)
}

// learn asks for the capabilities after login; go-imap forgets them after an error.
func (s *session) learn(ctx context.Context) error {
	return s.run(ctx, "ask for capabilities", func() error {
		if s.caps = s.client.Caps(); s.caps != nil {
			return nil
		}
		caps, err := s.client.Capability().Wait()
		s.caps = caps
		return err
	})
}

// identify sends ID (RFC 2971), without which NetEase refuses SELECT as "Unsafe Login".
func (s *session) identify(ctx context.Context) error {
	if !s.caps.Has(imap.CapID) {
		return nil
	}
	err := s.run(ctx, "identify", func() error {
		_, err := s.client.ID(&imap.IDData{Name: "contractd", Vendor: "contractd", Version: "1"}).Wait()
		return err
	})
	if refused := (*imap.Error)(nil); errors.As(err, &refused) {
		s.account.Log.Warn("server refuses ID", "account", s.account.Name, "answer", refused.Text)
		return nil
	}
	return err
}

// run sends commands whose answers are due. It returns when they are there, when the server stalls, or when the
// context ends; in the latter two cases the connection is gone.
func (s *session) run(ctx context.Context, doing string, commands func() error) error {
	defer s.conn.bind(ctx)()
	s.conn.arm()
	defer s.conn.disarm()
	if err := commands(); err != nil {
		return s.explain(ctx, doing, err)
	}
	s.used = s.account.Now()
	return nil
}

// open selects a folder, or makes sure that it is still selected on a living connection.
func (s *session) open(ctx context.Context, name string) (folder, error) {
	if s.folder.name != name {
		return s.selectFolder(ctx, name)
	}
	return s.folder, s.noop(ctx)
}

func (s *session) noop(ctx context.Context) error {
	return s.run(ctx, "check connection", s.client.Noop().Wait)
}

func (s *session) selectFolder(ctx context.Context, name string) (folder, error) {
	s.folder = folder{} // RFC 9051, 6.3.2: a SELECT that fails leaves nothing selected.
	var data *imap.SelectData
	err := s.run(ctx, fmt.Sprintf("select folder %q", name), func() (err error) {
		data, err = s.client.Select(name, nil).Wait()
		return err
	})
	if err != nil {
		return folder{}, unsafeLogin(err)
	}
	if data.UIDValidity == 0 {
		return folder{}, fmt.Errorf("select folder %q: server keeps no UIDs: %w", name, workflow.ErrFinal)
	}
	s.folder = folder{name, data.UIDValidity, data.UIDNext, data.NumMessages}
	return s.folder, nil
}

// lastUID returns the highest UID that the folder has given away, as far as the server tells.
func (s *session) lastUID(ctx context.Context, f folder) (uint32, error) {
	if f.next > 0 {
		return uint32(f.next) - 1, nil
	}
	if f.messages == 0 {
		return 0, nil
	}
	listed, err := s.list(ctx, 0, false)
	if err != nil || len(listed) == 0 {
		return 0, err
	}
	return listed[len(listed)-1].UID, nil
}

// heard reports whether something may be new, and forgets it.
func (s *session) heard() bool {
	select {
	case <-s.news:
		return true
	default:
		return false
	}
}

func (s *session) dead() bool {
	select {
	case <-s.client.Closed():
		return true
	default:
		return s.conn.failure() != nil
	}
}

var errClosed = errors.New("connection closed by us")

// close ends the connection. The order matters: go-imap's Close blocks or races unless its reader has ended first.
func (s *session) close() {
	s.conn.cut(errClosed)
	<-s.client.Closed()
	// It is closed already; go-imap repeats the reason, which was told where it happened.
	_ = s.client.Close()
}

// logout says goodbye where the server listens, for at most a short while.
func (s *session) logout(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(s.account.AnswerTimeout, 5*time.Second))
	defer cancel()
	// A server that does not answer is left without goodbye.
	_ = s.run(ctx, "log out", s.client.Logout().Wait)
	s.close()
}
