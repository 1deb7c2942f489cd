package signer

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"

	"contractd/signer/cms"
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

// digests are the two that go on over the whole output: its own, and that of the signatures, which leave out /Contents.
// Under SHA-256 they share the work.
type digests struct {
	whole hash.Hash
	other hash.Hash // nil under SHA-256.
	kind  crypto.Hash
}

func newDigests(h crypto.Hash) digests {
	d := digests{whole: sha256.New(), kind: h}
	if h != crypto.SHA256 {
		d.other, _ = cms.NewHash(h) // Whether it is one was seen when room was reserved.
	}
	return d
}

func (d digests) writers() []io.Writer {
	if d.other == nil {
		return []io.Writer{d.whole}
	}
	return []io.Writer{d.whole, d.other}
}

// covered returns the digest of what a signature covers so far, to be gone on with.
func (d digests) covered() (hash.Hash, error) {
	from := d.other
	if from == nil {
		from = d.whole
	}
	if cloner, ok := from.(hash.Cloner); ok {
		return cloner.Clone()
	}
	if state, ok := from.(encoding.BinaryMarshaler); ok { // As SM3 has it.
		return d.restored(state)
	}
	return nil, errors.New("the digest of the input cannot be continued twice")
}

func (d digests) restored(state encoding.BinaryMarshaler) (hash.Hash, error) {
	kept, err := state.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("keep the digest of the input: %w", err)
	}
	again, _ := cms.NewHash(d.kind)
	reader, ok := again.(encoding.BinaryUnmarshaler)
	if !ok {
		return nil, errors.New("the digest of the input cannot be continued twice")
	}
	return again, reader.UnmarshalBinary(kept)
}

// grown is the input with what was added behind it, to be read again for the next revision.
type grown struct {
	in   io.ReaderAt
	size int64
	tail []byte
}

func (g *grown) grow(tail []byte) { g.tail = append(g.tail, tail...) }

// Size is that of input and additions.
func (g *grown) Size() int64 { return g.size + int64(len(g.tail)) }

// ReadAt implements io.ReaderAt.
func (g *grown) ReadAt(p []byte, off int64) (n int, err error) {
	if off < g.size {
		part := p[:min(int64(len(p)), g.size-off)]
		if n, err = g.in.ReadAt(part, off); n < len(part) || n == len(p) {
			return n, err
		}
	}
	if n += copy(p[n:], g.tail[min(off+int64(n)-g.size, int64(len(g.tail))):]); n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
