package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"contractd/workflow"
)

// Unconfirmed marks the failure of an fsync, after which nobody knows what the disk holds, as an end of all writing, and
// names the cure. Asking again may get a false yes: Linux reports a failed write-back once and then calls the pages clean.
func Unconfirmed(cause error) error {
	return workflow.WithHint(fmt.Errorf("a write was not confirmed by the disk: %w: %w", workflow.ErrDamaged, cause),
		"look for faults of the disk in the system's log; started again, contractd goes on from what the disk holds")
}

// syncer makes a file or folder durable; tests have their own.
type syncer = func(*os.File) error

// MakeFolder makes a folder and those above it, for their owner alone, so that none of them is lost in a power cut. A
// failed fsync gives an error wrapping workflow.ErrDamaged.
func MakeFolder(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := makeFolder(path, (*os.File).Sync); err != nil {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	return nil
}

// makeFolder confirms the entry of each folder before anything is made in it. So of those that a crash left behind, only
// the last one can be unconfirmed, and the next call begins with it.
func makeFolder(path string, sync syncer) error {
	above := filepath.Dir(path)
	if above == path {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return syscall.ENOTDIR
	case err == nil:
		err := syncFolder(above, sync)
		if errors.Is(err, fs.ErrPermission) { // Whoever made it there for us, it was not us.
			return nil
		}
		return err
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeFolder(above, sync); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(above, sync)
}

// syncFolder confirms the entries of a folder.
func syncFolder(path string, sync syncer) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close() // Opened for reading only: closing cannot lose anything.
	if err := sync(folder); err != nil {
		return Unconfirmed(fmt.Errorf("sync %s: %w", path, err))
	}
	return nil
}

// settle makes what a stopped process wrote durable, and forgets what the kernel remembers of the file. After a failed
// fsync that may be more than the disk holds; commits built upon it would be lost with it in a power cut.
func settle(path string, sync syncer) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close() // Nothing was written through it.
	if err := sync(file); err != nil {
		return Unconfirmed(fmt.Errorf("sync %s: %w", path, err))
	}
	return forget(file)
}
