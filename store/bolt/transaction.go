package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// guard turns what bbolt does on a damaged page (it panics, or faults in the mapped file) into an error.
func guard(work func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if cause := recover(); cause != nil {
			err = damaged(fmt.Errorf("reading a page: %v", cause))
		}
	}()
	return work()
}

// view runs a read transaction. Readers must be short: writers wait for them when the file must grow
// beyond what is mapped, so no caller's code runs inside unless its documentation says so.
func (l *Ledger) view(ctx context.Context, read func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guard(func() error { return l.db.View(read) })
}

// update runs a write transaction and commits it unless write fails.
func (l *Ledger) update(ctx context.Context, write func(*bbolt.Tx) error) error {
	if err := errors.Join(ctx.Err(), l.refusal()); err != nil {
		return err
	}
	err := guard(func() error {
		tx, err := l.db.Begin(true)
		if err != nil {
			return err
		}
		defer tx.Rollback() // Does nothing after a commit.
		// Whoever waited for the lock while a commit failed must not write either.
		if err := l.refusal(); err != nil {
			return err
		}
		if err := write(tx); err != nil {
			return err
		}
		return l.commitFailure(l.commit(tx))
	})
	if errors.Is(err, workflow.ErrDamaged) {
		l.refuse(err)
	}
	return err
}

// commitFailure says what a failed commit means. A disk that refused to take a page is merely full;
// after any other failure nobody knows what is on the disk.
func (l *Ledger) commitFailure(err error) error {
	if err == nil {
		return nil
	}
	if full := l.diskFull(err); full != nil {
		return full
	}
	return fmt.Errorf("commit was not confirmed by the disk: %w: %w", workflow.ErrDamaged, err)
}

// diskFull returns a temporary error when err says that a write found no space, nil otherwise.
func (l *Ledger) diskFull(err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) || path.Op != "write" {
		return nil
	}
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrTemporary, err), "free space on the disk that holds "+l.options.Path)
}

func (l *Ledger) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
	}
}

// refusal returns the failure after which nothing is written any more.
func (l *Ledger) refusal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}
