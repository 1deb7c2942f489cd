package documents

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// temporary is the folder for files that are still being written. It lies beside the documents,
// because a rename is atomic only within one filesystem.
const temporary = "tmp"

// Folder keeps documents as DIR/ab/cdef…, the hash in hexadecimal digits. It is safe for concurrent use.
type Folder struct {
	dir  string
	sync func(*os.File) error

	mu     sync.Mutex // guards failed
	failed error      // the first failed fsync; every later Put returns it
}

// Open prepares the folder and removes what crashed writes left. Only one process may use a folder, and what lies above
// the folder in which it stands must be durable already.
func Open(dir string) (*Folder, error) {
	return open(dir, (*os.File).Sync)
}

func open(dir string, sync func(*os.File) error) (*Folder, error) {
	f := &Folder{dir: dir, sync: sync}
	if err := emptyFolder(filepath.Join(dir, temporary), "put-"); err != nil {
		return nil, fmt.Errorf("open document folder %s: %w", dir, err)
	}
	// All 256 subfolders are made durable here, so that a Put has only its own to confirm.
	for i := range 256 {
		err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700)
		if err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("open document folder %s: %w", dir, err)
		}
	}
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := f.confirmFolder(path); err != nil {
			return nil, fmt.Errorf("open document folder %s: %w", dir, err)
		}
	}
	return f, nil
}

// emptyFolder makes the folder and removes our own files from it: never more than those, because a
// path comes from a configuration and may be mistaken.
func emptyFolder(dir, prefix string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range left {
		if !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove unfinished file: %w", err)
		}
	}
	return nil
}

func (f *Folder) path(hash [32]byte) string {
	digits := fmt.Sprintf("%x", hash)
	return filepath.Join(f.dir, digits[:2], digits[2:])
}

// confirm makes a file or folder durable. A failure stays: Linux reports a failed write-back once and
// may then call the same pages clean.
func (f *Folder) confirm(file *os.File) error {
	err := f.sync(file)
	if err == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == nil {
		f.failed = fmt.Errorf("sync %s: %w: %w", file.Name(), ErrSync, err)
	}
	return f.failed
}

func (f *Folder) confirmFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close() // Opened for reading only: closing cannot lose anything.
	return f.confirm(folder)
}

// refusal returns the failed fsync after which nothing is written any more.
func (f *Folder) refusal() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}
