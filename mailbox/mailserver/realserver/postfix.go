package realserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// PostfixServer is a running Postfix that authenticates against a Dovecot and delivers into it. Its ports are on
// 127.0.0.1. Mail to anybody at bounce.test comes back as a bounce.
type PostfixServer struct {
	trust
	SMTP  int // Plain with STARTTLS.
	SMTPS int // TLS.

	dir string
}

// SizeLimit is what Postfix announces in SIZE.
const SizeLimit = 60 << 20

// Postfix starts a server that stops with the test.
func Postfix(t testing.TB, dovecot *DovecotServer) *PostfixServer {
	t.Helper()
	server, err := StartPostfix(t.Context(), dovecot)
	if err != nil {
		skip(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix's log ends:\n%s", tail(filepath.Join(server.dir, "log")))
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// StartPostfix starts a server that Stop ends. The error wraps ErrMissing where it cannot be started here.
func StartPostfix(ctx context.Context, dovecot *DovecotServer) (*PostfixServer, error) {
	if err := require("postfix", "postconf"); err != nil {
		return nil, fmt.Errorf("start Postfix: %w", err)
	}
	var failures []error
	for range attempts {
		server, err := startPostfix(ctx, dovecot)
		if err == nil {
			return server, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("start Postfix: %w", errors.Join(failures...))
}

func startPostfix(ctx context.Context, dovecot *DovecotServer) (*PostfixServer, error) {
	dir, err := folder("postfix")
	if err != nil {
		return nil, err
	}
	server := &PostfixServer{dir: dir}
	if err := server.start(ctx, dovecot); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

func (p *PostfixServer) start(ctx context.Context, dovecot *DovecotServer) (err error) {
	free, err := ports(2)
	if err != nil {
		return err
	}
	p.SMTP, p.SMTPS = free[0], free[1]
	if p.trust, err = certify(p.dir); err != nil {
		return err
	}
	daemons, err := exec.CommandContext(ctx, "/usr/sbin/postconf", "-d", "-h", "daemon_directory").Output()
	if err != nil {
		return fmt.Errorf("ask where Postfix lies: %w", err)
	}
	if err := errors.Join(
		os.Mkdir(filepath.Join(p.dir, "queue"), 0o755),
		os.Mkdir(filepath.Join(p.dir, "data"), 0o755),
		write(p.dir, "main.cf", p.configuration(dovecot, strings.TrimSpace(string(daemons))), 0o644),
		write(p.dir, "master.cf", p.fill(postfixServices), 0o644),
	); err != nil {
		return err
	}
	output := filepath.Join(p.dir, "output")
	if err := run(ctx, output, "chown", "postfix", filepath.Join(p.dir, "data")); err != nil {
		return err
	}
	if err := run(ctx, output, "postfix", "-c", p.dir, "start"); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(filepath.Join(p.dir, "log")))
	}
	return await(ctx, p.SMTP, "220 ")
}

func (p *PostfixServer) configuration(dovecot *DovecotServer, daemons string) string {
	var domains, users []string
	for _, user := range dovecot.Users {
		_, domain, _ := strings.Cut(user.Address, "@")
		domains, users = append(domains, domain+"=1"), append(users, user.Address+"=1")
	}
	return strings.NewReplacer(
		"DAEMONS", daemons, "DOMAINS", strings.Join(domains, ", "), "USERS", strings.Join(users, ", "),
		"AUTHPORT", fmt.Sprint(dovecot.auth), "LMTPPORT", fmt.Sprint(dovecot.lmtp),
	).Replace(p.fill(postfixConfiguration))
}

func (p *PostfixServer) fill(template string) string {
	return strings.NewReplacer(
		"DIR", p.dir, "SMTPSPORT", fmt.Sprint(p.SMTPS), "SMTPPORT", fmt.Sprint(p.SMTP), "LIMIT", fmt.Sprint(SizeLimit),
	).Replace(template)
}

// Stop ends the server and removes its folder.
func (p *PostfixServer) Stop() error {
	defer os.RemoveAll(p.dir)
	if _, err := os.Stat(filepath.Join(p.dir, "queue", "pid", "master.pid")); err != nil {
		return nil
	}
	return run(context.Background(), filepath.Join(p.dir, "output"), "postfix", "-c", p.dir, "stop")
}

const postfixConfiguration = `
compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
daemon_directory = DAEMONS
maillog_file = DIR/log
maillog_file_prefixes = DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
message_size_limit = LIMIT
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = inline:{DOMAINS}
virtual_mailbox_maps = inline:{USERS}
virtual_transport = lmtp:inet:127.0.0.1:LMTPPORT
relay_domains = bounce.test
transport_maps = inline:{bounce.test=refuse:}
default_transport = error:5.1.2 No mail leaves this machine
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:AUTHPORT
smtpd_tls_cert_file = DIR/cert.pem
smtpd_tls_key_file = DIR/key.pem
smtpd_tls_security_level = may
smtputf8_autodetect_classes = all
`

// No service runs in a chroot. Exit status 67 is EX_NOUSER, which makes a bounce.
const postfixServices = `
127.0.0.1:SMTPPORT  inet  n  -  n  -  -  smtpd
127.0.0.1:SMTPSPORT inet  n  -  n  -  -  smtpd -o smtpd_tls_wrappermode=yes
pickup    unix  n  -  n  60  1  pickup
cleanup   unix  n  -  n  -   0  cleanup
qmgr      unix  n  -  n  300 1  qmgr
tlsmgr    unix  -  -  n  1000? 1 tlsmgr
rewrite   unix  -  -  n  -   -  trivial-rewrite
bounce    unix  -  -  n  -   0  bounce
defer     unix  -  -  n  -   0  bounce
trace     unix  -  -  n  -   0  bounce
verify    unix  -  -  n  -   1  verify
flush     unix  n  -  n  1000? 0 flush
proxymap  unix  -  -  n  -   -  proxymap
proxywrite unix -  -  n  -   1  proxymap
smtp      unix  -  -  n  -   -  smtp
relay     unix  -  -  n  -   -  smtp
showq     unix  n  -  n  -   -  showq
error     unix  -  -  n  -   -  error
retry     unix  -  -  n  -   -  error
discard   unix  -  -  n  -   -  discard
local     unix  -  n  n  -   -  local
virtual   unix  -  n  n  -   -  virtual
lmtp      unix  -  -  n  -   -  lmtp
anvil     unix  -  -  n  -   1  anvil
scache    unix  -  -  n  -   1  scache
postlog   unix-dgram n - n - 1  postlogd
refuse    unix  -  n  n  -   -  pipe flags=Rq user=nobody argv=/bin/sh -c {exit 67}
`
