package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// room is a disk that a test fills.
type room struct {
	full error
	told []error // The writes that were refused.
}

func (r *room) Writable() error   { return r.full }
func (r *room) Refused(err error) { r.told = append(r.told, err) }

// TestRefusedWritesAreTemporary holds each way in which a disk can fail a commit to what it means: a write that was
// refused changed nothing; after an fsync that failed nobody knows.
func TestRefusedWritesAreTemporary(t *testing.T) {
	path := func(op string, err error) error { return &fs.PathError{Op: op, Path: "contractd.db", Err: err} }
	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"full":             {path("write", syscall.ENOSPC), workflow.ErrSpace},
		"quota":            {path("write", syscall.EDQUOT), workflow.ErrSpace},
		"read-only":        {path("write", syscall.EROFS), workflow.ErrSpace},
		"growth read-only": {fmt.Errorf("file resize error: %s", path("truncate", syscall.EROFS)), workflow.ErrSpace},
		"growth full":      {fmt.Errorf("file resize error: %s", path("truncate", syscall.ENOSPC)), workflow.ErrSpace},
		"rename":           {&os.LinkError{Op: "rename", Err: syscall.ENOSPC}, workflow.ErrSpace},
		"growth not known": {fmt.Errorf("file resize error: %s", path("truncate", syscall.EIO)), workflow.ErrDamaged},
		"growth not sure":  {fmt.Errorf("file sync error: %s", path("sync", syscall.ENOSPC)), workflow.ErrDamaged},
		"write fails":      {path("write", syscall.EIO), workflow.ErrDamaged},
		"fsync fails":      {path("sync", syscall.ENOSPC), workflow.ErrDamaged},
		"fdatasync full":   {syscall.ENOSPC, workflow.ErrDamaged},
		"fdatasync quota":  {syscall.EDQUOT, workflow.ErrDamaged},
		"fdatasync fails":  {syscall.EIO, workflow.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			disk := &room{}
			l, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "contractd.db"), Room: disk})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close() // The file is thrown away.
			l.commit = func(*bbolt.Tx) error { return test.err }
			err = l.Apply(t.Context(), contract("C-1"))
			temporary := test.want == workflow.ErrSpace
			if !errors.Is(err, test.want) || errors.Is(err, workflow.ErrTemporary) != temporary || workflow.HintOf(err) == "" && temporary {
				t.Errorf("Apply = %v, want %v", err, test.want)
			}
			if (len(disk.told) == 1) != temporary {
				t.Errorf("told: %v", disk.told)
			}
			l.commit = (*bbolt.Tx).Commit
			if err := l.Apply(t.Context(), contract("C-1")); (err == nil) != temporary {
				t.Errorf("Apply when there is room = %v", err)
			}
		})
	}
}

// TestNothingIsWrittenWithoutRoom asks before it writes, and not of those who read.
func TestNothingIsWrittenWithoutRoom(t *testing.T) {
	disk := &room{}
	folder := blobs{err: errors.New("was asked to write")}
	l, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "contractd.db"), Room: disk, Blobs: folder, InlineMax: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // The file is thrown away.
	apply(t, l, contract("C-1"))
	disk.full = workflow.WithHint(workflow.ErrSpace, "free some")
	l.options.InlineMax = NoInline
	if err := l.Apply(t.Context(), contract("C-2")); !errors.Is(err, workflow.ErrSpace) || errors.Is(err, folder.err) {
		t.Errorf("Apply = %v", err)
	}
	if _, err := l.Contract(t.Context(), "C-1"); err != nil {
		t.Errorf("reading: %v", err)
	}
	l.options.InlineMax, disk.full = 1<<20, nil
	apply(t, l, contract("C-2"))
}
