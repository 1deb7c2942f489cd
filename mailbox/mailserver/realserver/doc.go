// Package realserver starts Dovecot and Postfix on free loopback ports, with their files in a folder of their own, for
// tests that must prove something about servers that others wrote.
//
// It needs root and the Debian packages dovecot-imapd, dovecot-lmtpd and postfix, and says which of them is missing.
// Nothing leaves the machine: mail for other domains than the users' is refused, except for bounce.test, whose mail
// comes back as a real bounce.
package realserver
