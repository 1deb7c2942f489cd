package documents

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newSpool(t *testing.T) *Spool {
	t.Helper()
	s, err := NewSpool(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCollect(t *testing.T) {
	s := newSpool(t)
	for _, content := range []string{"", "合同正文"} {
		spooled, err := s.Collect(t.Context(), strings.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(spooled, 0, spooled.Size))
		if err != nil || string(got) != content || spooled.Hash != sha256.Sum256([]byte(content)) {
			t.Errorf("collected %q as %q, %v", content, got, err)
		}
		if left := files(t, s.dir); len(left) != 0 {
			t.Errorf("a name that a crash would leave: %v", left)
		}
		if err := spooled.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCollectRefuses(t *testing.T) {
	s := newSpool(t)
	if _, err := s.Collect(t.Context(), strings.NewReader("12345"), 4); !errors.Is(err, ErrLimit) {
		t.Errorf("one byte too many: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Collect(ctx, strings.NewReader("1"), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNewSpoolRemovesOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"spool-1", "mail-1", "contract.pdf"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewSpool(dir); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 1 || filepath.Base(left[0]) != "contract.pdf" {
		t.Errorf("left: %v", left)
	}
}
