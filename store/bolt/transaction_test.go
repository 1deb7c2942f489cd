package bolt

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// TestFailedCommitEndsWriting fails one commit; the disk then says that all is well, and is not believed.
func TestFailedCommitEndsWriting(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	apply(t, l, contract("C-1"))
	l.commit = func(*bbolt.Tx) error { return syscall.EIO }
	if err := l.Apply(t.Context(), contract("C-2")); !errors.Is(err, workflow.ErrDamaged) || !errors.Is(err, syscall.EIO) {
		t.Errorf("Apply = %v", err)
	}
	l.commit = (*bbolt.Tx).Commit
	if err := l.Apply(t.Context(), contract("C-3")); !errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("Apply after it = %v", err)
	}
}

func TestFullDiskIsTemporary(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	l.commit = func(*bbolt.Tx) error { return &fs.PathError{Op: "write", Path: "contractd.db", Err: syscall.ENOSPC} }
	err := l.Apply(t.Context(), contract("C-1"))
	if !errors.Is(err, workflow.ErrTemporary) || errors.Is(err, workflow.ErrDamaged) || workflow.HintOf(err) == "" {
		t.Errorf("Apply = %v, hint %q", err, workflow.HintOf(err))
	}
	l.commit = (*bbolt.Tx).Commit
	apply(t, l, contract("C-1"))
}

// blobs fails every Put; nothing else of it is called.
type blobs struct {
	Blobs
	err error
}

func (b blobs) Put(context.Context, [32]byte, int64, io.Reader) error { return b.err }

func TestFailedBlobs(t *testing.T) {
	fatal := errors.New("not confirmed")
	for name, test := range map[string]struct{ err, want, after error }{
		"fatal":     {fatal, workflow.ErrDamaged, workflow.ErrDamaged},
		"full":      {&fs.PathError{Op: "write", Err: syscall.ENOSPC}, workflow.ErrTemporary, nil},
		"any other": {fs.ErrPermission, fs.ErrPermission, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "contractd.db")
			l, err := Open(t.Context(), Options{Path: path, Blobs: blobs{err: test.err}, InlineMax: NoInline, Fatal: fatal})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Apply(t.Context(), contract("C-1")); !errors.Is(err, test.want) || !errors.Is(err, test.err) {
				t.Errorf("Apply = %v, want %v", err, test.want)
			}
			if err := l.Apply(t.Context(), workflow.Change{}); !errors.Is(err, test.after) {
				t.Errorf("Apply after it = %v, want %v", err, test.after)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGuard reads a mapped page whose file was cut under it, as a damaged disk or a careless hand does.
func TestGuard(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "page"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // The file is thrown away.
	page, err := syscall.Mmap(int(file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	for name, work := range map[string]func() error{
		"panic": func() error { panic("page 7: unexpected type") },
		"fault": func() error { page[0]++; return nil },
	} {
		if err := guard(work); !errors.Is(err, workflow.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpenDocumentHoldsUpNobody grows the file beyond its mapping while a document is open: with a
// transaction behind the document this would wait for ever.
func TestOpenDocumentHoldsUpNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	l := openAt(t, path)
	apply(t, l, contract("C-1"))
	ref := contract("C-1").Contracts[0].Draft
	document, closer, err := l.Document(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close() // Holds nothing.
	if open := l.db.Stats().OpenTxN; open != 0 {
		t.Errorf("%d transactions are open", open)
	}
	if text, err := io.ReadAll(document.Reader()); err != nil || string(text) != "C-1" {
		t.Errorf("read %q, %v", text, err)
	}
}

func TestClosed(t *testing.T) {
	l, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "contractd.db")})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(t.Context(), contract("C-1")); err == nil {
		t.Error("Apply after Close succeeds")
	}
	if _, err := l.Contract(t.Context(), "C-1"); err == nil {
		t.Error("Contract after Close succeeds")
	}
}
