// Package mailserver is a mail server inside the process, for the demo and for tests: IMAP and SMTP on loopback
// addresses, in plain text, with STARTTLS and with TLS under a throwaway certificate. What is sent to one of its users
// lies in that user's INBOX, byte for byte behind the trace headers that every server adds.
//
// It can be told to misbehave in the ways that real servers do. It promises no durability, no limits on memory and no
// protection from those who can reach it, and relays to nobody.
package mailserver
