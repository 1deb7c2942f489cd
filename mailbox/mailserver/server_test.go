package mailserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"contractd/mailbox/mailserver"
)

const (
	alice = "alice@example.com"
	bob   = "bob@example.com"
)

func start(t *testing.T) *mailserver.Server {
	t.Helper()
	server, err := mailserver.Start(t.Context(), mailserver.Options{Users: []mailserver.User{{alice, "a"}, {bob, "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func login(t *testing.T, server *mailserver.Server, user, password string) *imapclient.Client {
	t.Helper()
	client, err := imapclient.DialTLS(server.IMAPS.String(), &imapclient.Options{TLSConfig: server.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if err := client.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return client
}

func send(t *testing.T, server *mailserver.Server, to string, raw string) error {
	t.Helper()
	client, err := smtp.DialStartTLS(server.SMTP.String(), server.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Auth(sasl.NewPlainClient("", alice, "a")); err != nil {
		return err
	}
	return client.SendMail(alice, []string{to}, strings.NewReader(raw))
}

func TestMailGoesFromOneUserToAnother(t *testing.T) {
	server := start(t)
	if err := send(t, server, "bob+contract@example.com", "Subject: hello\r\n\r\n.dot\r\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	messages, err := server.Await(ctx, bob, "INBOX", 1)
	if err != nil {
		t.Fatal(err)
	}
	raw := string(messages[0].Raw)
	if !strings.HasPrefix(raw, "Return-Path: <"+alice+">\r\n") || !strings.HasSuffix(raw, "Subject: hello\r\n\r\n.dot\r\n") {
		t.Errorf("%q", raw)
	}
	var refused *smtp.SMTPError
	if err := send(t, server, "carol@elsewhere.example", "x"); !errors.As(err, &refused) || refused.Code != 550 {
		t.Errorf("relays: %v", err)
	}
}

// What a person's mail program asks for besides what the daemon does.
func TestMailProgram(t *testing.T) {
	server := start(t)
	for n := range 3 {
		raw := fmt.Sprintf("From: %s\r\nSubject: number %d\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nbody %d\r\n", alice, n, n)
		if err := server.Deliver(bob, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	client := login(t, server, bob, "b")
	if err := client.Create("Folder/子", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	folders, err := client.List("", "*", nil).Collect()
	if err != nil || len(folders) != 2 || folders[0].Mailbox != "Folder/子" {
		t.Errorf("%+v, %v", folders, err)
	}
	if selected, err := client.Select("inbox", nil).Wait(); err != nil || selected.NumMessages != 3 {
		t.Errorf("%+v, %v", selected, err)
	}
	found, err := client.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "NUMBER 1"}}}, nil).Wait()
	if err != nil || !slices.Equal(found.AllUIDs(), []imap.UID{2}) {
		t.Errorf("%v, %v", found, err)
	}
	fetched, err := client.Fetch(imap.SeqSetNum(2), &imap.FetchOptions{
		Envelope: true, Flags: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		BodySection: []*imap.FetchItemBodySection{{Specifier: imap.PartSpecifierText}},
	}).Collect()
	if err != nil || len(fetched) != 1 || fetched[0].Envelope.Subject != "number 1" || string(fetched[0].BodySection[0].Bytes) != "body 1\r\n" {
		t.Errorf("%+v, %v", fetched, err)
	}
	if flags := server.Messages(bob, "INBOX")[1].Flags; !slices.Equal(flags, []string{`\Seen`}) {
		t.Errorf("flags %q after reading", flags)
	}
	if err := client.Store(imap.SeqSetNum(1, 3), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Error(err)
	}
	gone, err := client.Expunge().Collect()
	if left := server.Messages(bob, "INBOX"); err != nil || len(gone) != 2 || len(left) != 1 || left[0].UID != 2 {
		t.Errorf("%v gone, %d left, %v", gone, len(left), err)
	}
}

// The wire under the server must not mistake a message's text for commands.
func TestAppendKeepsWhatLooksLikeCommands(t *testing.T) {
	server := start(t)
	client := login(t, server, bob, "b")
	raw := "Subject: x\r\n\r\nT9 ID (\"name\" \"x\")\r\nT10 STARTTLS\r\n{5}\r\nabc\r\nT11 ID NIL\r\n"
	command := client.Append("INBOX", int64(len(raw)), nil)
	io.WriteString(command, raw)
	if err := command.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ID(nil).Wait(); err != nil {
		t.Errorf("ID after APPEND: %v", err)
	}
	if got := server.Messages(bob, "INBOX"); len(got) != 1 || string(got[0].Raw) != raw {
		t.Errorf("%+v", got)
	}
}

func TestClosesWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := mailserver.Start(ctx, mailserver.Options{Users: []mailserver.User{{alice, "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	client := login(t, server, alice, "a")
	cancel()
	select {
	case <-client.Closed():
	case <-time.After(30 * time.Second):
		t.Error("connections stay open")
	}
}
