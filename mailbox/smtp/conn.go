package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"contractd/workflow"
)

// connection is one logged-in connection.
type connection struct {
	*smtp.Client
	conn *blockConn
	used bool // A message was sent over it before.
}

// cut ends the connection without a word, so that a message under way is not taken for complete.
func (c *connection) cut() {
	// There is nobody to tell: it is given up for another reason.
	_ = c.conn.Close()
}

// quit ends the connection politely.
func (c *connection) quit() {
	// What was sent was answered; a server that does not say goodbye changes nothing.
	_ = c.Quit()
	c.cut()
}

// blockConn renews the deadline with every block that is written: go-smtp sets none while a message flows.
type blockConn struct {
	net.Conn
	block   time.Duration
	closing sync.Once
	closed  error
}

func (c *blockConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.block)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *blockConn) Close() error {
	c.closing.Do(func() { c.closed = c.Conn.Close() })
	return c.closed
}

// connect returns a connection that is ready for a transaction.
func (a *Account) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.DialTimeout, fmt.Errorf("not ready after %v", a.DialTimeout))
	defer cancel()
	tcp, err := a.Dial(ctx, a.address())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w: %w", a.address(), err, workflow.ErrTemporary)
	}
	conn := &blockConn{Conn: tcp, block: a.BlockTimeout}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // The step under way tells.
	defer stop()
	client, err := a.begin(ctx, conn)
	if err != nil {
		_ = conn.Close()      // The error that ends it is told.
		if ctx.Err() != nil { // Whatever the cut connection looks like, this is the reason.
			err = fmt.Errorf("%v: %w: %w", err, context.Cause(ctx), workflow.ErrTemporary)
		}
		return nil, fmt.Errorf("connect to %s: %w", a.address(), err)
	}
	return &connection{Client: client, conn: conn}, nil
}

func (a *Account) begin(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	client, err := a.protect(ctx, conn)
	if err != nil {
		return nil, err
	}
	client.CommandTimeout, client.SubmissionTimeout = a.CommandTimeout, a.DotTimeout
	if err := client.Hello(a.Hello); err != nil {
		return nil, fmt.Errorf("say EHLO: %w", a.outage(err))
	}
	if a.User == "" {
		return client, nil
	}
	return client, a.login(client)
}

func (a *Account) protect(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	switch a.Security {
	case TLS:
		secure := tls.Client(conn, a.tlsConfig())
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, a.handshakeError(err)
		}
		return smtp.NewClient(secure), nil
	case StartTLS:
		client, err := smtp.NewClientStartTLS(conn, a.tlsConfig())
		if err != nil {
			return nil, a.handshakeError(err)
		}
		return client, nil
	default:
		if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			return nil, fmt.Errorf("refuse to talk to %s without TLS: %w", tcp, workflow.ErrFinal)
		}
		return smtp.NewClient(conn), nil
	}
}

func (a *Account) tlsConfig() *tls.Config {
	config := a.TLS.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = cmp.Or(config.ServerName, a.Host)
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	return config
}

func (a *Account) handshakeError(err error) error {
	hint := ""
	if unknown := (*tls.CertificateVerificationError)(nil); errors.As(err, &unknown) {
		hint = "name the server's CA certificate in the configuration, or correct the host name"
	}
	return workflow.WithHint(fmt.Errorf("begin TLS: %w", a.outage(err)), hint)
}

// outage marks what goes wrong before a transaction begins: it concerns the server, never one message.
func (a *Account) outage(err error) error { return fmt.Errorf("%w: %w", err, workflow.ErrTemporary) }
