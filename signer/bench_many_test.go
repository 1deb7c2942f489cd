//go:build unix

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contractd/signer"
)

// BenchmarkManySeals seals 1,000 contracts of 100 KB with a few workers, visibly and without a timestamp, and says what share of
// the rate is reached at which the same token makes bare signatures, with as many workers. Both take turns, a hundred at a
// time, so that other work on the machine disturbs both alike.
func BenchmarkManySeals(b *testing.B) {
	const contracts, turn, workers = 1000, 100, 4
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // As the verbs for many files do.
	s := signer.New(signer.Config{Font: chinese(b)})
	document := generate(10, 100<<10)
	in := bytes.NewReader(document)
	for name, r := range benchKeys(b) {
		r.Seals = []signer.Seal{{Image: sealImage(b), Size: 40, Lines: signer.Describe("广州某某科技有限公司", r.Time, "确认签订")}}
		b.Run(name, func(b *testing.B) {
			var raw, sealing time.Duration
			digest := sha256.Sum256(document)
			for b.Loop() {
				for range contracts / turn {
					raw += share(b, turn, workers, func() error {
						_, err := r.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
						return err
					})
					sealing += share(b, turn, workers, func() error {
						_, err := s.Seal(b.Context(), in, in.Size(), io.Discard, r)
						return err
					})
				}
			}
			made := float64(contracts * b.N)
			b.ReportMetric(made/raw.Seconds(), "raw/s")
			b.ReportMetric(made/sealing.Seconds(), "seals/s")
			b.ReportMetric(100*raw.Seconds()/sealing.Seconds(), "%-of-raw")
		})
	}
}

// share has workers do something so many times, and returns how long that took.
func share(b *testing.B, times, workers int, do func() error) time.Duration {
	start := time.Now()
	var group sync.WaitGroup
	left := atomic.Int64{}
	left.Store(int64(times))
	for range workers {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(start)
}
