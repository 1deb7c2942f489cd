package mailbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"contractd/workflow"
)

// spool holds the files of one message. They are unlinked as soon as they are open, so that a crash
// leaves nothing of anybody's mail behind.
type spool struct {
	dir   string
	files []*os.File
}

// Close gives the space of every file back.
func (s *spool) Close() error {
	var faults []error
	for _, file := range s.files {
		faults = append(faults, file.Close())
	}
	s.files = nil
	return errors.Join(faults...)
}

// create opens a new file that has no name any more.
func (s *spool) create() (*os.File, error) {
	file, err := os.CreateTemp(s.dir, "mail-*")
	if err != nil {
		return nil, fmt.Errorf("create spool file: %w", spaceError(err))
	}
	s.files = append(s.files, file)
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("unlink spool file: %w", err)
	}
	return file, nil
}

// drop closes the newest file, of which nothing is wanted.
func (s *spool) drop(file *os.File) {
	last := len(s.files) - 1
	if last >= 0 && s.files[last] == file {
		s.files = s.files[:last]
	}
	_ = file.Close() // Unlinked already; nothing was to be kept.
}

// errTooMuch means that a reader held more than was allowed.
var errTooMuch = errors.New("more than the limit")

// store copies r into a new file, at most limit bytes, and returns it as a document.
func (s *spool) store(ctx context.Context, r io.Reader, limit int64) (workflow.Document, error) {
	file, err := s.create()
	if err != nil {
		return workflow.Document{}, err
	}
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, digest), contextReader{ctx, io.LimitReader(r, limit+1)})
	if err == nil && n > limit {
		err = errTooMuch
	}
	if err != nil {
		s.drop(file)
		return workflow.Document{}, fmt.Errorf("write spool file: %w", spaceError(err))
	}
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.Hash(digest.Sum(nil)), Size: n}, ReaderAt: file}, nil
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

// spaceError marks what a disk refuses for want of room: it says nothing about the message, and passes.
func spaceError(err error) error {
	for _, refusal := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, refusal) {
			return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrSpace, err), "free space on the disk that holds the spool of data_dir, or make it writable again")
		}
	}
	return err
}
