package signer

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

const copyBuffer = 128 << 10

// copy writes the first size bytes of in to out.
func (s *Sealer) copy(ctx context.Context, in io.ReaderAt, size int64, out io.Writer) error {
	buffer, ok := s.buffers.Get().(*[]byte)
	if !ok {
		made := make([]byte, copyBuffer)
		buffer = &made
	}
	defer s.buffers.Put(buffer)
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("copy document: %w", err)
		}
		part := (*buffer)[:min(copyBuffer, size-at)]
		n, err := in.ReadAt(part, at)
		if n < len(part) {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("read document at byte %d: %w", at+int64(n), err)
		}
		if _, err := out.Write(part); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
		at += int64(n)
	}
	return nil
}

// digests are the two that one pass over the input begins: that of the output, and that of the signature, which
// leaves out /Contents. Under SHA-256 they share the work.
type digests struct {
	whole hash.Hash
	other hash.Hash // nil under SHA-256.
}

func newDigests(h crypto.Hash) digests {
	d := digests{whole: sha256.New()}
	if h != crypto.SHA256 {
		d.other = h.New()
	}
	return d
}

func (d digests) writers() []io.Writer {
	if d.other == nil {
		return []io.Writer{d.whole}
	}
	return []io.Writer{d.whole, d.other}
}

// covered returns the digest of what the signature covers, to be gone on with.
func (d digests) covered() (hash.Hash, error) {
	if d.other != nil {
		return d.other, nil
	}
	cloner, ok := d.whole.(hash.Cloner)
	if !ok {
		return nil, errors.New("the digest of the input cannot be continued twice")
	}
	return cloner.Clone()
}
