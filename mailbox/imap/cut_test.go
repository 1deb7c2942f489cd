package imap_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

// cutting returns an account behind a proxy that cuts the first connections after so many bytes.
func cutting(t *testing.T, server *mailserver.Server, cuts ...mailserver.Cut) imap.Account {
	t.Helper()
	var connections atomic.Int64
	proxy, err := mailserver.Proxy(t.Context(), server.IMAPS, func(int) mailserver.Cut {
		if n := int(connections.Add(1)) - 1; n < len(cuts) {
			return cuts[n]
		}
		return mailserver.NoCut
	})
	if err != nil {
		t.Fatal(err)
	}
	a := account(server)
	a.Port = proxy.Port
	return a
}

// patiently repeats what failed for a while.
func patiently(t *testing.T, act func() error) {
	t.Helper()
	var err error
	for range 20 {
		if err = act(); err == nil {
			return
		}
		if !errors.Is(err, workflow.ErrTemporary) {
			t.Fatal(err)
		}
	}
	t.Fatal(err)
}

// Wherever connections break, every message comes once, whole and in order.
func TestFetchThroughBreakingConnections(t *testing.T) {
	server := start(t, mailserver.Faults{})
	var messages [][]byte
	for n, size := range []int{100, 30_000, 5_000, 70_000, 200} {
		messages = append(messages, letter(fmt.Sprint(n), size))
	}
	deliver(t, server, messages...)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		cuts := []mailserver.Cut{{FromClient: -1, FromServer: random.Int64N(120_000)}, {FromClient: random.Int64N(3_000), FromServer: -1}}
		t.Run(fmt.Sprint(n, cuts), func(t *testing.T) {
			mailbox := open(t, cutting(t, server, cuts...))
			var intake intake
			patiently(t, func() error { return intake.pass(t.Context(), mailbox) })
			intake.check(t, messages...)
		})
	}
}

// Wherever connections break, a message is in INBOX or in the shelf's folder, and with MOVE never in both.
func TestFileThroughBreakingConnections(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 30 {
		faults := mailserver.Faults{NoMove: n%2 == 0}
		cut := mailserver.Cut{FromClient: -1, FromServer: 1_200 + random.Int64N(2_500)} // Behind the TLS handshake.
		t.Run(fmt.Sprint(faults.NoMove, cut), func(t *testing.T) {
			server := start(t, faults)
			deliver(t, server, letter("one", 1000), letter("stays", 1000))
			var intake intake
			intake.passes(t, open(t, account(server)), 1)
			a := cutting(t, server, cut)
			a.BackoffMax = 1 // The writing connection refuses to wait.
			mailbox := open(t, a)
			patiently(t, func() error { return mailbox.File(t.Context(), intake.places[0], workflow.ShelfArchived) })
			filed, inbox := server.Messages(user, "已归档"), server.Messages(user, "INBOX")
			if len(inbox) != 1 || inbox[0].UID != 2 {
				t.Errorf("INBOX holds %d messages", len(inbox))
			}
			most := 1
			if faults.NoMove { // COPY whose answer was lost is done again: twice is better than never.
				most = 2
			}
			if len(filed) < 1 || len(filed) > most || !bytes.Equal(filed[0].Raw, letter("one", 1000)) {
				t.Errorf("%d messages filed", len(filed))
			}
		})
	}
}

// Wherever connections break, the Sent folder gets one copy.
func TestAppendThroughBreakingConnections(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for n := range 30 {
		cut := mailserver.Cut{FromClient: 1_000 + random.Int64N(22_000), FromServer: -1}
		if n%2 == 0 {
			cut = mailserver.Cut{FromClient: -1, FromServer: 1_200 + random.Int64N(2_500)}
		}
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			server := start(t, mailserver.Faults{})
			a := cutting(t, server, cut)
			a.BackoffMax = 1
			mailbox := open(t, a)
			patiently(t, func() error { return mailbox.Append(t.Context(), "one@example.com", document(letter("one", 20_000))) })
			sent := server.Messages(user, "Sent")
			if len(sent) != 1 || !bytes.Equal(sent[0].Raw, letter("one", 20_000)) || !slices.Equal(sent[0].Flags, []string{`\Seen`}) {
				t.Errorf("%d copies", len(sent))
			}
		})
	}
}
