package bolt

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops the clean pages that the kernel keeps of a file, so that the next reader asks the disk.
func forget(file *os.File) error {
	return os.NewSyscallError("fadvise", unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED))
}
