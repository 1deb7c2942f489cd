//go:build unix

package bolt

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"contractd/workflow"
)

// exclusive takes the lock of a file, and reports whether another process has it.
func exclusive(file *os.File) (owned bool, err error) {
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, nil
	case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EINVAL):
		return false, workflow.WithHint(fmt.Errorf("flock: %w", err), "put data_dir on a local disk: this filesystem has no file locks")
	}
	return false, fmt.Errorf("flock: %w", err)
}
