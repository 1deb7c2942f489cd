package signer

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"time"
)

var errPending = errors.New("signer: not written yet")

// Image is a picture made ready for embedding; it may be used for many seals at once.
type Image struct{}

// NewImage reads a PNG. Its colours are kept exactly: nothing is resampled or converted but 16 to 8 bits.
func NewImage(png []byte) (*Image, error) { return nil, errPending }

// Describe returns the usual lines of text below a seal: 签章人, 时间, 原因. Empty values are left out.
func Describe(name string, at time.Time, reason string) []string { return nil }

// Sealer seals. It may be used concurrently.
type Sealer struct{}

// New makes a Sealer.
func New(c Config) *Sealer { return &Sealer{} }

// Seal writes the input and then the seal to out. Errors wrap workflow.ErrDocument when the input cannot be sealed,
// workflow.ErrUsage when the request is wrong, workflow.ErrPolicy when a rule forbids it; others come from the key,
// the timestamp authority, in or out.
func (s *Sealer) Seal(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, r Request) (Result, error) {
	return Result{}, errPending
}

// Undone is what Undo took away.
type Undone struct {
	BatchID     string // Empty when the signature was not made by this program.
	Signatures  int
	Certificate *x509.Certificate
	Size        int64    // Of the output.
	SHA256      [32]byte // Of the output.
}

// Undo writes to out the file as it was before its last batch. It refuses with workflow.ErrPolicy unless the last
// revision is one whole, intact signature by a certificate that own accepts.
func (s *Sealer) Undo(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, own func(*x509.Certificate) bool) (Undone, error) {
	return Undone{}, errPending
}
