package child

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// self is the running image itself, even when the file was replaced by an upgrade meanwhile.
func self() (string, error) { return "/proc/self/exe", nil }

type limit struct {
	name       string
	resource   int
	soft, hard uint64
}

// confine sets the limits of a process from outside, so that the child need not be trusted to do it.
func confine(pid int, limits Limits) error {
	seconds := uint64((limits.CPU + time.Second - 1) / time.Second)
	wanted := []limit{
		{"processor time", unix.RLIMIT_CPU, seconds, seconds + 1},
		{"core size", unix.RLIMIT_CORE, 0, 0},
		{"file size", unix.RLIMIT_FSIZE, uint64(max(limits.File, 0)), uint64(max(limits.File, 0))},
	}
	if !raceDetector {
		// RLIMIT_DATA counts private writable memory; RLIMIT_AS would count what Go only reserves.
		memory := uint64(limits.Memory)
		wanted = append(wanted, limit{"memory", unix.RLIMIT_DATA, memory, memory})
	}
	for _, w := range wanted {
		if err := unix.Prlimit(pid, w.resource, &unix.Rlimit{Cur: w.soft, Max: w.hard}, nil); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}
