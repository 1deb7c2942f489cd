package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// watchedConn is the connection under go-imap. The library's own deadlines are replaced: they end a literal after
// five minutes however steadily it flows, and never end an unanswered command. Here a deadline runs while an answer
// is due, and every byte renews it.
type watchedConn struct {
	net.Conn
	stall time.Duration
	guard guard // Used by the reading side only.

	mu    sync.Mutex // Guards what follows, and the order of deadlines.
	armed bool
	cause error // Why the connection ended; the first one counts.
}

func newWatchedConn(conn net.Conn, stall time.Duration, maxMessage int64) *watchedConn {
	return &watchedConn{Conn: conn, stall: stall, guard: guard{maxLiteral: max(maxMessage, minLiteral)}}
}

// arm says that an answer is due from now on.
func (c *watchedConn) arm() { c.watch(true) }

// disarm says that the server may be silent.
func (c *watchedConn) disarm() { c.watch(false) }

func (c *watchedConn) watch(armed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = armed
	c.renew()
}

// renew sets the deadline of the read under way and of the next one. The caller holds mu.
func (c *watchedConn) renew() {
	var deadline time.Time
	if c.armed {
		deadline = time.Now().Add(c.stall)
	}
	// A connection that refuses a deadline is closed already: its next read says so.
	_ = c.Conn.SetReadDeadline(deadline)
}

// Read tells every failure as io.EOF, on which go-imap ends in one way, whatever it was doing. The true reason, which
// its errors would hide, is kept in cause.
func (c *watchedConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.renew()
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	if harm := c.guard.inspect(p[:n]); harm != nil {
		c.fail(harm)
		return 0, io.EOF
	}
	if err == nil {
		return n, nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("no answer for %v: %w", c.stall, err)
	}
	c.fail(err)
	return n, io.EOF
}

func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		c.fail(err)
	}
	return n, err
}

// cut ends the connection at once; reads and writes under way return.
func (c *watchedConn) cut(cause error) {
	c.fail(cause)
	// There is nobody to tell: whoever cuts has the reason already.
	_ = c.Conn.Close()
}

func (c *watchedConn) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = cause
	}
}

// failure returns why the connection ended, or nil while it lives.
func (c *watchedConn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// bind cuts the connection when the context ends, until the returned function is called.
func (c *watchedConn) bind(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() { c.cut(context.Cause(ctx)) })
	return func() { stop() }
}

// go-imap's deadlines are ignored; see above.

func (c *watchedConn) SetDeadline(time.Time) error      { return nil }
func (c *watchedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *watchedConn) SetWriteDeadline(time.Time) error { return nil }
