package smtp_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"contractd/mailbox/mailserver"
	"contractd/mailbox/smtp"
	"contractd/workflow"
)

const (
	us       = "contracts@example.com"
	supplier = "legal@supplier.example"
	secret   = "s3cret-授权码"
)

var toSupplier = workflow.Envelope{From: us, To: supplier}

// start serves us and a supplier, and makes sure that nothing is left running behind the test.
func start(t testing.TB, options mailserver.Options) *mailserver.Server {
	t.Helper()
	before := runtime.NumGoroutine()
	options.Users = []mailserver.User{{Address: us, Password: secret}, {Address: supplier, Password: "x"}}
	server, err := mailserver.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
		noLeak(t, before)
	})
	return server
}

// noLeak waits until as many goroutines run as before.
func noLeak(t testing.TB, before int) {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

func account(server *mailserver.Server) smtp.Account {
	return smtp.Account{
		Host: server.SMTPS.Host, Port: server.SMTPS.Port, TLS: server.TLS(),
		User: us, Password: func() (string, error) { return secret, nil },
		CommandTimeout: 5 * time.Second, DotTimeout: 5 * time.Second,
	}
}

func open(t testing.TB, account smtp.Account) *smtp.Sender {
	t.Helper()
	sender, err := smtp.New(account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sender.Close(); err != nil {
			t.Errorf("close sender: %v", err)
		}
	})
	return sender
}

// letter makes a message of about so many bytes, with lines that SMTP must stuff.
func letter(id string, size int) []byte {
	head := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: =?utf-8?b?5ZCI5ZCM?= %s\r\nMessage-ID: <%s@example.com>\r\n\r\n.\r\n..\r\n.dot\r\n", us, supplier, id, id)
	line := strings.Repeat("x", 70) + "\r\n"
	return []byte(head + strings.Repeat(line, max(0, size-len(head))/len(line)) + ".")
}

func document(raw []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: sha256.Sum256(raw), Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)}
}

// body strips what the server has put before a message.
func body(t *testing.T, message mailserver.Message) []byte {
	t.Helper()
	at := bytes.Index(message.Raw, []byte("From: <"))
	if at < 0 {
		t.Fatalf("message %.200q", message.Raw)
	}
	return message.Raw[at:]
}
