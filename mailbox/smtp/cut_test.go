package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

// Wherever connections break: what is told as not sent did not arrive, what arrived is whole, and trying again ends.
func TestSendThroughBreakingConnections(t *testing.T) {
	server := start(t, mailserver.Options{})
	raw := letter("one", 20_000)
	random := rand.New(rand.NewPCG(1, 2))
	ambiguous := 0
	for n := range 60 {
		cut := mailserver.Cut{FromClient: 200 + random.Int64N(22_500), FromServer: -1}
		switch n % 3 {
		case 0:
			cut = mailserver.Cut{FromClient: -1, FromServer: 800 + random.Int64N(1_200)}
		case 1: // About the final dot.
			cut.FromClient = int64(len(raw)) + random.Int64N(1_800)
		}
		t.Run(fmt.Sprint(n, cut), func(t *testing.T) {
			proxy, err := mailserver.Proxy(t.Context(), server.SMTPS, func(connection int) mailserver.Cut {
				if connection == 0 {
					return cut
				}
				return mailserver.NoCut
			})
			if err != nil {
				t.Fatal(err)
			}
			a := account(server)
			a.Port = proxy.Port
			sender := open(t, a)
			before := len(server.Messages(supplier, "INBOX"))
			_, err = sender.Send(t.Context(), toSupplier, document(raw))
			if errors.Is(err, workflow.ErrAmbiguous) {
				ambiguous++
			} else if arrived := len(server.Messages(supplier, "INBOX")) - before; (err == nil) != (arrived == 1) {
				t.Errorf("%d arrived, told was %v", arrived, err)
			}
			if err != nil {
				if _, err := sender.Send(t.Context(), toSupplier, document(raw)); err != nil {
					t.Errorf("second try: %v", err)
				}
			}
			for _, message := range server.Messages(supplier, "INBOX")[before:] {
				if !bytes.HasPrefix(body(t, message), raw) {
					t.Error("something else arrived")
				}
			}
		})
	}
	t.Logf("%d of 60 were ambiguous", ambiguous)
}

func BenchmarkSend(b *testing.B) {
	for _, size := range []int{4 << 10, 274 << 10} {
		for _, kept := range []bool{true, false} {
			b.Run(fmt.Sprintf("%dKiB/kept=%v", size>>10, kept), func(b *testing.B) {
				server := start(b, mailserver.Options{})
				raw := document(letter("one", size))
				a := account(server)
				if !kept {
					a.IdleClose = 1
				}
				sender := open(b, a)
				b.SetBytes(raw.Size)
				for b.Loop() {
					if !kept {
						sender.Check(context.Background()) // Makes a new connection.
					}
					if _, err := sender.Send(b.Context(), toSupplier, raw); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}
