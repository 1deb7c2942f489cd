package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"contractd/workflow"
)

// TestOpenMendsAMetaPage spoils the first sector of either meta page, as a power cut may while it is written. The page of
// the last commit costs that commit, which nobody was told of; the other one costs nothing. Neither is damage afterwards.
func TestOpenMendsAMetaPage(t *testing.T) {
	kept := 0
	for page := range 2 {
		path := filepath.Join(t.TempDir(), "contractd.db")
		l := openAt(t, path)
		apply(t, l, contract("C-1"))
		apply(t, l, contract("C-2"))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		spoil(t, path, int64(page*os.Getpagesize()))
		l = openAt(t, path)
		if whole, err := wholeMeta(path); err != nil || !whole {
			t.Errorf("page %d is whole: %v, %v", page, whole, err)
		}
		err := l.Source().Records(t.Context(), func(kind, key string, _ any, fault error) error { return fault })
		if err != nil {
			t.Errorf("page %d: %v", page, err)
		}
		if _, err := l.Contract(t.Context(), "C-1"); err != nil {
			t.Errorf("page %d: %v", page, err)
		}
		switch _, err := l.Contract(t.Context(), "C-2"); {
		case err == nil:
			kept++
		case !errors.Is(err, workflow.ErrNotFound):
			t.Error(err)
		}
	}
	if kept != 1 {
		t.Errorf("%d of two pages keep the last commit", kept)
	}
}

func spoil(t *testing.T, path string, at int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(bytes.Repeat([]byte{0xa5}, 512), at); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

// wholeMeta reports whether both meta pages of a file are whole.
func wholeMeta(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() // Only read from.
	_, whole, err := lastMeta(file, os.Getpagesize())
	return whole == metaPages, err
}
