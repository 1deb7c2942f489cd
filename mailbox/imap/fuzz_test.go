package imap_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/workflow"
)

// What a good server says up to the answer to the listing.
const (
	hello  = "* OK [CAPABILITY IMAP4rev1 ID IDLE] ready\r\n\x00T1 OK [CAPABILITY IMAP4rev1 ID IDLE] in\r\n\x00T2 OK id\r\n\x00"
	opened = hello + "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\nT3 OK [READ-WRITE] selected\r\n\x00"
	listed = opened + "* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE \"23-Nov-2026 10:00:00 +0800\")\r\nT4 OK done\r\n\x00"
)

// FuzzServer plays a hostile server: each piece of the input, divided by NUL, answers one line of the client. Whatever
// it says, calls end without panic, and a message is confirmed only with as many bytes as were announced.
func FuzzServer(f *testing.F) {
	for _, seed := range []string{
		"", "* BYE\r\n", "* PREAUTH hi\r\n", hello, opened, listed + "* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\nT5 OK done\r\n",
		listed + "* 1 FETCH (UID 1 BODY[] {5}\r\nhel", listed + "* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\nT5 NO expunged\r\n",
		listed + "* 1 FETCH (UID 1 BODY[] NIL)\r\nT5 OK done\r\n", listed + "T5 OK done\r\n", listed + "* 1 FETCH (BODY[] \"hello\" UID 1)\r\nT5 OK\r\n",
		listed + "* 1 FETCH (UID 1 BODY[] {99999999999}\r\nhello)\r\nT5 OK done\r\n", hello + "T3 NO SELECT Unsafe Login\r\n",
		hello + "* 1 EXISTS\r\nT3 OK\r\n", opened + "* 1 FETCH (UID 4294967295 RFC822.SIZE -1)\r\nT4 OK\r\n", "* OK [CAPABILITY (IMAP4rev1] ready\r\n", opened + "* 1 FETCH (INTERNALDATE NIL UID 1)\r\nT4 OK\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		mailbox, err := imap.New(scripted(script))
		if err != nil {
			t.Fatal(err)
		}
		err = mailbox.Fetch(t.Context(), workflow.Cursor{}, func(_ context.Context, message workflow.Incoming, raw io.Reader) error {
			if raw == nil {
				return nil
			}
			n, err := io.Copy(io.Discard, raw)
			if err == nil && n != message.Size {
				t.Errorf("confirmed %d bytes, announced were %d", n, message.Size)
			}
			return err
		})
		if err == nil && !bytes.Contains(script, []byte("T3 OK")) {
			t.Error("no error from a server that never opened the folder")
		}
		mailbox.Close()
	})
}

// scripted returns an account at a server that plays a script.
func scripted(script []byte) imap.Account {
	return imap.Account{
		Name: "scripted", Host: "127.0.0.1", Security: imap.Plain, User: user,
		Password: func() (string, error) { return "x", nil }, AnswerTimeout: 10 * time.Millisecond,
		MaxMessage: 1 << 20, FromBeginning: true,
		Dial: func(context.Context, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go play(theirs, script)
			return ours, nil
		},
	}
}

func play(conn net.Conn, script []byte) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for piece := range bytes.SplitSeq(script, []byte{0}) {
		if _, err := conn.Write(piece); err != nil || !lines.Scan() {
			return
		}
	}
}
