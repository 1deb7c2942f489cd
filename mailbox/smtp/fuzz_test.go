package smtp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"contractd/mailbox/smtp"
	"contractd/workflow"
)

// FuzzServer plays a hostile server: each piece of the input, divided by NUL, answers one line of the client. Whatever
// it says, sending ends, every error has its class, and nothing counts as sent without an answer behind the final dot.
func FuzzServer(f *testing.F) {
	const (
		ready = "220 hi\r\n\x00250-me\r\n250-SIZE 1000\r\n250-DSN\r\n250 AUTH PLAIN LOGIN\r\n\x00235 in\r\n\x00"
		open  = ready + "250 from\r\n\x00250 to\r\n\x00354 go\r\n\x00"
	)
	for _, seed := range []string{
		"", "554 no\r\n", ready, open, open + "\x00\x00\x00250 2.0.0 queued\r\n", open + "\x00\x00\x00554 5.7.1 spam\r\n", open + "\x00\x00\x00251",
		"220 hi\r\n\x00250-SIZE 99999999999999999999999\r\n250 SIZE\r\n", "220 hi\r\n\x00500 what\r\n\x00250 helo\r\n", ready + "250-endless\r\n250-",
		"220 hi\r\n\x00250 no login\r\n", "220 hi\r\n\x00250-me\r\n250 AUTH LOGIN\r\n\x00334 !!!\r\n", "220 hi\r\n\x00250 AUTH PLAIN\r\n\x00334 \r\n\x00334 \r\n\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		sender, err := smtp.New(smtp.Account{
			Host: "127.0.0.1", Security: smtp.Plain, User: us, Password: func() (string, error) { return "x", nil },
			DialTimeout: 20 * time.Millisecond, CommandTimeout: 10 * time.Millisecond, DotTimeout: 10 * time.Millisecond, BlockTimeout: 10 * time.Millisecond,
			Dial: func(context.Context, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go play(theirs, script)
				return ours, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		_, err = sender.Send(t.Context(), toSupplier, document([]byte("Subject: x\r\n\r\nbody\r\n")))
		classes := 0
		for _, class := range []error{workflow.ErrTemporary, workflow.ErrFinal, workflow.ErrCredential, workflow.ErrAmbiguous} {
			if errors.Is(err, class) {
				classes++
			}
		}
		if err != nil && classes != 1 || err == nil && bytes.Count(script, []byte("25")) < 3 {
			t.Errorf("%d classes: %v", classes, err)
		}
	})
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
