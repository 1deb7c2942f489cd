package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/workflow"
)

func text(content string) workflow.Document {
	return workflow.Document{
		Ref:      workflow.Ref{Hash: workflow.HashOf([]byte(content)), Size: int64(len(content))},
		ReaderAt: strings.NewReader(content),
	}
}

// arrived is a change with an arrival that names a document.
func arrived(content string) workflow.Change {
	document := text(content)
	return workflow.Change{
		Documents: []workflow.Document{document},
		Arrivals:  []workflow.Arrival{{ID: workflow.ArrivalIDOf(document.Hash), Raw: document.Ref, State: workflow.ArrivalQueued}},
		Entries:   []workflow.Entry{{Actor: "test", Action: workflow.ActArrived, Subject: "arrival/" + content}},
	}
}

// A snapshot is the store as it stood when it began, whatever is written while it is copied.
func TestSnapshotIsOneMoment(t *testing.T) {
	folder, err := documents.Open(filepath.Join(t.TempDir(), "documents"))
	if err != nil {
		t.Fatal(err)
	}
	options := bolt.Options{Path: filepath.Join(t.TempDir(), "contractd.db"), InlineMax: 10, Blobs: folder, Fatal: documents.ErrSync}
	ledger, err := bolt.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	for _, content := range []string{"small", "a document that is a file", "another one that is a file"} {
		if err := ledger.Apply(t.Context(), arrived(content)); err != nil {
			t.Fatal(err)
		}
	}
	copied := &during{act: func() {
		if err := ledger.Apply(t.Context(), arrived("a file that comes too late")); err != nil {
			t.Error(err)
		}
	}}
	snapshot, err := ledger.Snapshot(t.Context(), copied)
	if err != nil || snapshot.Head.Sequence != 3 || len(snapshot.Documents) != 2 || snapshot.Schema < 2 {
		t.Fatalf("snapshot %+v, %v", snapshot, err)
	}
	options.Path = filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(options.Path, copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := bolt.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	report, err := check.Check(t.Context(), again.Source())
	if err != nil || report.Head.Hash != snapshot.Head.Hash || report.Documents != 3 {
		t.Errorf("the copy has %d documents, head %v, %v", report.Documents, report.Head, err)
	}
	for _, finding := range report.Findings {
		if finding.Kind == check.KindFile || finding.Kind == check.KindDocument || finding.Kind == check.KindReference {
			t.Errorf("the copy: %+v", finding)
		}
	}
}

// during acts while it is first written to.
type during struct {
	bytes.Buffer
	act func()
}

func (d *during) Write(p []byte) (int, error) {
	if d.act != nil {
		d.act()
		d.act = nil
	}
	return d.Buffer.Write(p)
}

func TestSnapshotEndsWithItsContext(t *testing.T) {
	ledger, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(t.TempDir(), "contractd.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := ledger.Snapshot(ctx, &during{act: cancel}); !errors.Is(err, context.Canceled) || errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestAnIdentityIsOfOneFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "contractd.db")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	identity := func(path string) string {
		found, err := bolt.Identity(path)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	// File systems know births to a tick of the kernel's clock; this program is older than that.
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	first := identity(path)
	if bolt.SameFile(identity(program), first) {
		t.Errorf("files of other births count as one: %s", first)
	}
	moved := filepath.Join(dir, "moved.db")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(moved, []byte("longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !bolt.SameFile(first, identity(moved)) {
		t.Errorf("a moved file counts as another one: %s, %s", first, identity(moved))
	}
}

func TestSameFile(t *testing.T) {
	for _, one := range []struct {
		a, b string
		same bool
	}{
		{"inode 7 birth 1.5", "inode 7 birth 1.5", true},
		{"inode 7 birth 1.5", "inode 8 birth 1.5", true}, // A file system that numbers anew.
		{"inode 7 birth 1.5", "inode 7 birth 1.6", false},
		{"inode 7", "inode 7 birth 1.5", true}, // The kernel learned to tell the birth.
		{"inode 7", "inode 8 birth 1.5", false},
		{"inode 7", "inode 7", true},
	} {
		if bolt.SameFile(one.a, one.b) != one.same || bolt.SameFile(one.b, one.a) != one.same {
			t.Errorf("%q and %q: want %v", one.a, one.b, one.same)
		}
	}
}
