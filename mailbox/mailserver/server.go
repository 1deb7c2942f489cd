package mailserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"
)

// User owns a set of folders and may send mail.
type User struct {
	Address  string // Also the login.
	Password string
}

// Options says what is served.
type Options struct {
	Users      []User
	MaxMessage int64     // What SMTP accepts and announces in SIZE; 0 means no limit.
	UTF8       bool      // Offer SMTPUTF8.
	Faults     Faults    // See SetFaults.
	Log        io.Writer // What the protocol libraries complain about; nil for nothing.
	Now        func() time.Time
}

// Address is where one protocol is served.
type Address struct {
	Host string
	Port int
}

// String returns host:port.
func (a Address) String() string { return fmt.Sprintf("%s:%d", a.Host, a.Port) }

// Server serves until it is closed.
type Server struct {
	IMAP, IMAPS Address // Plain with STARTTLS, and TLS.
	SMTP, SMTPS Address // Plain with STARTTLS, and TLS.

	options     Options
	certificate tls.Certificate
	done        chan struct{}
	closers     []func() error
	serving     sync.WaitGroup
	closing     sync.Once
	closed      error

	mu       sync.Mutex // Guards what follows and everything reachable from it.
	accounts map[string]*account
	faults   Faults
	changed  chan struct{} // Closed and replaced whenever a message comes, goes or is flagged.
	stats    Stats
	tried    map[string]bool // Recipients that were greylisted once.
}

// Stats counts what the server has seen.
type Stats struct {
	IMAPConnections int
	SMTPConnections int
	Logins          int // Successful ones, of both protocols.
	Transactions    int // Messages taken over SMTP.
	Polls           int // Commands after which IMAP clients were told what is new.
	Idles           int // IDLE commands.
}

// Start serves on free loopback ports until Close is called or the context ends.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = io.Discard
	}
	certificate, err := throwaway()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	s := &Server{
		options: options, certificate: certificate, done: make(chan struct{}), faults: options.Faults,
		accounts: make(map[string]*account), tried: make(map[string]bool), changed: make(chan struct{}),
	}
	for _, user := range options.Users {
		s.accounts[strings.ToLower(user.Address)] = newAccount(user)
	}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	context.AfterFunc(ctx, func() { _ = s.Close() }) // Whoever wants the error calls Close too.
	return s, nil
}

// TLS returns a configuration that trusts the server.
func (s *Server) TLS() *tls.Config { return &tls.Config{RootCAs: s.Roots()} }

// Roots returns a pool with the throwaway certificate.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.certificate.Leaf)
	return pool
}

// Close ends all connections. It may be called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() {
		close(s.done)
		for _, closer := range s.closers {
			s.closed = errors.Join(s.closed, closer())
		}
		s.serving.Wait()
	})
	return s.closed
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// count changes the statistics.
func (s *Server) count(change func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}

func (s *Server) listen() error {
	config := &tls.Config{Certificates: []tls.Certificate{s.certificate}}
	logger := log.New(s.options.Log, "mailserver ", 0)
	return cmp.Or(
		s.serve(&s.IMAP, nil, s.imap(config, logger)),
		s.serve(&s.IMAPS, config, s.imap(nil, logger)),
		s.serve(&s.SMTP, nil, s.smtp(config, logger)),
		s.serve(&s.SMTPS, config, s.smtp(nil, logger)),
	)
}

// protocol is what go-imap's and go-smtp's servers have in common.
type protocol interface {
	Serve(net.Listener) error
	Close() error
}

func (s *Server) serve(address *Address, config *tls.Config, protocol protocol) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	*address = Address{"127.0.0.1", listener.Addr().(*net.TCPAddr).Port}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	if _, ok := protocol.(*imapserver.Server); ok {
		listener = wireListener{listener, s}
	}
	s.closers = append(s.closers, func() error { return errors.Join(ignoreClosed(protocol.Close()), ignoreClosed(listener.Close())) })
	s.serving.Go(func() { _ = protocol.Serve(listener) }) // It ends when the listener is closed, and says just that.
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) imap(config *tls.Config, logger *log.Logger) *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapMove: {}, imap.CapChildren: {},
		},
		NewSession: func(conn *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			s.count(func(stats *Stats) { stats.IMAPConnections++ })
			return &session{server: s, wire: conn.NetConn().(*wire)}, nil, nil
		},
		Logger: logger, TLSConfig: config, InsecureAuth: true,
	})
}

func (s *Server) smtp(config *tls.Config, logger *log.Logger) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		s.count(func(stats *Stats) { stats.SMTPConnections++ })
		return &submission{server: s, conn: conn}, nil
	}))
	server.Domain = "mail.test"
	server.TLSConfig, server.AllowInsecureAuth = config, true
	server.MaxMessageBytes, server.EnableSMTPUTF8, server.ErrorLog = s.options.MaxMessage, s.options.UTF8, logger
	server.ReadTimeout, server.WriteTimeout = 5*time.Minute, 5*time.Minute
	return server
}
