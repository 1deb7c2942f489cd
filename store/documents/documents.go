// Package documents keeps documents by their content hash, as files.
package documents

import (
	"context"
	"errors"
	"io"
)

var errUnfinished = errors.New("being written")

// ErrSync says that the disk did not confirm a write: nothing written after it can be trusted.
var ErrSync = errors.New("disk did not confirm a write")

// ErrLimit says that a stream is longer than allowed.
var ErrLimit = errors.New("larger than allowed")

// Content is a stored document, open for reading.
type Content = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Folder keeps each document in a file that is named by its hash.
type Folder struct{}

// Open prepares the folder and removes what crashed writes left.
func Open(dir string) (*Folder, error) { return nil, errUnfinished }

func (f *Folder) Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error {
	return errUnfinished
}
func (f *Folder) Open(hash [32]byte) (Content, error) { return nil, errUnfinished }
func (f *Folder) Stat(hash [32]byte) (int64, error)   { return 0, errUnfinished }
func (f *Folder) Walk(ctx context.Context, visit func(hash [32]byte, size int64) error) error {
	return errUnfinished
}

// Spool collects streams in temporary files.
type Spool struct{}

// NewSpool prepares dir, 0700.
func NewSpool(dir string) (*Spool, error) { return nil, errUnfinished }

// Collect reads r to its end; ErrLimit when there are more than limit bytes.
func (s *Spool) Collect(ctx context.Context, r io.Reader, limit int64) (*Spooled, error) {
	return nil, errUnfinished
}

// Spooled is a collected stream; Close removes it.
type Spooled struct {
	Hash [32]byte
	Size int64
	io.ReaderAt
}

// Close frees the space.
func (s *Spooled) Close() error { return errUnfinished }
