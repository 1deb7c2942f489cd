package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func put(t *testing.T, f *Folder, content string) [32]byte {
	t.Helper()
	hash := sha256.Sum256([]byte(content))
	if err := f.Put(t.Context(), hash, int64(len(content)), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return hash
}

func openFolder(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// files lists every file below dir, so that nothing unfinished goes unseen.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPutOpenStatWalk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "documents")
	f := openFolder(t, dir)
	want := map[[32]byte]string{}
	for _, content := range []string{"", "采购合同", strings.Repeat("印", 100_000)} {
		want[put(t, f, content)] = content
	}
	f = openFolder(t, dir) // What was put is there for the next process.
	for hash, content := range want {
		opened, err := f.Open(hash)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(opened, 0, opened.Size()))
		if err != nil || string(got) != content {
			t.Errorf("document of %d bytes: read %d bytes, %v", len(content), len(got), err)
		}
		if size, err := f.Stat(hash); err != nil || size != int64(len(content)) {
			t.Errorf("Stat = %d, %v; want %d", size, err, len(content))
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "ab", "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := f.Walk(t.Context(), func(hash [32]byte, size int64) error {
		if content, ok := want[hash]; !ok || int64(len(content)) != size {
			t.Errorf("Walk visits %x of %d bytes", hash, size)
		}
		delete(want, hash)
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Errorf("Walk = %v, and left out %d documents", err, len(want))
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "documents")
	f := openFolder(t, dir)
	hash := put(t, f, "secret")
	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Dir(f.path(hash)): 0o700, f.path(hash): 0o400} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestMissing(t *testing.T) {
	f := openFolder(t, t.TempDir())
	if _, err := f.Open([32]byte{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open = %v", err)
	}
	if _, err := f.Stat([32]byte{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat = %v", err)
	}
}

func TestPutRefusesOtherContent(t *testing.T) {
	content := "contract"
	hash := sha256.Sum256([]byte(content))
	cut := errors.New("connection lost")
	for name, test := range map[string]struct {
		size   int64
		reader io.Reader
		want   error
	}{
		"other bytes":  {8, strings.NewReader("contracT"), nil},
		"one less":     {8, strings.NewReader("contrac"), io.ErrUnexpectedEOF},
		"one more":     {8, strings.NewReader("contract!"), nil},
		"other size":   {9, strings.NewReader(content), io.ErrUnexpectedEOF},
		"broken input": {8, io.MultiReader(strings.NewReader("con"), failing{cut}), cut},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFolder(t, t.TempDir())
			err := f.Put(t.Context(), hash, test.size, test.reader)
			if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
				t.Errorf("Put = %v, want %v", err, test.want)
			}
			if left := files(t, f.dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestPutEndsWithItsContext(t *testing.T) {
	f := openFolder(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := f.Put(ctx, sha256.Sum256([]byte("x")), 1, strings.NewReader("x"))
	if !errors.Is(err, context.Canceled) || len(files(t, f.dir)) != 0 {
		t.Errorf("Put = %v, files %v", err, files(t, f.dir))
	}
}

func TestPutExistingReadsNothing(t *testing.T) {
	f := openFolder(t, t.TempDir())
	hash := put(t, f, "once")
	if err := f.Put(t.Context(), hash, 4, failing{errors.New("was read")}); err != nil {
		t.Error(err)
	}
}

func TestPutReplacesCutFile(t *testing.T) {
	f := openFolder(t, t.TempDir())
	hash := put(t, f, "whole")
	if err := os.Chmod(f.path(hash), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(f.path(hash), 2); err != nil {
		t.Fatal(err)
	}
	put(t, f, "whole")
	if got, err := os.ReadFile(f.path(hash)); err != nil || string(got) != "whole" {
		t.Errorf("file has %q, %v", got, err)
	}
}

func TestOpenRemovesUnfinishedFilesOnly(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir)
	hash := put(t, f, "stays")
	unfinished := filepath.Join(dir, temporary, "put-123")
	foreign := filepath.Join(dir, temporary, "foreign")
	for _, path := range []string{unfinished, foreign} {
		if err := os.WriteFile(path, []byte("st"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f = openFolder(t, dir)
	if _, err := os.Stat(unfinished); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unfinished file: %v", err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file that is not ours: %v", err)
	}
	if _, err := f.Stat(hash); err != nil {
		t.Error(err)
	}
}

// TestFailedSyncStays fails the fsync of the file, then that of the folder.
func TestFailedSyncStays(t *testing.T) {
	for name, fails := range map[string]func(os.FileInfo) bool{
		"file":   func(info os.FileInfo) bool { return !info.IsDir() },
		"folder": os.FileInfo.IsDir,
	} {
		t.Run(name, func(t *testing.T) {
			f := openFolder(t, t.TempDir())
			broken := errors.New("input/output error")
			f.sync = func(file *os.File) error {
				if info, err := file.Stat(); err != nil || fails(info) {
					return errors.Join(broken, err)
				}
				return nil
			}
			hash := sha256.Sum256([]byte("x"))
			if err := f.Put(t.Context(), hash, 1, strings.NewReader("x")); !errors.Is(err, ErrSync) || !errors.Is(err, broken) {
				t.Errorf("first Put = %v", err)
			}
			f.sync = (*os.File).Sync // The disk says that all is well again; that is not to be believed.
			if err := f.Put(t.Context(), hash, 1, strings.NewReader("x")); !errors.Is(err, ErrSync) {
				t.Errorf("second Put = %v", err)
			}
		})
	}
}

func TestPutConfirmsFileBeforeNameAndFolderAfter(t *testing.T) {
	f := openFolder(t, t.TempDir())
	hash := sha256.Sum256([]byte("x"))
	var order []string
	f.sync = func(file *os.File) error {
		_, err := os.Stat(f.path(hash))
		order = append(order, filepath.Base(filepath.Dir(file.Name())), map[bool]string{true: "named", false: "unnamed"}[err == nil])
		return file.Sync()
	}
	put(t, f, "x")
	if got := strings.Join(order, " "); got != temporary+" unnamed "+filepath.Base(f.dir)+" named" {
		t.Errorf("syncs happened as %q", got)
	}
}

func TestConcurrentPuts(t *testing.T) {
	f := openFolder(t, t.TempDir())
	content := bytes.Repeat([]byte("并发"), 50_000)
	hash := sha256.Sum256(content)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := f.Put(t.Context(), hash, int64(len(content)), bytes.NewReader(content)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if left := files(t, f.dir); len(left) != 1 || left[0] != f.path(hash) {
		t.Errorf("files: %v", left)
	}
}
