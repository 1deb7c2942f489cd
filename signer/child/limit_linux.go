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

// lifetimes is how many times its processor time a child may use that answers several questions.
const lifetimes = 200

// confine sets the limits of a process from outside, so that the child need not be trusted to do it.
func confine(pid int, limits Limits, longLived bool) error {
	file := uint64(max(limits.File, 0))
	wanted := []limit{{"file size", unix.RLIMIT_FSIZE, file, file}}
	if longLived { // The kernel ends a process for sure once only: one whose parent died, and which never ends by itself.
		limits.CPU *= lifetimes
	}
	wanted = append(wanted, limits.time())
	return impose(pid, limits, wanted)
}

// LimitSelf bounds the memory and the processor time of this process, for good.
func LimitSelf(limits Limits) error {
	limits = limits.withDefaults()
	if err := impose(0, limits, []limit{limits.time()}); err != nil {
		return fmt.Errorf("limit this process: %w", err)
	}
	return nil
}

// time is the limit of processor time; one second after the signal comes the end.
func (l Limits) time() limit {
	seconds := uint64((l.CPU + time.Second - 1) / time.Second)
	return limit{"processor time", unix.RLIMIT_CPU, seconds, seconds + 1}
}

func impose(pid int, limits Limits, wanted []limit) error {
	wanted = append(wanted, limit{"core size", unix.RLIMIT_CORE, 0, 0})
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

// used is the processor time of a process.
func used(pid int) (time.Duration, error) {
	var at unix.Timespec
	// The clock of a process's time, as clock_getcpuclockid(3) names it.
	err := unix.ClockGettime(int32(^pid<<3|2), &at)
	return time.Duration(at.Nano()), err
}
