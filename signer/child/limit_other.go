//go:build !linux

package child

import "os"

func self() (string, error) { return os.Executable() }

// confine does nothing where prlimit(2) is missing; time and output stay limited.
func confine(int, Limits) error { return nil }
