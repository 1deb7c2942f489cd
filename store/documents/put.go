package documents

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Put stores content and returns when it is durable. Content that does not have the hash and size is
// refused, and what exists already is not read. After an error wrapping ErrSync every Put fails with it.
func (f *Folder) Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error {
	if err := f.put(ctx, hash, size, content); err != nil {
		return fmt.Errorf("store document %x: %w", hash[:6], err)
	}
	return nil
}

func (f *Folder) put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error {
	if err := f.refusal(); err != nil {
		return err
	}
	path := f.path(hash)
	if present, err := f.Stat(hash); err == nil && present == size {
		// A crash may have come between its rename and the confirmation.
		return f.confirmFolder(filepath.Dir(path))
	}
	written, err := f.writeTemporary(ctx, hash, size, content)
	if err != nil {
		return err
	}
	if err := os.Rename(written, path); err != nil {
		return errors.Join(err, os.Remove(written))
	}
	return f.confirmFolder(filepath.Dir(path))
}

// writeTemporary returns the path of a durable file with exactly the expected content.
func (f *Folder) writeTemporary(ctx context.Context, hash [32]byte, size int64, content io.Reader) (path string, err error) {
	file, err := os.CreateTemp(filepath.Join(f.dir, temporary), "put-")
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := copyExactly(ctx, file, hash, size, content); err != nil {
		return "", err
	}
	if err := file.Chmod(0o400); err != nil { // Never written again.
		return "", err
	}
	return file.Name(), f.confirm(file)
}

func copyExactly(ctx context.Context, file *os.File, hash [32]byte, size int64, content io.Reader) error {
	digest := sha256.New()
	// One byte more than expected is enough to see that there is more.
	limited := io.LimitReader(contextReader{ctx, content}, size+1)
	n, err := io.Copy(io.MultiWriter(file, digest), limited)
	switch {
	case err != nil:
		return err
	case n > size:
		return fmt.Errorf("content has more than the expected %d bytes", size)
	case n < size:
		return fmt.Errorf("content ends after %d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	case [32]byte(digest.Sum(nil)) != hash:
		return fmt.Errorf("content has the hash %x", digest.Sum(nil)[:6])
	}
	return nil
}
