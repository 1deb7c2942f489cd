package space

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// probeName is the file that a probe writes. It has one name, so that a crash leaves at most one.
const probeName = ".probe"

// probe writes a file of a few blocks and removes it.
func probe(folder string) error {
	path := filepath.Join(folder, probeName)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("probe the disk: %w", err)
	}
	_, err = file.Write(make([]byte, 64<<10))
	if err = errors.Join(err, file.Close(), os.Remove(path)); err != nil { // Some filesystems refuse only now.
		return fmt.Errorf("probe the disk: %w", err)
	}
	return nil
}
