package signer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"contractd/signer/cms"
	"contractd/signer/pdf"
)

// Sealer seals. It may be used concurrently.
type Sealer struct {
	limits  pdf.Limits
	now     func() time.Time
	face    face
	buffers sync.Pool // Of *[]byte, for copying.
}

// New makes a Sealer.
func New(c Config) *Sealer {
	s := &Sealer{limits: c.Limits, now: c.Now, face: face{font: c.Font}}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Seal writes the input and then the seal to out. Errors wrap workflow.ErrDocument when the input cannot be sealed,
// workflow.ErrUsage when the request is wrong, workflow.ErrPolicy when a rule forbids it; others come from the key,
// the timestamp authority, in or out.
func (s *Sealer) Seal(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, r Request) (Result, error) {
	result, err := s.seal(ctx, in, size, out, r)
	if err != nil {
		return Result{}, fmt.Errorf("seal document: %w", err)
	}
	return result, nil
}

func (s *Sealer) seal(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, r Request) (Result, error) {
	r, err := r.completed(s.now())
	if err != nil {
		return Result{}, err
	}
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return Result{}, err
	}
	if err := sealable(file); err != nil {
		return Result{}, err
	}
	key := record(ctx, r.Key)
	message := r.message(key)
	reserved, err := reserve(message, r)
	if err != nil {
		return Result{}, err
	}
	c, err := s.compose(file, r, reserved)
	if err != nil {
		return Result{}, err
	}
	sum, err := s.write(ctx, in, out, c.tail, message)
	if err != nil {
		return Result{}, err
	}
	return Result{
		BatchID: r.BatchID, Signatures: []Signature{{c.field, sha256.Sum256(key.value)}}, Marks: c.marks,
		Before: size, Size: c.tail.Size(), SHA256: sum, Tokened: r.Timestamp != nil,
	}, nil
}

func reserve(message cms.Request, r Request) (int, error) {
	if r.Timestamp == nil {
		return cms.Size(message, 0)
	}
	return cms.Size(message, r.TimestampSize)
}

// write sends the input to out while hashing it, once, and then the signed tail.
func (s *Sealer) write(ctx context.Context, in io.ReaderAt, out io.Writer, tail *pdf.Tail, message cms.Request) ([32]byte, error) {
	var none [32]byte
	digests := newDigests(message.DigestHash())
	if err := s.copy(ctx, in, tail.Base, io.MultiWriter(append(digests.writers(), out)...)); err != nil {
		return none, err
	}
	covered, err := digests.covered()
	if err != nil {
		return none, err
	}
	before, after := tail.CoveredTail()
	covered.Write(before) // A hash never fails.
	covered.Write(after)
	message.Digest = covered.Sum(nil)
	der, err := cms.Sign(ctx, message)
	if err != nil {
		return none, err
	}
	if err := tail.SetContents(der); err != nil {
		return none, err
	}
	if _, err := out.Write(tail.Bytes); err != nil {
		return none, fmt.Errorf("write the seal: %w", err)
	}
	digests.whole.Write(tail.Bytes)
	return [32]byte(digests.whole.Sum(nil)), nil
}
