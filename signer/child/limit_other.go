//go:build !linux

package child

import (
	"errors"
	"os"
	"time"
)

func self() (string, error) { return os.Executable() }

// confine does nothing where prlimit(2) is missing; time and output stay limited.
func confine(int, Limits, bool) error { return nil }

// LimitSelf does nothing.
func LimitSelf(Limits) error { return nil }

// used cannot be told.
func used(int) (time.Duration, error) { return 0, errors.ErrUnsupported }
