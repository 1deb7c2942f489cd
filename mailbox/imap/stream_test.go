package imap_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"testing"

	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

func heap() (live, total uint64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc, stats.TotalAlloc
}

// mail.md 9: 20 MB stream with less than 1 MB of memory. The server's side of the connection is counted too.
func TestLargeMessageStreams(t *testing.T) {
	const size = 20 << 20
	server := start(t, mailserver.Faults{})
	deliver(t, server, letter("large", size))
	mailbox := open(t, account(server))
	cursor, err := mailbox.Start(t.Context()) // Connected before anything is measured.
	if err != nil {
		t.Fatal(err)
	}
	live, total := heap()
	var highest uint64
	err = mailbox.Fetch(t.Context(), cursor, func(_ context.Context, message workflow.Incoming, raw io.Reader) error {
		for {
			_, err := io.CopyN(io.Discard, raw, 2<<20)
			now, _ := heap()
			highest = max(highest, now)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	_, after := heap()
	if highest > live+1<<20 {
		t.Errorf("heap grew by %d bytes", highest-live)
	}
	if after-total > size/2 {
		t.Errorf("%d bytes were allocated in all for a message of %d", after-total, size)
	}
	t.Logf("heap grew by %d bytes, %d allocated in all", max(highest, live)-live, after-total)
}

func BenchmarkFetch(b *testing.B) {
	for _, size := range []int{4 << 10, 274 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			server := start(b, mailserver.Faults{})
			raw := letter("one", size)
			for range 100 {
				deliver(b, server, raw)
			}
			mailbox := open(b, account(server))
			if _, err := mailbox.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(raw)))
			messages := 0
			for b.Loop() {
				if messages++; messages%100 != 1 {
					continue // One Fetch gives a hundred messages.
				}
				err := mailbox.Fetch(b.Context(), workflow.Cursor{}, func(_ context.Context, _ workflow.Incoming, raw io.Reader) error {
					_, err := io.Copy(io.Discard, raw)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
