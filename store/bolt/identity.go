package bolt

import "strings"

// Identity names the file at a path as the file system knows it, as "inode N" and, where that is told, " birth SECONDS.NANOSECONDS".
// Renaming and moving within one file system keep it; every copy has another one. A copy of whole
// disks, volumes or virtual machines keeps it too, and so is not told from the original.
func Identity(path string) (string, error) { return identity(path) }

// SameFile reports whether two identities are of one file. The birth decides where both have one: some file systems
// number their files anew whenever they are mounted. The device is no part of it: its number changes from boot to boot.
func SameFile(a, b string) bool {
	inode, birth, both := strings.Cut(a, birthMark)
	otherInode, otherBirth, too := strings.Cut(b, birthMark)
	if both && too {
		return birth == otherBirth
	}
	return inode == otherInode
}

const birthMark = " birth "
