//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
)

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("make folder %s durable: %w", path, err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
