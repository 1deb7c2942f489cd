package documents

import (
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

type file struct {
	*os.File
	size int64
}

// Size returns the number of bytes.
func (f file) Size() int64 { return f.size }

// Open opens the document with the hash; an error wraps fs.ErrNotExist when there is none.
func (f *Folder) Open(hash [32]byte) (Content, error) {
	opened, err := os.Open(f.path(hash))
	if err != nil {
		return nil, fmt.Errorf("open document %x: %w", hash[:6], err)
	}
	info, err := opened.Stat()
	if err != nil {
		opened.Close() // Only read from; the error of Stat is the one to tell.
		return nil, fmt.Errorf("open document %x: %w", hash[:6], err)
	}
	return file{opened, info.Size()}, nil
}

// Stat returns the size of the document with the hash; its errors are those of Open.
func (f *Folder) Stat(hash [32]byte) (int64, error) {
	info, err := os.Stat(f.path(hash))
	if err != nil {
		return 0, fmt.Errorf("look at document %x: %w", hash[:6], err)
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("look at document %x: not a regular file", hash[:6])
	}
	return info.Size(), nil
}

// Walk visits every document in the order of the hashes; an error of visit ends it and is returned.
// Files whose names are no hashes are not documents and are passed over.
func (f *Folder) Walk(ctx context.Context, visit func(hash [32]byte, size int64) error) error {
	for i := range 256 {
		first := fmt.Sprintf("%02x", i)
		entries, err := os.ReadDir(filepath.Join(f.dir, first))
		if err != nil {
			return fmt.Errorf("walk documents: %w", err)
		}
		for _, entry := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := visitEntry(first, entry, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func visitEntry(first string, entry fs.DirEntry, visit func(hash [32]byte, size int64) error) error {
	raw, err := hex.DecodeString(first + entry.Name())
	if err != nil || len(raw) != 32 || hex.EncodeToString(raw) != first+entry.Name() {
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return fmt.Errorf("walk documents: %w", err)
	}
	return visit([32]byte(raw), info.Size())
}
