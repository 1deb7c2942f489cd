package config

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"contractd/workflow"
)

func (m *Mail) validate(r *report) {
	m.IMAP.validate(r)
	m.SMTP.validate(r)
	switch redirecting := m.Mode == workflow.ModeRedirect; {
	case redirecting && m.RedirectTo.IsZero():
		r.add("mail.redirect_to", `is required for mode = "redirect"`, "name an address of your own, which gets every letter")
	case !redirecting && !m.RedirectTo.IsZero():
		r.add("mail.redirect_to", `stands beside mode = "`+string(m.Mode)+`", which mails it nothing`, `set mode = "redirect", or remove it`)
	}
}

func (c *IMAP) validate(r *report) {
	r.server("mail.imap", c.Host, c.ServerName, c.Port, c.TLS)
	r.wrongPort("mail.imap", c.Port, c.TLS, 993, 143)
	r.required("mail.imap.user", c.User)
	r.required("mail.imap.folder", c.Folder)
	r.secret("mail.imap.password", c.Password)
	if c.Password.IsZero() {
		r.add("mail.imap.password", "is required", secretHint)
	}
	between(r, "mail.imap.poll", c.Poll, Duration(10*time.Second), Duration(time.Hour))
	between(r, "mail.imap.max_size", c.MaxSize, mib, 1024*mib)
	c.validateFolders(r)
}

// validateFolders keeps messages from being filed where they would be read again.
func (c *IMAP) validateFolders(r *report) {
	for _, f := range []struct{ key, folder string }{
		{"sent", c.Sent},
		{"folders.archive", c.Folders.Archive},
		{"folders.review", c.Folders.Review},
		{"folders.rejected", c.Folders.Rejected},
		{"folders.ignored", c.Folders.Ignored},
	} {
		// RFC 9051, 5.1: INBOX is the one name without regard to case.
		inbox := strings.EqualFold(f.folder, "INBOX") && strings.EqualFold(c.Folder, "INBOX")
		if f.folder != "" && (f.folder == c.Folder || inbox) {
			r.add("mail.imap."+f.key, "is the folder in which mail arrives", "what is filed there would be read again; name another")
		}
	}
}

func (c *SMTP) validate(r *report) {
	r.server("mail.smtp", c.Host, c.ServerName, c.Port, c.TLS)
	r.wrongPort("mail.smtp", c.Port, c.TLS, 465, 587)
	r.secret("mail.smtp.password", c.Password)
	switch {
	case c.User != "" && c.Password.IsZero():
		r.add("mail.smtp.password", "is required beside a user", secretHint)
	case c.User == "" && !c.Password.IsZero():
		r.add("mail.smtp.user", "is required beside a password", "")
	}
	r.required("mail.smtp.from", c.From.Address)
	between(r, "mail.smtp.timeout", c.Timeout, Duration(time.Second), Duration(30*time.Minute))
	between(r, "mail.smtp.max_size", c.MaxSize, mib, 1024*mib)
}

// server reports what is wrong with the place of a mail server.
func (r *report) server(at, host, serverName string, port Port, protection TLS) {
	r.required(at+".host", host)
	r.host(at+".host", host)
	r.host(at+".server_name", serverName)
	between(r, at+".port", port, 1, 65535)
	if protection == TLSNone && host != "" && !isLoopback(host) {
		r.add(at+".tls", `"none" is for this machine only`, `use "tls" or "starttls" towards `+host)
	}
}

// wrongPort reports a standard port of the other protection: both sides would wait for each other's first word.
func (r *report) wrongPort(at string, port Port, protection TLS, direct, upgraded Port) {
	if protection == TLSStartTLS && port == direct {
		r.addf(at+".port", `%d expects tls = "tls"; starttls is at %d`, port, upgraded)
	}
	if protection == TLSDirect && port == upgraded {
		r.addf(at+".port", `%d expects tls = "starttls"; TLS from the first byte is at %d`, port, direct)
	}
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`)

func (r *report) host(key, host string) {
	if host == "" || net.ParseIP(host) != nil || len(host) <= 253 && hostForm.MatchString(host) {
		return
	}
	r.add(key, "must be a host name or an address, without scheme and port", "")
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// secret reports a secret that names several places, or one that cannot be.
func (r *report) secret(key string, s Secret) {
	named := 0
	for _, given := range []bool{s.File != "", s.Credential != "", s.Prompt} {
		if given {
			named++
		}
	}
	if named > 1 {
		r.add(key, "names several places", "keep one of file, credential and prompt")
	}
	// systemd.exec(5), LoadCredential: the identifier is a file name.
	if strings.ContainsAny(s.Credential, "/\x00") || s.Credential == "." || s.Credential == ".." {
		r.add(key+".credential", "must be the name of a credential, not a path", "")
	}
}
