package realserver_test

import (
	"context"
	"testing"

	"contractd/mailbox/mailserver/realserver"
)

func TestServersStartAndStop(t *testing.T) {
	dovecot := realserver.Dovecot(t, realserver.User{Address: "a@example.com", Password: "secret"})
	postfix := realserver.Postfix(t, dovecot)
	for _, port := range []int{dovecot.IMAP, dovecot.IMAPS, postfix.SMTP, postfix.SMTPS} {
		if port == 0 {
			t.Error("a port is missing")
		}
	}
}

// Whoever has no testing.TB gets an error in place of a skipped test.
func TestStartTellsWhatEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if server, err := realserver.StartDovecot(ctx); err == nil {
		t.Error("started without a context", server.Stop())
	}
}
