package realserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// DovecotServer is a running Dovecot. Its ports are on 127.0.0.1.
type DovecotServer struct {
	trust
	IMAP  int // Plain with STARTTLS.
	IMAPS int // TLS.
	Users []User

	auth, lmtp int
	dir        string
}

// Dovecot starts a server that stops with the test.
func Dovecot(t testing.TB, users ...User) *DovecotServer {
	t.Helper()
	server, err := StartDovecot(t.Context(), users...)
	if err != nil {
		skip(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Dovecot's log ends:\n%s", tail(filepath.Join(server.dir, "log")))
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// StartDovecot starts a server that Stop ends. The error wraps ErrMissing where it cannot be started here.
func StartDovecot(ctx context.Context, users ...User) (*DovecotServer, error) {
	if err := require("dovecot", "doveadm"); err != nil {
		return nil, fmt.Errorf("start Dovecot: %w", err)
	}
	var failures []error
	for range attempts {
		server, err := startDovecot(ctx, users)
		if err == nil {
			return server, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("start Dovecot: %w", errors.Join(failures...))
}

func startDovecot(ctx context.Context, users []User) (*DovecotServer, error) {
	dir, err := folder("dovecot")
	if err != nil {
		return nil, err
	}
	server := &DovecotServer{dir: dir, Users: users}
	if err := server.start(ctx); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

func (d *DovecotServer) start(ctx context.Context) (err error) {
	free, err := ports(4)
	if err != nil {
		return err
	}
	d.IMAP, d.IMAPS, d.auth, d.lmtp = free[0], free[1], free[2], free[3]
	if d.trust, err = certify(d.dir); err != nil {
		return err
	}
	var passwords strings.Builder
	for _, user := range d.Users {
		fmt.Fprintf(&passwords, "%s:{PLAIN}%s::::::\n", user.Address, user.Password)
	}
	mail := filepath.Join(d.dir, "mail")
	if err := errors.Join(
		write(d.dir, "users", passwords.String(), 0o644),
		write(d.dir, "dovecot.conf", d.configuration(), 0o644),
		os.Mkdir(mail, 0o777), os.Chmod(mail, 0o777), // Past the umask.
	); err != nil {
		return err
	}
	if err := run(ctx, filepath.Join(d.dir, "output"), "dovecot", "-c", filepath.Join(d.dir, "dovecot.conf")); err != nil {
		return err
	}
	return await(ctx, d.IMAP, "* OK")
}

func (d *DovecotServer) configuration() string {
	return strings.NewReplacer(
		"DIR", d.dir, "IMAPSPORT", fmt.Sprint(d.IMAPS), "IMAPPORT", fmt.Sprint(d.IMAP),
		"AUTHPORT", fmt.Sprint(d.auth), "LMTPPORT", fmt.Sprint(d.lmtp),
	).Replace(dovecotConfiguration)
}

// Stop ends the server and removes its folder.
func (d *DovecotServer) Stop() error {
	defer os.RemoveAll(d.dir)
	if _, err := os.Stat(filepath.Join(d.dir, "run", "master.pid")); err != nil {
		return nil
	}
	return run(context.Background(), filepath.Join(d.dir, "output"), "doveadm", "-c", filepath.Join(d.dir, "dovecot.conf"), "stop")
}

// Maildir returns the folder in which a user's mail lies: new messages are files in its "new".
func (d *DovecotServer) Maildir(user string) string { return filepath.Join(d.dir, "mail", user) }

// One setting stands on a line, or Dovecot misreads the block.
const dovecotConfiguration = `
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
recipient_delimiter = +
mail_location = maildir:DIR/mail/%u
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = username_format=%u DIR/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=DIR/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox 已发邮件 {
    special_use = \Sent
    auto = create
  }
}
service imap-login {
  inet_listener imap {
    port = IMAPPORT
  }
  inet_listener imaps {
    port = IMAPSPORT
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = LMTPPORT
  }
}
service auth {
  inet_listener {
    port = AUTHPORT
  }
}
`
