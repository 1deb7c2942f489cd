package sandbox

import (
	"errors"
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// restrictPaths takes every path, and on newer kernels TCP and other processes' sockets and signals, from all threads.
func restrictPaths() error {
	if abi, err := landlockABI(); err != nil || abi < 1 {
		return errors.Join(errors.New("the kernel has none"), err)
	}
	if err := landlock.V6.BestEffort().Restrict(); err != nil {
		return fmt.Errorf("restrict paths: %w", err)
	}
	return nil
}

// landlockABI asks the kernel; landlock(7).
func landlockABI() (int, error) {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION
	abi, _, failure := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, version)
	if failure != 0 {
		return 0, failure
	}
	return int(abi), nil
}
