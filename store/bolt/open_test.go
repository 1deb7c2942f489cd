package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

func openAt(t *testing.T, path string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

func contract(number string) workflow.Change {
	draft := workflow.HashOf([]byte(number))
	return workflow.Change{
		Documents: []workflow.Document{{Ref: workflow.Ref{Hash: draft, Size: int64(len(number))}, ReaderAt: strings.NewReader(number)}},
		Contracts: []workflow.Contract{{
			ID: workflow.ContractID(number), Number: number, Version: 1, State: workflow.StateDraft,
			Draft: workflow.Ref{Hash: draft, Size: int64(len(number))},
		}},
		Entries: []workflow.Entry{{Action: workflow.ActCreated, Subject: "contract/" + number}},
	}
}

func apply(t *testing.T, l *Ledger, change workflow.Change) {
	t.Helper()
	if err := l.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func TestOpenCreatesForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "contractd.db")
	if err := os.MkdirAll(filepath.Dir(filepath.Dir(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", file, info.Mode().Perm(), err, want)
		}
	}
}

func TestOpenTakesBackRightsOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	if err := errors.Join(openAt(t, path).Close(), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode().Perm(), err)
	}
}

// TestOpenAfterCrashWhileCreating leaves what a crash may leave of a new database.
func TestOpenAfterCrashWhileCreating(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	if err := os.WriteFile(path+".new", make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	apply(t, openAt(t, path), contract("C-1"))
}

func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	openAt(t, path)
	_, err := Open(t.Context(), Options{Path: path})
	if !errors.Is(err, ErrOwned) || workflow.HintOf(err) == "" {
		t.Errorf("second Open = %v, hint %q", err, workflow.HintOf(err))
	}
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	owner, err := Lock(dir, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir, "1.2.4")
	if !errors.Is(err, ErrOwned) || workflow.HintOf(err) == "" {
		t.Errorf("second Lock = %v", err)
	}
	if want := "pid " + strconv.Itoa(os.Getpid()) + ", contractd 1.2.3"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second Lock = %v, must name %q", err, want)
	}
	if err := owner.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(dir, "1.2.4")
	if err != nil {
		t.Fatalf("after Release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

// TestOpenDamaged damages a store with enough in it to have branch pages.
func TestOpenDamaged(t *testing.T) {
	for name, damage := range map[string]func(data []byte) []byte{
		"text":           func([]byte) []byte { return []byte(strings.Repeat("no database\n", 3000)) },
		"zeros":          func(data []byte) []byte { return make([]byte, len(data)) },
		"both metas":     func(data []byte) []byte { clear(data[:2*os.Getpagesize()]); return data },
		"one page":       func(data []byte) []byte { return data[:os.Getpagesize()] },
		"cut":            func(data []byte) []byte { return data[:4*os.Getpagesize()] },
		"pages of zeros": func(data []byte) []byte { clear(data[2*os.Getpagesize():]); return data },
		"pages of ones": func(data []byte) []byte {
			for i := range data[2*os.Getpagesize():] {
				data[2*os.Getpagesize()+i] = 0xff
			}
			return data
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "contractd.db")
			l := openAt(t, path)
			for i := range 50 {
				apply(t, l, contract("C-"+strconv.Itoa(i)))
			}
			data, err := os.ReadFile(path)
			if err := errors.Join(err, l.Close(), os.WriteFile(path, damage(data), 0o600)); err != nil {
				t.Fatal(err)
			}
			l, err = Open(t.Context(), Options{Path: path})
			if err == nil {
				err = errors.Join(l.Apply(t.Context(), contract("C-X")), l.Close())
			}
			if !errors.Is(err, workflow.ErrDamaged) || workflow.HintOf(err) == "" {
				t.Errorf("Open = %v", err)
			}
		})
	}
}

// TestOpenCut cuts one page off the end, which bbolt would not touch when it opens the file and would
// replace with zeros when it next grows it.
func TestOpenCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	l := openAt(t, path)
	apply(t, l, contract("C-1"))
	used := int64(0)
	err := l.view(t.Context(), func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	if err := errors.Join(err, l.Close(), os.Truncate(path, used-int64(os.Getpagesize()))); err != nil {
		t.Fatal(err)
	}
	if l, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("Open = %v, %v", l, err)
	}
}

func TestOpenForeignDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("Open = %v", err)
	}
}

func TestOpenNewerStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	l := openAt(t, path)
	err := l.update(t.Context(), func(tx *bbolt.Tx) error { return writeSchema(tx, 2+len(migrations)) })
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Path: path})
	if !errors.Is(err, ErrNewer) || workflow.HintOf(err) == "" {
		t.Errorf("Open = %v", err)
	}
}

func TestNewerRecord(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	apply(t, l, contract("C-1"))
	err := l.update(t.Context(), func(tx *bbolt.Tx) error {
		return contracts.bucket(tx).Put([]byte("C-1"), []byte(`{"schema":2,"id":"C-1"}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Contract(t.Context(), "C-1"); !errors.Is(err, ErrNewer) {
		t.Errorf("Contract = %v", err)
	}
}

func TestMigrate(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "contractd.db"))
	if err := l.update(t.Context(), func(tx *bbolt.Tx) error { return writeSchema(tx, 1) }); err != nil {
		t.Fatal(err)
	}
	var ran []string
	step := func(name string, err error) migration {
		return func(tx *bbolt.Tx) error {
			ran = append(ran, name)
			return errors.Join(tx.Bucket(metaBucket).Put([]byte(name), []byte("done")), err)
		}
	}
	schema := func() (version int) {
		t.Helper()
		err := l.view(t.Context(), func(tx *bbolt.Tx) (err error) {
			version, err = readSchema(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	broken := errors.New("broken step")
	if err := l.migrate(t.Context(), []migration{step("a", nil), step("b", broken)}); !errors.Is(err, broken) || schema() != 1 {
		t.Errorf("failing migration: %v, schema %d", err, schema())
	}
	ran = nil
	if err := l.migrate(t.Context(), []migration{step("a", nil), step("b", nil)}); err != nil || schema() != 3 {
		t.Errorf("migration: %v, schema %d", err, schema())
	}
	if err := l.migrate(t.Context(), []migration{step("a", nil), step("b", nil), step("c", nil)}); err != nil || schema() != 4 {
		t.Errorf("next migration: %v, schema %d", err, schema())
	}
	if got := strings.Join(ran, " "); got != "a b c" {
		t.Errorf("ran %q", got)
	}
}

// TestMigrateFirstStore opens a store as version 1 left it: without API keys and hold.
func TestMigrateFirstStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "contractd.db")
	l := openAt(t, path)
	apply(t, l, contract("C-1"))
	err := l.update(t.Context(), func(tx *bbolt.Tx) error {
		return errors.Join(tx.DeleteBucket([]byte("apikey")), tx.DeleteBucket([]byte("hold")), writeSchema(tx, 1))
	})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, path)
	if _, err := l.Contract(t.Context(), "C-1"); err != nil {
		t.Error(err)
	}
	apply(t, l, workflow.Change{APIKeys: []workflow.APIKey{{ID: "k1", Name: "erp"}}, Hold: &workflow.Hold{Reason: "restored"}})
	if key, err := l.APIKey(t.Context(), "k1"); err != nil || key.Name != "erp" || key.Revision != 1 {
		t.Errorf("APIKey = %+v, %v", key, err)
	}
	if hold, err := l.Hold(t.Context()); err != nil || hold.Reason != "restored" {
		t.Errorf("Hold = %+v, %v", hold, err)
	}
}

func TestOpenEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "contractd.db")
	if _, err := Open(ctx, Options{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v", err)
	}
}
