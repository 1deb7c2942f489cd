package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"contractd/workflow"
)

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// Ledger is the store in one bbolt file. It is safe for concurrent use.
type Ledger struct {
	options Options
	db      *bbolt.DB
	commit  func(*bbolt.Tx) error

	committed atomic.Int64 // transactions since it was opened

	turn sync.RWMutex // held by a commit until the disk confirmed it, and by a reader while it begins

	mu     sync.Mutex // guards failed
	failed error      // why nothing more may be written
	ended  chan struct{}
}

// Open opens the ledger, creating or migrating it where needed. Errors wrap ErrOwned, ErrNewer or
// workflow.ErrDamaged where one of them is the reason.
func Open(ctx context.Context, options Options) (*Ledger, error) {
	l, err := open(ctx, options.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", options.Path, err)
	}
	return l, nil
}

func open(ctx context.Context, options Options) (*Ledger, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := prepareFile(options.Path, (*os.File).Sync); err != nil {
		return nil, err
	}
	if err := probe(options.Path); err != nil {
		return nil, err
	}
	db, err := openFile(options.Path, false)
	if err != nil {
		return nil, err
	}
	l := &Ledger{options: options, db: db, commit: (*bbolt.Tx).Commit, ended: make(chan struct{})}
	err = l.mendMeta(ctx)
	if err == nil {
		err = l.migrate(ctx, migrations)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close waits for running transactions and closes the file.
func (l *Ledger) Close() error { return l.db.Close() }

// prepareFile makes sure that the file exists, that its name is durable and that nobody else may read it.
func prepareFile(path string, sync syncer) error {
	if err := makeFolder(filepath.Dir(path), sync); err != nil {
		return err
	}
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = createFile(path)
	case err == nil:
		err = errors.Join(os.Chmod(path, 0o600), settle(path, sync))
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path), sync) // Also of a file that is there: a crash may have come before this line.
}

// createFile builds a new database under another name, so that a crash meanwhile leaves no half of one.
func createFile(path string) error {
	unfinished := path + ".new"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := openFile(unfinished, false)
	if err != nil {
		return err
	}
	if err := errors.Join(createFailure(db.Update(initialize)), db.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// createFailure says what a failed first commit means: a disk that takes no writes, or one that does not keep them.
func createFailure(err error) error {
	if err == nil || refusedWrite(err) {
		return err
	}
	return Unconfirmed(err)
}

// probe refuses a file that is shorter than its own table says: reading on would end in a bus error.
func probe(path string) error {
	db, err := openFile(path, true)
	if err != nil {
		return err
	}
	defer db.Close() // Opened for reading only: closing cannot lose anything.
	return guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			info, err := os.Stat(path)
			if err == nil && info.Size() < tx.Size() {
				err = damaged(fmt.Errorf("file has %d of %d bytes", info.Size(), tx.Size()))
			}
			return err
		})
	})
}

func openFile(path string, readOnly bool) (db *bbolt.DB, err error) {
	options := &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType, ReadOnly: readOnly}
	if strconv.IntSize == 64 && !readOnly {
		// Address space, not memory: growing beyond it makes writers wait for readers.
		options.InitialMmapSize = 1 << 30
	}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, options)
		return err
	})
	switch {
	case err == nil:
		db.AllocSize = 1 << 20
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, workflow.WithHint(ErrOwned, "stop the other contractd first, or let it do the work: commands reach a running daemon through its socket")
	case errors.Is(err, syscall.EIO):
		return nil, Unconfirmed(err)
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(syscall.Errno)), errors.Is(err, workflow.ErrDamaged):
		return nil, err
	}
	return nil, damaged(err) // The system had no objection: it is the content.
}

// damaged marks a cause as damage and names the cure.
func damaged(cause error) error {
	return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrDamaged, cause), "keep the file as it is and restore the last backup beside it")
}
