package verify

import (
	"context"
	"crypto"
	"encoding"
	"fmt"
	"hash"
	"io"
	"slices"

	"contractd/signer/cms"
	"contractd/workflow"
)

// digests hashes ranges of one file that share their beginnings: every state that was reached is kept, so that the
// next range goes on where an earlier one stood. Signatures asked for in the order of the file cost one pass.
type digests struct {
	ctx    context.Context
	doc    workflow.Document
	states map[crypto.Hash][]state
	buffer []byte
}

// state is a digest over the bytes [0,at) of the file.
type state struct {
	at  int64
	raw []byte
}

func newDigests(ctx context.Context, doc workflow.Document) *digests {
	return &digests{ctx: ctx, doc: doc, states: map[crypto.Hash][]state{}}
}

// prefix returns the digest of the bytes [0,end).
func (d *digests) prefix(h crypto.Hash, end int64) ([]byte, error) {
	running, err := d.upTo(h, end)
	if err != nil {
		return nil, err
	}
	return running.Sum(nil), nil
}

// around returns the digest of what a byte range covers: [0,gap) and [resume,end).
func (d *digests) around(h crypto.Hash, gap, resume, end int64) ([]byte, error) {
	running, err := d.upTo(h, gap)
	if err != nil {
		return nil, err
	}
	if err := d.feed(running, resume, end); err != nil {
		return nil, err
	}
	return running.Sum(nil), nil
}

// behind returns the digest of a prefix followed by what a byte range covers.
func (d *digests) behind(h crypto.Hash, prefix []byte, gap, resume, end int64) ([]byte, error) {
	running, ok := cms.NewHash(h)
	if !ok {
		return nil, fmt.Errorf("digest %v is not available", h)
	}
	running.Write(prefix)
	if err := d.feed(running, 0, gap); err != nil {
		return nil, err
	}
	if err := d.feed(running, resume, end); err != nil {
		return nil, err
	}
	return running.Sum(nil), nil
}

// upTo returns a running digest over [0,end) that the caller may go on with.
func (d *digests) upTo(h crypto.Hash, end int64) (hash.Hash, error) {
	running, ok := cms.NewHash(h)
	if !ok {
		return nil, fmt.Errorf("digest %v is not available", h)
	}
	from := int64(0)
	for _, s := range slices.Backward(d.states[h]) {
		if s.at <= end {
			resumable, ok := running.(encoding.BinaryUnmarshaler)
			if !ok {
				break
			}
			if err := resumable.UnmarshalBinary(s.raw); err != nil {
				return nil, fmt.Errorf("resume digest %s: %w", cms.DigestName(h), err)
			}
			from = s.at
			break
		}
	}
	if err := d.feed(running, from, end); err != nil {
		return nil, err
	}
	return running, d.keep(h, running, end)
}

func (d *digests) keep(h crypto.Hash, running hash.Hash, at int64) error {
	known := d.states[h]
	i, found := slices.BinarySearchFunc(known, at, func(s state, at int64) int { return int(min(1, max(-1, s.at-at))) })
	if found {
		return nil
	}
	marshaler, ok := running.(encoding.BinaryMarshaler)
	if !ok {
		return nil // The next range starts anew.
	}
	raw, err := marshaler.MarshalBinary()
	if err != nil {
		return fmt.Errorf("keep digest %s: %w", cms.DigestName(h), err)
	}
	d.states[h] = slices.Insert(known, i, state{at, raw})
	return nil
}

func (d *digests) feed(running hash.Hash, from, to int64) error {
	if d.buffer == nil {
		d.buffer = make([]byte, 64<<10)
	}
	for from < to {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		part := d.buffer[:min(int64(len(d.buffer)), to-from)]
		n, err := d.doc.ReadAt(part, from)
		running.Write(part[:n])
		from += int64(n)
		if n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("hash bytes %d to %d: %w", from, to, err)
		}
	}
	return nil
}
