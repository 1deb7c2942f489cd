package sandbox

import (
	"slices"

	"golang.org/x/sys/unix"
)

const architecture = unix.AUDIT_ARCH_X86_64

var harmless = slices.Concat(common, []uint32{unix.SYS_EPOLL_WAIT, unix.SYS_POLL, unix.SYS_ARCH_PRCTL, unix.SYS_TIME})
