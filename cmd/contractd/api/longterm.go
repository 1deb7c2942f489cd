package api

import (
	"context"
	"errors"
	"io"

	"contractd/workflow"
)

// openPart opens a part with what belongs behind it.
func (s *server) openPart(ctx context.Context, p part) (workflow.Document, io.Closer, error) {
	document, closer, err := s.Store.Document(ctx, p.ref)
	if err != nil || p.tail.IsZero() {
		return document, closer, err
	}
	tail, end, err := s.Store.Document(ctx, p.tail)
	if err != nil {
		return document, nil, errors.Join(err, closer.Close())
	}
	whole := joined{document, tail}
	return workflow.Document{Ref: workflow.Ref{Hash: document.Hash, Size: document.Size + tail.Size}, ReaderAt: whole}, both{closer, end}, nil
}

// joined is one document behind another.
type joined struct{ first, second workflow.Document }

// ReadAt implements io.ReaderAt.
func (j joined) ReadAt(p []byte, at int64) (int, error) {
	if at >= j.first.Size {
		return j.second.ReadAt(p, at-j.first.Size)
	}
	n := min(int64(len(p)), j.first.Size-at)
	read, err := j.first.ReadAt(p[:n], at)
	if int64(read) < n || n == int64(len(p)) {
		return read, err
	}
	more, err := j.second.ReadAt(p[n:], 0)
	return read + more, err
}

// both closes two.
type both [2]io.Closer

// Close implements io.Closer.
func (b both) Close() error { return errors.Join(b[0].Close(), b[1].Close()) }
