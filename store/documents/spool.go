package documents

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// Spool collects streams in temporary files, because most of what we read must be seen whole and from
// any offset before anything can be said about it.
type Spool struct{ dir string }

// NewSpool prepares the folder, which only its owner may read, and removes what a process left that was stopped before it
// could unlink a file: ours, and those of package mailbox.
func NewSpool(dir string) (*Spool, error) {
	for _, prefix := range []string{"spool-", "mail-"} {
		if err := emptyFolder(dir, prefix); err != nil {
			return nil, fmt.Errorf("prepare spool: %w", err)
		}
	}
	return &Spool{dir}, nil
}

// Dir returns the folder.
func (s *Spool) Dir() string { return s.dir }

// Spooled is a collected stream.
type Spooled struct {
	Hash [32]byte
	Size int64
	file *os.File
}

// ReadAt implements io.ReaderAt.
func (s *Spooled) ReadAt(p []byte, offset int64) (int, error) { return s.file.ReadAt(p, offset) }

// Close frees its space.
func (s *Spooled) Close() error { return s.file.Close() }

// Collect reads r to its end. A stream of more than limit bytes gives an error wrapping ErrLimit.
func (s *Spool) Collect(ctx context.Context, r io.Reader, limit int64) (*Spooled, error) {
	file, err := os.CreateTemp(s.dir, "spool-")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	// Without a name the space is freed by itself, however the process ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("spool: %w", errors.Join(err, file.Close()))
	}
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, digest), io.LimitReader(contextReader{ctx, r}, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("more than %d bytes: %w", limit, ErrLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("spool: %w", errors.Join(err, file.Close()))
	}
	return &Spooled{[32]byte(digest.Sum(nil)), n, file}, nil
}
