package verify

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// commonEnd returns how many bytes of what we sent the file begins with; 0 if too few to be ours.
func (c *fileCase) commonEnd() (int64, error) {
	sent := c.opts.Sent.Document
	if sent.Size > 0 && c.doc.Size >= sent.Size {
		if err := c.passBy(sent.Size); err != nil {
			return 0, err
		}
		digest, err := c.digests.prefix(crypto.SHA256, sent.Size)
		if err != nil {
			return 0, err
		}
		if workflow.Hash(digest) == sent.Hash {
			return sent.Size, nil
		}
	}
	if sent.ReaderAt == nil {
		return 0, nil
	}
	end, err := lastSignature(c.ctx, sent, c.opts.Limits)
	if err != nil || end == 0 || end > c.doc.Size {
		return 0, err
	}
	equal, err := equalUpTo(c.ctx, c.doc, sent, end)
	if err != nil || !equal {
		return 0, err
	}
	return end, nil
}

// passBy hashes up to each signature before an end, so that hashing to that end does not pass them unused.
func (c *fileCase) passBy(end int64) error {
	for _, s := range c.found {
		if s.covered != nil && s.span[1] < end {
			if _, err := c.digests.upTo(crypto.SHA256, s.span[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lastSignature returns where the last signature on what we sent ends.
func lastSignature(ctx context.Context, sent workflow.Document, limits pdf.Limits) (int64, error) {
	ours := newCase(ctx, sent, Options{Limits: limits})
	if _, err := ours.run(ours.open, ours.find, ours.ranges); err != nil {
		return 0, err
	}
	end := int64(0)
	for _, s := range ours.found {
		if s.covered != nil {
			end = max(end, s.end())
		}
	}
	return end, nil
}

// equalUpTo compares the beginnings of two documents.
func equalUpTo(ctx context.Context, a, b workflow.Document, end int64) (bool, error) {
	const chunk = 64 << 10
	x, y := make([]byte, chunk), make([]byte, chunk)
	for at := int64(0); at < end; at += chunk {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n := min(chunk, end-at)
		for _, read := range []struct {
			from io.ReaderAt
			into []byte
		}{{a, x[:n]}, {b, y[:n]}} {
			if got, err := read.from.ReadAt(read.into, at); int64(got) < n {
				return false, errors.Join(io.ErrUnexpectedEOF, err)
			}
		}
		if !bytes.Equal(x[:n], y[:n]) {
			return false, nil
		}
	}
	return true, nil
}
