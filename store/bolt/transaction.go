package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

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
	return guard(func() error {
		tx, err := l.begin()
		if err != nil {
			return err
		}
		defer tx.Rollback() // Ends a reader.
		return read(tx)
	})
}

// begin starts a reader. bbolt shows a commit before the disk confirmed it; what a power cut may still take back is told
// to nobody and acted upon by nobody, so readers wait for running commits, and there are none after a failed one.
func (l *Ledger) begin() (*bbolt.Tx, error) {
	l.turn.RLock()
	defer l.turn.RUnlock()
	if err := l.refusal(); errors.Is(err, errCommit) {
		return nil, err
	}
	return l.db.Begin(false)
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
		return l.finish(tx)
	})
	if errors.Is(err, workflow.ErrDamaged) {
		l.refuse(err)
	}
	return err
}

// errCommit tells a commit that may or may not be on the disk.
var errCommit = errors.New("commit is not known to be durable")

// finish commits while no reader begins, and ends all reading and writing if the commit is in doubt.
func (l *Ledger) finish(tx *bbolt.Tx) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	err := l.commitFailure(l.commit(tx))
	if errors.Is(err, errCommit) {
		l.refuse(err)
	}
	if err == nil {
		l.committed.Add(1)
	}
	return err
}

// commitFailure says what a failed commit means. A disk that refused to take a page is merely full, or read-only;
// after any other failure nobody knows what is on the disk.
func (l *Ledger) commitFailure(err error) error {
	if err == nil {
		return nil
	}
	if refused := l.noRoom(err); refused != nil {
		return refused
	}
	return Unconfirmed(fmt.Errorf("%w: %w", errCommit, err))
}

func (l *Ledger) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
		close(l.ended)
	}
}

// Watch waits for the failure after which nothing is written any more, and returns it: the process must end then, even
// where nobody writes for a while. It returns nil when the context ends.
func (l *Ledger) Watch(ctx context.Context) error {
	select {
	case <-l.ended:
		return fmt.Errorf("store %s: %w", l.options.Path, l.refusal())
	case <-ctx.Done():
		return nil
	}
}

// refusal returns the failure after which nothing is written any more.
func (l *Ledger) refusal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}
