package bolt

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// identity asks with statx(2), which tells the time of birth where the file system keeps it.
func identity(path string) (string, error) {
	var told unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &told); err != nil {
		return "", &os.PathError{Op: "statx", Path: path, Err: err}
	}
	name := fmt.Sprintf("inode %d", told.Ino)
	if told.Mask&unix.STATX_BTIME != 0 {
		name += fmt.Sprintf("%s%d.%09d", birthMark, told.Btime.Sec, told.Btime.Nsec)
	}
	return name, nil
}
