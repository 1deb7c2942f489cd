package imap

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
)

// Security says how the connection is protected.
type Security string

const (
	TLS      Security = "tls"      // TLS from the first byte (RFC 8314), usually port 993.
	StartTLS Security = "starttls" // Upgraded before anything else is said, usually port 143.
	Plain    Security = "plain"    // Nothing; only to a loopback address.
)

// Login says how the user proves who they are.
type Login string

const (
	LoginPassword    Login = "password"    // LOGIN or AUTHENTICATE PLAIN; a password or 授权码.
	LoginXOAuth2     Login = "xoauth2"     // Microsoft 365, Gmail; Password returns an access token.
	LoginOAuthBearer Login = "oauthbearer" // RFC 7628; Password returns an access token.
)

// Account says where a mailbox is and how it is used. Zero fields take the defaults that are named.
type Account struct {
	Name     string // What the configuration and a workflow.Place call it.
	Host     string
	Port     int         // 993, or 143 unless TLS.
	Security Security    // TLS.
	TLS      *tls.Config // Roots; the server's name and the lowest version are filled in.

	User     string
	Login    Login                  // LoginPassword.
	Password func() (string, error) // Asked at every login, so that tokens and files may change.

	Folder  string                    // INBOX.
	Sent    string                    // Where Append puts copies; empty: the folder that the server marks as \Sent, else "Sent".
	Shelves map[workflow.Shelf]string // Where judged messages go; a shelf without folder leaves them.

	FromBeginning bool          // Start at the first message instead of at now.
	Since         time.Time     // Messages that came earlier are not fetched.
	MaxMessage    int64         // 50 MiB, compared with RFC822.SIZE before anything is downloaded.
	Idle          bool          // Use IDLE where the server offers it.
	IdleMax       time.Duration // 9 minutes; many firewalls forget a silent connection after 10.
	Poll          time.Duration // 1 minute, where there is no IDLE.

	DialTimeout   time.Duration // 30 seconds.
	AnswerTimeout time.Duration // 1 minute without a byte while an answer is due.
	BackoffMax    time.Duration // 5 minutes between attempts to connect.

	Log  *slog.Logger
	Dial func(ctx context.Context, address string) (net.Conn, error) // TCP.
	Now  func() time.Time
	// Pause waits before the next attempt to connect; tests replace it.
	Pause func(context.Context, time.Duration) error
}

func (a Account) withDefaults() Account {
	a.Security = cmp.Or(a.Security, TLS)
	a.Login = cmp.Or(a.Login, LoginPassword)
	if a.Port == 0 {
		a.Port = map[Security]int{TLS: 993, StartTLS: 143, Plain: 143}[a.Security]
	}
	a.Folder = cmp.Or(a.Folder, "INBOX")
	a.MaxMessage = cmp.Or(a.MaxMessage, 50<<20)
	a.IdleMax = cmp.Or(a.IdleMax, 9*time.Minute)
	a.Poll = cmp.Or(a.Poll, time.Minute)
	a.DialTimeout = cmp.Or(a.DialTimeout, 30*time.Second)
	a.AnswerTimeout = cmp.Or(a.AnswerTimeout, time.Minute)
	a.BackoffMax = cmp.Or(a.BackoffMax, 5*time.Minute)
	a.Log = cmp.Or(a.Log, slog.New(slog.DiscardHandler))
	if a.Dial == nil {
		a.Dial = dialTCP
	}
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Pause == nil {
		a.Pause = pause
	}
	return a
}

// check reports every fault of the account at once.
func (a Account) check() error {
	var faults []error
	fault := func(wrong bool, text string) {
		if wrong {
			faults = append(faults, errors.New(text))
		}
	}
	fault(a.Host == "", "host is missing")
	fault(a.User == "", "user is missing")
	fault(a.Password == nil, "password source is missing")
	fault(a.Port < 1 || a.Port > 65535, "port is not between 1 and 65535")
	fault(a.Security != TLS && a.Security != StartTLS && a.Security != Plain, "security is none of tls, starttls, plain")
	fault(a.Login != LoginPassword && a.Login != LoginXOAuth2 && a.Login != LoginOAuthBearer, "login is none of password, xoauth2, oauthbearer")
	fault(a.Security == Plain && !loopback(a.Host), "plain connections are only made to a loopback address")
	fault(strings.ContainsAny(a.User, "\r\n\x00"), "user holds a control character")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("IMAP account %q: %w: %w", a.Name, errors.Join(faults...), workflow.ErrUsage)
}

func (a Account) address() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", address)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
