//go:build !linux

package bolt

import "os"

// forget does nothing: what this system does with pages after a failed fsync is not known here.
func forget(*os.File) error { return nil }
