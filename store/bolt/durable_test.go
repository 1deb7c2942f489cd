package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// confirmed is a disk that notes what it is asked to confirm, below a folder.
type confirmed struct {
	root  string
	asked []string
	fails string // The one that it does not confirm.
}

func (c *confirmed) sync(file *os.File) error {
	name, err := filepath.Rel(c.root, file.Name())
	if err != nil {
		return err
	}
	c.asked = append(c.asked, name)
	if name == c.fails {
		return syscall.EIO
	}
	return file.Sync()
}

func (c *confirmed) check(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(c.asked, want) {
		t.Errorf("asked to confirm %q, want %q", c.asked, want)
	}
}

// TestMakeFolderConfirmsEveryEntry makes three folders, then looks at the last one again, as after a crash.
func TestMakeFolderConfirmsEveryEntry(t *testing.T) {
	disk := &confirmed{root: t.TempDir()}
	path := filepath.Join(disk.root, "a", "b", "数据")
	if err := makeFolder(path, disk.sync); err != nil {
		t.Fatal(err)
	}
	disk.check(t, "..", ".", "a", "a/b")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("made %v, %v", info, err)
	}
	disk.asked = nil
	if err := makeFolder(path, disk.sync); err != nil {
		t.Fatal(err)
	}
	disk.check(t, "a/b")
}

// TestMakeFolderStopsAtAnUnconfirmedEntry expects nothing to be made in a folder that may be lost.
func TestMakeFolderStopsAtAnUnconfirmedEntry(t *testing.T) {
	disk := &confirmed{root: t.TempDir(), fails: "."}
	err := makeFolder(filepath.Join(disk.root, "a", "b"), disk.sync)
	if !errors.Is(err, workflow.ErrDamaged) || !errors.Is(err, syscall.EIO) || workflow.HintOf(err) == "" {
		t.Errorf("makeFolder = %v", err)
	}
	if _, err := os.Stat(filepath.Join(disk.root, "a", "b")); err == nil {
		t.Error("it went on")
	}
}

func TestMakeFolderOverAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, filepath.Join(path, "below")} {
		if err := MakeFolder(path); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("MakeFolder(%s) = %v", filepath.Base(path), err)
		}
	}
}

// TestPrepareConfirmsWhatIsThere begins where a process was killed between the rename of a new database and the fsync of
// its folder: the name must be durable before anything is committed under it.
func TestPrepareConfirmsWhatIsThere(t *testing.T) {
	disk := &confirmed{root: t.TempDir()}
	path := filepath.Join(disk.root, "contractd.db")
	if err := prepareFile(path, disk.sync); err != nil {
		t.Fatal(err)
	}
	disk.check(t, "..", ".")
	disk.asked = nil
	if err := prepareFile(path, disk.sync); err != nil {
		t.Fatal(err)
	}
	disk.check(t, "..", "contractd.db", ".")
	for _, disk.fails = range []string{"contractd.db", "."} {
		if err := prepareFile(path, disk.sync); !errors.Is(err, workflow.ErrDamaged) || workflow.HintOf(err) == "" {
			t.Errorf("%s is not confirmed: %v", disk.fails, err)
		}
	}
}

// TestReadersWaitForTheDisk looks at the moment in which bbolt already shows a commit.
func TestReadersWaitForTheDisk(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	l.commit = func(tx *bbolt.Tx) error {
		if l.turn.TryRLock() {
			t.Error("a reader may begin while the disk has not confirmed the commit")
			l.turn.RUnlock()
		}
		return tx.Commit()
	}
	apply(t, l, contract("C-1"))
	if _, err := l.Contract(t.Context(), "C-1"); err != nil {
		t.Error(err)
	}
}

// TestNothingIsReadAfterACommitInDoubt fails after the new state became visible in the file.
func TestNothingIsReadAfterACommitInDoubt(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	l.commit = func(tx *bbolt.Tx) error { return errors.Join(tx.Commit(), syscall.EIO) }
	if err := l.Apply(t.Context(), contract("C-1")); !errors.Is(err, workflow.ErrDamaged) || workflow.HintOf(err) == "" {
		t.Errorf("Apply = %v, hint %q", err, workflow.HintOf(err))
	}
	if found, err := l.Contract(t.Context(), "C-1"); !errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("Contract = %v, %v", found.ID, err)
	}
}

func TestWatch(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Watch(ctx); err != nil {
		t.Errorf("Watch without a failure = %v", err)
	}
	l.commit = func(*bbolt.Tx) error { return syscall.EIO }
	if err := l.Apply(t.Context(), contract("C-1")); err == nil {
		t.Fatal("the commit did not fail")
	}
	if err := l.Watch(t.Context()); !errors.Is(err, workflow.ErrDamaged) || !strings.Contains(err.Error(), "contractd.db") {
		t.Errorf("Watch = %v", err)
	}
}
