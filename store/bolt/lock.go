package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

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
	if owned, err := exclusive(file); err != nil {
		return err
	} else if owned {
		return ownedBy(file)
	}
	return sign(file, fmt.Sprintf("pid %d, contractd %s, since %s", os.Getpid(), version, time.Now().UTC().Format(time.RFC3339)))
}

// sign says in the lock file who has it. The text has a fixed length and overwrites the one before, so that it needs no
// room; a new file for which the full disk has none does without.
func sign(file *os.File, text string) error {
	_, err := file.WriteAt(fmt.Appendf(nil, "%-*.*s\n", ownerText, ownerText, text), 0)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return nil // The kernel knows who has the lock; the text is for people.
	}
	return err
}

// ownerText is the length of the text in a lock file.
const ownerText = 160

func ownedBy(file *os.File) error {
	text, err := io.ReadAll(io.LimitReader(file, 2*ownerText))
	owner := strings.TrimSpace(strings.ToValidUTF8(string(text), "?"))
	if err != nil || owner == "" {
		owner = "owner unknown"
	}
	return workflow.WithHint(fmt.Errorf("%w (%s)", ErrOwned, owner),
		"stop it first, or let it do the work: commands reach a running daemon through its socket")
}

// Release gives the folder back. The file stays: removing it would let two processes lock two files.
func (o *Owner) Release() error {
	return errors.Join(sign(o.file, ""), o.file.Close())
}
