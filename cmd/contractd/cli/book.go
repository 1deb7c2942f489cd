package cli

import (
	"context"
	"io"
	"log/slog"
	"time"

	"contractd/cmd/contractd/alive"
	"contractd/cmd/contractd/metrics"
	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
)

// book is the ledger as the services have it. In a daemon, what it takes is told in the log, counted and timed; in a
// command it only keeps it, for a command tells of its own acts.
type book struct {
	*ledger
	log     *slog.Logger     // nil in a command.
	metrics *metrics.Metrics // nil in a command.
}

// Apply implements the services' ledgers.
func (b *book) Apply(ctx context.Context, change workflow.Change) error {
	start := time.Now()
	if err := b.ledger.Apply(ctx, change); err != nil {
		return err
	}
	b.metrics.Applied(change, time.Since(start))
	if b.log != nil {
		tellActs(ctx, b.log, change)
	}
	return nil
}

// beating is a book whose every change is a sign of life of one loop.
type beating struct {
	*book
	pulse *alive.Pulse
}

// Apply implements the services' ledgers.
func (b beating) Apply(ctx context.Context, change workflow.Change) error {
	defer b.pulse.Beat()
	return b.book.Apply(ctx, change)
}

// timedBlobs tells how long documents take on their way to the disk.
type timedBlobs struct {
	bolt.Blobs
	book *book
}

// Put implements bolt.Blobs.
func (b timedBlobs) Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error {
	start := time.Now()
	err := b.Blobs.Put(ctx, hash, size, content)
	b.book.metrics.Stored(time.Since(start))
	return err
}

// timedSealer tells how long seals take.
type timedSealer struct {
	outbound.Sealer
	book *book
}

// Seal implements outbound.Sealer.
func (s timedSealer) Seal(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
	start := time.Now()
	sealed, err := s.Sealer.Seal(ctx, key, contract, in)
	s.book.metrics.Sealed(time.Since(start))
	return sealed, err
}

// timedVerifier tells how long verdicts take.
type timedVerifier struct {
	inbound.Verifier
	book *book
}

// Verify implements inbound.Verifier.
func (v timedVerifier) Verify(ctx context.Context, returned inbound.Return) (workflow.Verdict, error) {
	start := time.Now()
	verdict, err := v.Verifier.Verify(ctx, returned)
	v.book.metrics.Verified(time.Since(start))
	return verdict, err
}
