package child

import (
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Harden keeps this process's memory to itself: other programs of the same user cannot read or trace it (prctl(2),
// PR_SET_DUMPABLE), and a crash leaves no core file. What it starts begins without that and hardens itself.
func Harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keep this process's memory to itself: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	return nil
}

// tie ends a child with its parent: the kernel does, also when the parent is killed. The signal comes when the thread
// ends that started the child, so that thread must outlive it.
func tie(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }

// resident limits a process that is trusted: it may live and work as long as it likes, but leaves no core file.
func resident(pid int) error {
	if err := unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil); err != nil {
		return fmt.Errorf("core size: %w", err)
	}
	return nil
}
