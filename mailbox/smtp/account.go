package smtp

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
	TLS      Security = "tls"      // TLS from the first byte (RFC 8314), usually port 465.
	StartTLS Security = "starttls" // Upgraded before the login, usually port 587.
	Plain    Security = "plain"    // Nothing; only to a loopback address.
)

// Login says how the user proves who they are.
type Login string

const (
	LoginPassword    Login = "password"    // AUTH PLAIN or LOGIN; a password or 授权码.
	LoginXOAuth2     Login = "xoauth2"     // Microsoft 365, Gmail; Password returns an access token.
	LoginOAuthBearer Login = "oauthbearer" // RFC 7628; Password returns an access token.
)

// Account says which server takes our mail. Zero fields take the defaults that are named.
type Account struct {
	Host     string
	Port     int         // 465 with TLS, 587 otherwise.
	Security Security    // TLS.
	TLS      *tls.Config // Roots; the server's name and the lowest version are filled in.

	User     string                 // Empty for a relay on this machine that wants no login.
	Login    Login                  // LoginPassword.
	Password func() (string, error) // Asked at every login, so that tokens and files may change.
	Hello    string                 // Our name in EHLO; "localhost".

	// RFC 5321, 4.5.3.2 names longer ones, meant for relays that nobody watches.
	DialTimeout    time.Duration // 1 minute, until we are logged in.
	CommandTimeout time.Duration // 2 minutes for each answer.
	BlockTimeout   time.Duration // 3 minutes for each block of the message.
	DotTimeout     time.Duration // 10 minutes for the answer to the whole message.
	IdleClose      time.Duration // 10 seconds without a message end the connection.

	Log  *slog.Logger
	Dial func(ctx context.Context, address string) (net.Conn, error) // TCP.
}

func (a Account) withDefaults() Account {
	a.Security = cmp.Or(a.Security, TLS)
	a.Login = cmp.Or(a.Login, LoginPassword)
	if a.Port == 0 {
		a.Port = map[Security]int{TLS: 465, StartTLS: 587, Plain: 587}[a.Security]
	}
	a.Hello = cmp.Or(a.Hello, "localhost")
	a.DialTimeout = cmp.Or(a.DialTimeout, time.Minute)
	a.CommandTimeout = cmp.Or(a.CommandTimeout, 2*time.Minute)
	a.BlockTimeout = cmp.Or(a.BlockTimeout, 3*time.Minute)
	a.DotTimeout = cmp.Or(a.DotTimeout, 10*time.Minute)
	a.IdleClose = cmp.Or(a.IdleClose, 10*time.Second)
	a.Log = cmp.Or(a.Log, slog.New(slog.DiscardHandler))
	if a.Dial == nil {
		a.Dial = dialTCP
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
	fault(a.User != "" && a.Password == nil, "password source is missing")
	fault(a.Port < 1 || a.Port > 65535, "port is not between 1 and 65535")
	fault(a.Security != TLS && a.Security != StartTLS && a.Security != Plain, "security is none of tls, starttls, plain")
	fault(a.Login != LoginPassword && a.Login != LoginXOAuth2 && a.Login != LoginOAuthBearer, "login is none of password, xoauth2, oauthbearer")
	fault(a.Security == Plain && !loopback(a.Host), "plain connections are only made to a loopback address")
	fault(strings.ContainsFunc(a.Hello, func(r rune) bool { return r <= ' ' || r > '~' }), "EHLO name holds other than printable ASCII")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("SMTP account %q: %w: %w", a.Host, errors.Join(faults...), workflow.ErrUsage)
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
