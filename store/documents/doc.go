// Package documents keeps documents as files that are named by the SHA-256 of their content.
//
// It promises that a document is durable and is what its hash and size say when Put returns, that a
// crash at any moment leaves either the whole document or nothing, and that memory does not grow with
// the size of a document. It does not know what documents are for, never deletes one, and does not
// notice when a stored file is changed later: store/check does.
package documents

import (
	"context"
	"errors"
	"io"
)

// ErrSync says that the disk did not confirm a write. What the kernel still shows may be gone after
// a power failure, and asking again may get a false yes, so the process must stop.
var ErrSync = errors.New("the disk did not confirm a write")

// ErrLimit says that a stream has more bytes than allowed.
var ErrLimit = errors.New("larger than allowed")

// Content is a stored document, open for reading.
type Content = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// contextReader ends a long read when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
