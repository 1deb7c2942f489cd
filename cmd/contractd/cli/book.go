package cli

import (
	"context"
	"crypto"
	"io"
	"log/slog"
	"time"

	"contractd/cmd/contractd/alive"
	"contractd/cmd/contractd/metrics"
	"contractd/signer/cms"
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
	defer s.book.took(metrics.StepSeal, time.Now())
	return s.Sealer.Seal(ctx, key, contract, in)
}

// timedChecker tells how long self-checks take.
type timedChecker struct {
	outbound.Checker
	book *book
}

// Check implements outbound.Checker.
func (c timedChecker) Check(ctx context.Context, draft, sealed workflow.Document, batches []workflow.Batch) (outbound.SelfCheck, error) {
	defer c.book.took(metrics.StepSelfCheck, time.Now())
	return c.Checker.Check(ctx, draft, sealed, batches)
}

// timedSender tells how long the mail server takes.
type timedSender struct {
	outbound.Sender
	book *book
}

// Send implements outbound.Sender.
func (s timedSender) Send(ctx context.Context, envelope workflow.Envelope, raw workflow.Document) (string, error) {
	defer s.book.took(metrics.StepMail, time.Now())
	return s.Sender.Send(ctx, envelope, raw)
}

// timedVerifier tells how long verdicts take.
type timedVerifier struct {
	inbound.Verifier
	book *book
}

// Verify implements inbound.Verifier.
func (v timedVerifier) Verify(ctx context.Context, returned inbound.Return) (workflow.Verdict, error) {
	defer v.book.took(metrics.StepVerify, time.Now())
	return v.Verifier.Verify(ctx, returned)
}

// timedKey tells how long signatures take.
type timedKey struct {
	crypto.Signer
	took func(step metrics.Step, start time.Time)
}

// Sign implements crypto.Signer.
func (k timedKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	defer k.took(metrics.StepKey, time.Now())
	return k.Signer.Sign(random, digest, options)
}

// SignWithSM2 implements cms.SM2Signer.
func (k timedKey) SignWithSM2(random io.Reader, uid, message []byte) ([]byte, error) {
	defer k.took(metrics.StepKey, time.Now())
	return cms.SignSM2(k.Signer, random, uid, message)
}

func (b *book) took(step metrics.Step, start time.Time) { b.metrics.Took(step, start) }
