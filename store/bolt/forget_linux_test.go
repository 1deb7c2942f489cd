package bolt

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident returns how many pages of a file the kernel holds.
func resident(t *testing.T, file *os.File, pages int) (count int) {
	t.Helper()
	length := pages * os.Getpagesize()
	mapped, err := unix.Mmap(int(file.Fd()), 0, length, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	held := make([]byte, pages)
	_, _, failed := syscall.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(length), uintptr(unsafe.Pointer(&held[0])))
	if err := unix.Munmap(mapped); err != nil || failed != 0 {
		t.Fatal(err, failed)
	}
	for _, h := range held {
		count += int(h & 1)
	}
	return count
}

// TestSettleForgets asks the kernel what it remembers of a file afterwards.
func TestSettleForgets(t *testing.T) {
	const pages = 64
	path := filepath.Join(t.TempDir(), "file")
	var system unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &system); err != nil {
		t.Fatal(err)
	}
	if system.Type == unix.TMPFS_MAGIC {
		t.Skip("a file system in memory forgets nothing")
	}
	if err := os.WriteFile(path, make([]byte, pages*os.Getpagesize()), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // Only read from.
	if before := resident(t, file, pages); before != pages {
		t.Skipf("%d of %d written pages are in memory: this kernel does not say", before, pages)
	}
	if err := settle(path, (*os.File).Sync); err != nil {
		t.Fatal(err)
	}
	if after := resident(t, file, pages); after != 0 {
		t.Errorf("%d of %d pages are still in memory", after, pages)
	}
}
