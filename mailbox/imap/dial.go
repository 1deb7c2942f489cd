package imap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"contractd/workflow"
)

// maxGreeting bounds what a server may say before STARTTLS.
const maxGreeting = 8 << 10

// dial returns a connection on which IMAP can be spoken. A greeting that STARTTLS has consumed is put back.
func (a *Account) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, a.DialTimeout)
	defer cancel()
	conn, err := a.Dial(ctx, a.address())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", a.address(), err)
	}
	secure, err := a.protect(ctx, conn)
	if err != nil {
		// The reason to give up is told; that closing fails too adds nothing.
		_ = conn.Close()
		return nil, fmt.Errorf("connect to %s: %w", a.address(), err)
	}
	return secure, nil
}

func (a *Account) protect(ctx context.Context, conn net.Conn) (net.Conn, error) {
	switch a.Security {
	case TLS:
		return a.handshake(ctx, conn)
	case StartTLS:
		return a.startTLS(ctx, conn)
	default:
		return conn, checkLoopback(conn)
	}
}

// checkLoopback looks at the address that was reached, because a name may mean anything.
func checkLoopback(conn net.Conn) error {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		return fmt.Errorf("refuse to talk to %s without TLS: %w", tcp, workflow.ErrFinal)
	}
	return nil
}

func (a *Account) handshake(ctx context.Context, conn net.Conn) (net.Conn, error) {
	config := a.TLS.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	if config.ServerName == "" {
		config.ServerName = a.Host
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		err = fmt.Errorf("TLS handshake: %w", err)
		var unknown *tls.CertificateVerificationError
		if errors.As(err, &unknown) {
			return nil, workflow.WithHint(err, "name the server's CA certificate in the configuration, or correct the host name")
		}
		return nil, err
	}
	return secure, nil
}

// startTLS upgrades before go-imap sees the connection: go-imap's own upgrade cannot be watched. Reading byte by byte
// leaves nothing in a buffer, so that text injected before the handshake (CVE-2011-0411) breaks the handshake.
func (a *Account) startTLS(ctx context.Context, conn net.Conn) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // The read under way tells.
	defer stop()
	greeting, err := readLine(conn)
	if err != nil {
		return nil, fmt.Errorf("read greeting: %w", err)
	}
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") { // PREAUTH would mean to go on without TLS.
		return nil, fmt.Errorf("server greets with %.80q", greeting)
	}
	if _, err := io.WriteString(conn, "S1 STARTTLS\r\n"); err != nil {
		return nil, fmt.Errorf("ask for TLS: %w", err)
	}
	for {
		answer, err := readLine(conn)
		if err != nil {
			return nil, fmt.Errorf("ask for TLS: %w", err)
		}
		if status, ok := strings.CutPrefix(answer, "S1 "); ok {
			if !strings.HasPrefix(strings.ToUpper(status), "OK") {
				return nil, fmt.Errorf("ask for TLS: server answers %.80q: %w", status, workflow.ErrFinal)
			}
			break
		}
	}
	secure, err := a.handshake(ctx, conn)
	if err != nil {
		return nil, err
	}
	// RFC 9051, 6.2.1: what was said before TLS, capabilities above all, is forgotten.
	return &greetedConn{secure, strings.NewReader("* OK ready\r\n")}, nil
}

func readLine(r io.Reader) (string, error) {
	var line bytes.Buffer
	one := make([]byte, 1)
	for line.Len() < maxGreeting {
		if _, err := io.ReadFull(r, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimRight(line.String(), "\r"), nil
		}
		line.Write(one)
	}
	return "", errors.New("line is too long")
}

// greetedConn repeats the greeting, which a server sends once only.
type greetedConn struct {
	net.Conn
	greeting *strings.Reader
}

func (c *greetedConn) Read(p []byte) (int, error) {
	if c.greeting.Len() > 0 {
		return c.greeting.Read(p)
	}
	return c.Conn.Read(p)
}
