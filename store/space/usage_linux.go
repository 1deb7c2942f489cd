package space

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// usageOf asks the filesystem.
func usageOf(folder string) (Usage, error) {
	var found unix.Statfs_t
	if err := unix.Statfs(folder, &found); err != nil {
		return Usage{}, fmt.Errorf("ask for the free space of %s: %w", folder, err)
	}
	unit := int64(found.Frsize)
	if unit <= 0 { // Unknown before Linux 2.6.
		unit = int64(found.Bsize)
	}
	usage := Usage{
		Free: int64(min(found.Bavail, 1<<60/uint64(unit))) * unit, Files: int64(min(found.Ffree, 1<<60)), ReadOnly: found.Flags&unix.ST_RDONLY != 0,
	}
	if found.Files == 0 { // Btrfs, for one, has no fixed number.
		usage.Files = -1
	}
	return usage, nil
}
