//go:build linux

package space_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"contractd/store/bolt"
	"contractd/store/documents"
	"contractd/store/space"
	"contractd/store/space/spacetest"
	"contractd/workflow"
)

// house is a store on a small disk.
type house struct {
	*spacetest.Disk
	ledger *bolt.Ledger
	folder *documents.Folder
	spool  *documents.Spool
}

// newHouse opens a store on a disk of 8 MiB; a watch keeps a minimum, a minimum of 0 none.
func newHouse(t *testing.T, minimum int64) *house {
	t.Helper()
	h := &house{Disk: spacetest.New(t, 8<<20)}
	var err error
	if h.folder, err = documents.Open(filepath.Join(h.Dir, "documents")); err != nil {
		t.Fatal(err)
	}
	if h.spool, err = documents.NewSpool(filepath.Join(h.Dir, "spool")); err != nil {
		t.Fatal(err)
	}
	options := bolt.Options{Path: filepath.Join(h.Dir, "contractd.db"), Blobs: h.folder, Fatal: documents.ErrSync}
	if minimum > 0 {
		options.Room = space.New(space.Options{Folders: []string{h.Dir}, Reserve: 2 * minimum, Minimum: minimum})
	}
	h.ledger, err = bolt.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func random(t *testing.T, size int) workflow.Document {
	t.Helper()
	data := make([]byte, size)
	rand.Read(data) // Never fails.
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(data), Size: int64(size)}, ReaderAt: bytes.NewReader(data)}
}

func (h *house) files(folder string) (found []string) {
	h.Helper()
	err := filepath.WalkDir(filepath.Join(h.Dir, folder), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return found
}

// TestLedgerOnAFullDisk writes until there is no byte left, in transactions of any size, and goes on when there is room.
func TestLedgerOnAFullDisk(t *testing.T) {
	h := newHouse(t, 0)
	var stored []workflow.Ref
	for round := range 3 {
		h.Fill(100 << 10)
		refused := 0
		for n := 0; refused < 8; n++ {
			document := random(t, 1+n%8*4000)
			err := h.ledger.Apply(t.Context(), workflow.Change{
				Documents: []workflow.Document{document},
				Entries:   []workflow.Entry{{Actor: "test", Action: workflow.ActArrived, Subject: "x"}},
			})
			switch {
			case err == nil:
				stored = append(stored, document.Ref)
			case errors.Is(err, workflow.ErrSpace) && workflow.HintOf(err) != "":
				refused++
			default:
				t.Fatalf("round %d, Apply = %v", round, err)
			}
			if len(stored) > 4000 {
				t.Fatal("the disk does not fill")
			}
		}
		h.Empty()
		if err := h.ledger.Apply(t.Context(), workflow.Change{Documents: []workflow.Document{random(t, 40000)}}); err != nil {
			t.Fatalf("round %d, with room: %v", round, err)
		}
	}
	for _, ref := range stored {
		if known, err := h.ledger.HasDocument(t.Context(), ref); !known || err != nil {
			t.Fatalf("document %s: %v, %v", ref.Hash, known, err)
		}
	}
	var entries int
	if err := h.ledger.Journal(t.Context(), 0, func(workflow.Entry) error { entries++; return nil }); err != nil || entries != len(stored) {
		t.Errorf("%d entries of %d, %v", entries, len(stored), err)
	}
}

// TestFilesOnAFullDisk leaves nothing of what did not fit.
func TestFilesOnAFullDisk(t *testing.T) {
	h := newHouse(t, 0)
	before := h.Free()
	large := random(t, 20<<20)
	if _, err := h.spool.Collect(t.Context(), large.Reader(), 50<<20); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("spool: %v", err)
	}
	for name, put := range map[string]func(context.Context) error{
		"folder": func(ctx context.Context) error { return h.folder.Put(ctx, large.Hash, large.Size, large.Reader()) },
		"ledger": func(ctx context.Context) error {
			return h.ledger.Apply(ctx, workflow.Change{Documents: []workflow.Document{large}})
		},
	} {
		if err := put(t.Context()); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, workflow.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := append(h.files("documents"), h.files("spool")...); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if after := h.Free(); before-after > 64<<10 {
		t.Errorf("%d bytes are lost", before-after)
	}
	if err := h.ledger.Apply(t.Context(), workflow.Change{Documents: []workflow.Document{random(t, 1<<20)}}); err != nil {
		t.Errorf("what fits is refused afterwards: %v", err)
	}
	for _, orphan := range []string{"documents/tmp/put-1", "spool/spool-1", "spool/mail-1"} {
		if err := os.WriteFile(filepath.Join(h.Dir, orphan), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, folderErr := documents.Open(filepath.Join(h.Dir, "documents"))
	_, spoolErr := documents.NewSpool(filepath.Join(h.Dir, "spool"))
	if left := append(h.files("documents/tmp"), h.files("spool")...); len(left) != 0 || folderErr != nil || spoolErr != nil {
		t.Errorf("left of a crash: %v, %v, %v", left, folderErr, spoolErr)
	}
}

// TestTheMinimumIsKept stops writing before the disk is full.
func TestTheMinimumIsKept(t *testing.T) {
	const minimum = 1 << 20
	h := newHouse(t, minimum)
	h.Fill(minimum + 200<<10)
	for range 200 {
		err := h.ledger.Apply(t.Context(), workflow.Change{Documents: []workflow.Document{random(t, 8000)}})
		if errors.Is(err, workflow.ErrSpace) {
			if free := h.Free(); free < minimum-128<<10 || errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%d bytes are free, %v", free, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("everything was written")
}

// TestNoFileFits has bytes, and no room for another file.
func TestNoFileFits(t *testing.T) {
	h := newHouse(t, 0)
	var usage syscall.Statfs_t
	if err := syscall.Statfs(h.Dir, &usage); err != nil {
		t.Fatal(err)
	}
	if err := h.Remount(fmt.Sprintf("nr_inodes=%d", usage.Files-usage.Ffree)); err != nil {
		t.Fatal(err)
	}
	if state := space.New(space.Options{Folders: []string{h.Dir}}).State(); state.Level != space.None || !strings.Contains(state.Cause, "files") {
		t.Errorf("state %+v", state)
	}
	large := random(t, 1<<20)
	change := workflow.Change{Documents: []workflow.Document{large}}
	if err := h.ledger.Apply(t.Context(), change); !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("Apply = %v", err)
	}
	if err := h.ledger.Apply(t.Context(), workflow.Change{Documents: []workflow.Document{random(t, 1000)}}); err != nil {
		t.Errorf("what needs no file: %v", err)
	}
	if err := h.Remount("nr_inodes=10000"); err != nil {
		t.Fatal(err)
	}
	if err := h.ledger.Apply(t.Context(), change); err != nil {
		t.Error(err)
	}
}

// TestReadOnly refuses to open, and names the cause.
func TestReadOnly(t *testing.T) {
	h := newHouse(t, 0)
	if err := h.Remount("ro"); err == nil {
		t.Error("the kernel makes a disk read-only that is being written to")
	}
	if err := h.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.Remount("ro"); err != nil {
		t.Fatal(err)
	}
	if state := space.New(space.Options{Folders: []string{h.Dir}}).State(); state.Level != space.None || state.Cause == "" {
		t.Errorf("state %+v", state)
	}
	_, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(h.Dir, "contractd.db")})
	if !errors.Is(err, syscall.EROFS) || !errors.Is(space.Mark(err, h.Dir), workflow.ErrSpace) {
		t.Errorf("Open = %v", err)
	}
	if err := h.Remount("rw"); err != nil {
		t.Fatal(err)
	}
	if h.ledger, err = bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(h.Dir, "contractd.db")}); err != nil {
		t.Error(err)
	}
}
