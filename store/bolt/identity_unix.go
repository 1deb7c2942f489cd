//go:build unix

package bolt

import (
	"fmt"
	"os"
	"syscall"
)

func inodeOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	told, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("look at %s: this system tells no inode", path)
	}
	return fmt.Sprintf("inode %d", told.Ino), nil
}
