package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"contractd/mailbox"
	"contractd/mailbox/mailserver"
	"contractd/mailbox/smtp"
	"contractd/workflow"
)

// post is a mail server, in this process or not.
type post struct {
	imap, smtp int    // Ports with TLS on 127.0.0.1.
	ca         []byte // PEM.
	tls        *tls.Config
	local      *mailserver.Server // nil for another one.
	// messages returns what lies in a folder once there are at least so many.
	messages func(ctx context.Context, user, folder string, atLeast int) ([][]byte, error)
}

// localPost starts the server of package mailserver.
func localPost(t *testing.T) post {
	t.Helper()
	server, err := mailserver.Start(context.WithoutCancel(t.Context()), mailserver.Options{Users: []mailserver.User{
		{Address: houseMail, Password: mailSecret}, {Address: supplierMail, Password: mailSecret}, {Address: otherMail, Password: mailSecret},
	}})
	check(t, err)
	t.Cleanup(func() { check(t, server.Close()) })
	return post{
		imap: server.IMAPS.Port, smtp: server.SMTPS.Port, ca: server.CertificatePEM(), tls: server.TLS(), local: server,
		messages: func(ctx context.Context, user, folder string, atLeast int) ([][]byte, error) {
			found, err := server.Await(ctx, user, folder, atLeast)
			var all [][]byte
			for _, message := range found {
				all = append(all, message.Raw)
			}
			return all, err
		},
	}
}

// mail returns what lies in a folder of somebody's, waiting for so many messages.
func (x *exchange) mail(user, folder string, atLeast int) [][]byte {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.Context(), patience)
	defer cancel()
	found, err := x.post.messages(ctx, user, folder, atLeast)
	check(x.T, err)
	return found
}

// letter is a message as its reader understands it.
type letter struct {
	workflow.Message
	raw []byte
	pdf []byte // The first one.
}

// received returns the n-th message, from 1, in the supplier's mailbox.
func (x *exchange) received(n int) letter {
	x.Helper()
	return x.read(x.mail(supplierMail, "INBOX", n)[n-1])
}

// receivedAbout returns the supplier's n-th letter, from 1, in the thread of a contract.
func (x *exchange) receivedAbout(number string, n int) letter {
	x.Helper()
	var found []letter
	x.until("letter about "+number, func(context.Context) bool {
		found = nil
		for _, raw := range x.mail(supplierMail, "INBOX", 0) {
			if l := x.read(raw); bytes.Contains([]byte(l.Subject), []byte(number)) {
				found = append(found, l)
			}
		}
		return len(found) >= n
	})
	return found[n-1]
}

func (x *exchange) read(raw []byte) letter {
	x.Helper()
	parser := mailbox.Parser{Spool: x.TempDir()}
	message, closer, err := parser.Parse(x.Context(), inMemory(raw))
	check(x.T, err)
	defer func() { check(x.T, closer.Close()) }()
	l := letter{Message: message, raw: raw}
	if len(message.PDFs) > 0 {
		l.pdf = make([]byte, message.PDFs[0].Document.Size)
		_, err := message.PDFs[0].Document.ReadAt(l.pdf, 0)
		check(x.T, err)
	}
	return l
}

// mailTo sends a raw message as its sender's mail program would, by SMTP with a login.
func (x *exchange) mailTo(from, to string, raw []byte) {
	x.Helper()
	sender, err := smtp.New(smtp.Account{
		Host: "127.0.0.1", Port: x.post.smtp, Security: smtp.TLS, TLS: x.post.tls,
		User: from, Password: func() (string, error) { return mailSecret, nil },
	})
	check(x.T, err)
	_, err = sender.Send(x.Context(), workflow.Envelope{From: from, To: to}, inMemory(raw))
	check(x.T, err)
	check(x.T, sender.Close())
}

func inMemory(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(data), Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
}

// textOf returns the words of a letter, decoded.
func (x *exchange) textOf(l letter) []byte {
	x.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(l.raw))
	check(x.T, err)
	return x.words(message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body)
}

func (x *exchange) words(kind, encoding string, body io.Reader) []byte {
	x.Helper()
	media, parameters, err := mime.ParseMediaType(kind)
	check(x.T, err)
	if strings.HasPrefix(media, "multipart/") {
		var all []byte
		for parts := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return all
			}
			check(x.T, err)
			all = append(all, x.words(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)...)
		}
	}
	if !strings.HasPrefix(media, "text/") {
		return nil
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	check(x.T, err)
	return text
}
