package signer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
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

// act is one sealing act while it goes on.
type act struct {
	*Sealer
	request  Request
	key      *recorder
	message  cms.Request
	reserved int
	known    shared
	file     *grown
	out      io.Writer
	digests  digests
	result   Result
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
	marks, err := s.plan(file.Last(), r.Seals)
	if err != nil {
		return Result{}, err
	}
	earlier, err := signatures(file.Last())
	if err != nil {
		return Result{}, err
	}
	steps, err := revisions(marks, r.Separate || len(earlier) > 0)
	if err != nil {
		return Result{}, err
	}
	a := &act{Sealer: s, request: r, key: record(ctx, r.Key), known: newShared(), file: &grown{in: in, size: size}, out: out}
	a.message = r.message(a.key)
	if a.reserved, err = reserve(a.message, r); err != nil {
		return Result{}, err
	}
	a.digests = newDigests(a.message.DigestHash())
	a.result = Result{BatchID: r.BatchID, Before: size, Tokened: r.Timestamp != nil}
	return a.run(ctx, file, steps)
}

// run writes revision after revision. Nothing is written before the first is composed.
func (a *act) run(ctx context.Context, file *pdf.File, steps []revision) (Result, error) {
	for i, step := range steps {
		if i > 0 {
			var err error
			if file, err = open(ctx, a.file, a.file.Size(), a.limits); err != nil {
				return Result{}, err
			}
		}
		made, err := a.compose(file, step)
		if err != nil {
			return Result{}, err
		}
		if i == 0 {
			if err := a.copy(ctx, a.file.in, a.file.size, io.MultiWriter(append(a.digests.writers(), a.out)...)); err != nil {
				return Result{}, err
			}
		}
		if err := a.sign(ctx, made.tail); err != nil {
			return Result{}, err
		}
		a.note(step, made.field)
	}
	a.result.Size = a.file.Size()
	a.digests.whole.Sum(a.result.SHA256[:0])
	slices.SortStableFunc(a.result.Marks, func(x, y Mark) int { return cmp.Or(x.Seal-y.Seal, x.Page-y.Page) })
	return a.result, nil
}

// note records what a revision added.
func (a *act) note(r revision, field string) {
	a.result.Signatures = append(a.result.Signatures, Signature{field, sha256.Sum256(a.key.value)})
	for _, m := range append([]planned{r.carrier}, r.stamps...) {
		if m.look != nil {
			m.Field = field
			a.result.Marks = append(a.result.Marks, m.Mark)
		}
	}
}

func reserve(message cms.Request, r Request) (int, error) {
	if r.Timestamp == nil {
		return cms.Size(message, 0)
	}
	return cms.Size(message, r.TimestampSize)
}

// sign completes one revision and writes it. What stands before it was hashed already: however many revisions an act has,
// the input is read once.
func (a *act) sign(ctx context.Context, tail *pdf.Tail) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	covered, err := a.digests.covered()
	if err != nil {
		return err
	}
	before, after := tail.CoveredTail()
	covered.Write(before) // A hash never fails.
	covered.Write(after)
	message := a.message
	message.Digest = covered.Sum(nil)
	der, err := cms.Sign(ctx, message)
	if err != nil {
		return err
	}
	if err := tail.SetContents(der); err != nil {
		return err
	}
	a.file.grow(tail.Bytes)
	if _, err := io.MultiWriter(append(a.digests.writers(), a.out)...).Write(tail.Bytes); err != nil {
		return fmt.Errorf("write the seal: %w", err)
	}
	return nil
}
