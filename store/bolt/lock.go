package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"contractd/workflow"
)

// Owner is the right of one process to use a data folder.
type Owner struct{ file *os.File }

// Lock takes DIR/lock and writes who we are into it; the kernel gives it back however the process
// ends. An error wraps ErrOwned, naming the owner, when another process has it.
func Lock(dir, version string) (*Owner, error) {
	if err := MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := takeLock(file, version); err != nil {
		return nil, fmt.Errorf("lock data folder %s: %w", dir, errors.Join(err, file.Close()))
	}
	return &Owner{file}, nil
}

func takeLock(file *os.File, version string) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ownedBy(file)
	}
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(fmt.Appendf(nil, "pid %d, contractd %s\n", os.Getpid(), version), 0)
	return err
}

func ownedBy(file *os.File) error {
	text, err := io.ReadAll(io.LimitReader(file, 200))
	if err != nil || len(text) == 0 {
		text = []byte("owner unknown")
	}
	owner := strings.TrimSpace(strings.ToValidUTF8(string(text), "?"))
	return workflow.WithHint(fmt.Errorf("%w (%s)", ErrOwned, owner),
		"stop it first, or let it do the work: commands reach a running daemon through its socket")
}

// Release gives the folder back. The file stays: removing it would let two processes lock two files.
func (o *Owner) Release() error {
	return errors.Join(o.file.Truncate(0), o.file.Close())
}
