package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"

	"contractd/cmd/contractd/config"
	"contractd/mailbox/imap"
	"contractd/mailbox/smtp"
	"contractd/workflow"
)

// newMailbox returns the designated mailbox; it connects when it is first used.
func newMailbox(ctx context.Context, h *house) (*imap.Mailbox, error) {
	account, err := imapAccount(ctx, h)
	if err != nil {
		return nil, err
	}
	return imap.New(account)
}

func imapAccount(ctx context.Context, h *house) (imap.Account, error) {
	settings := h.cfg.Mail.IMAP
	roots, err := tlsConfig(settings.ServerName, settings.CA)
	if err != nil {
		return imap.Account{}, err
	}
	return imap.Account{
		Name: accountName(settings), Host: settings.Host, Port: int(settings.Port), Security: imapSecurity(settings.TLS), TLS: roots,
		User: settings.User, Password: h.password(ctx, settings.Password, "IMAP password"),
		Folder: settings.Folder, Sent: settings.Sent, MaxMessage: int64(settings.MaxSize),
		Shelves: map[workflow.Shelf]string{
			workflow.ShelfArchived: settings.Folders.Archive, workflow.ShelfReview: settings.Folders.Review,
			workflow.ShelfRejected: settings.Folders.Rejected, workflow.ShelfIgnored: settings.Folders.Ignored,
		},
		FromBeginning: h.cfg.Mail.Start == config.StartAll, Idle: settings.Idle, Poll: settings.Poll.Std(), Log: h.log,
	}, nil
}

// newSender returns the way out; it connects when it is first used.
func newSender(ctx context.Context, h *house) (*smtp.Sender, error) {
	settings := h.cfg.Mail.SMTP
	roots, err := tlsConfig(settings.ServerName, settings.CA)
	if err != nil {
		return nil, err
	}
	step := settings.Timeout.Std()
	return smtp.New(smtp.Account{
		Host: settings.Host, Port: int(settings.Port), Security: smtpSecurity(settings.TLS), TLS: roots,
		User: settings.User, Password: h.password(ctx, settings.Password, "SMTP password"), Hello: domainOf(settings.From.Address),
		DialTimeout: step, CommandTimeout: step, BlockTimeout: step, DotTimeout: 5 * step, Log: h.log,
	})
}

// password reads a secret at every login, so that a changed file counts at once; one that was typed is kept. The end of
// ctx ends a question on the terminal.
func (h *house) password(ctx context.Context, secret config.Secret, what string) func() (string, error) {
	var mu sync.Mutex // Guards typed: two connections may log in at once, and a person is asked once.
	typed := ""
	return func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if typed != "" {
			return typed, nil
		}
		value, err := secret.Read(ctx, what, h.prompt)
		if err != nil {
			return "", fmt.Errorf("%w: %w", err, workflow.ErrCredential)
		}
		if secret.Prompt {
			typed = value
		}
		return value, nil
	}
}

func imapSecurity(protection config.TLS) imap.Security {
	return map[config.TLS]imap.Security{
		config.TLSDirect: imap.TLS, config.TLSStartTLS: imap.StartTLS, config.TLSNone: imap.Plain,
	}[protection]
}

func smtpSecurity(protection config.TLS) smtp.Security {
	return map[config.TLS]smtp.Security{
		config.TLSDirect: smtp.TLS, config.TLSStartTLS: smtp.StartTLS, config.TLSNone: smtp.Plain,
	}[protection]
}

// tlsConfig returns the settings of a connection: its own roots where they are named, and the name to expect.
func tlsConfig(serverName, ca string) (*tls.Config, error) {
	settings := &tls.Config{ServerName: serverName, MinVersion: tls.VersionTLS12}
	if ca == "" {
		return settings, nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("read CA of the mail server: %w: %w", err, workflow.ErrUsage)
	}
	settings.RootCAs = x509.NewCertPool()
	if !settings.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read CA of the mail server: no certificate in %s: %w", ca, workflow.ErrUsage)
	}
	return settings, nil
}
