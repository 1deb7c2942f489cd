package sandbox

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data; seccomp(2). Both architectures are little-endian, so the low half of an argument comes first.
const (
	offsetNumber   = 0
	offsetArch     = 4
	offsetArgument = 16
)

// The kernel's answers.
const (
	allow  = unix.SECCOMP_RET_ALLOW
	refuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	kill   = unix.SECCOMP_RET_KILL_PROCESS
)

// filterCalls lets the kernel answer only harmless system calls, for all threads at once.
func filterCalls() error {
	if architecture == 0 {
		return errors.New("no list of calls for this architecture")
	}
	filter := program(uint32(os.Getpid()))
	loaded := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	thread, _, failure := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&loaded)))
	if failure != 0 {
		return fmt.Errorf("load the filter: %w", failure)
	}
	if thread != 0 {
		return fmt.Errorf("load the filter: thread %d cannot take it", thread)
	}
	return nil
}

// program is the filter, in classic BPF.
func program(pid uint32) []unix.SockFilter {
	p := []unix.SockFilter{
		load(offsetArch),
		jumpEqual(architecture, 1, 0),
		answer(kill), // Calls of another architecture have other numbers.
		load(offsetNumber),
	}
	for _, number := range harmless {
		p = append(p, jumpEqual(number, 0, 1), answer(allow))
	}
	// A thread is welcome, another process is not. The libraries fall back from clone3, whose flags lie in memory that a filter
	// cannot read.
	p = append(p,
		jumpEqual(unix.SYS_CLONE3, 0, 1), answer(absent),
		jumpEqual(unix.SYS_CLONE, 0, 4), load(offsetArgument), jumpSet(unix.CLONE_THREAD, 0, 1), answer(allow), answer(refuse),
		jumpEqual(unix.SYS_TGKILL, 0, 4), load(offsetArgument), jumpEqual(pid, 0, 1), answer(allow), answer(refuse),
	)
	return append(p, answer(refuse))
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jumpEqual(value uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jt: yes, Jf: no}
}

func jumpSet(bits uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: bits, Jt: yes, Jf: no}
}

func answer(action uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
}

// common are the calls that the Go runtime, the C library's threads and a reader of open files need on every architecture.
var common = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_LSEEK, unix.SYS_CLOSE, unix.SYS_FSTAT,
	unix.SYS_FCNTL, unix.SYS_RECVMSG, unix.SYS_SENDMSG, unix.SYS_SHUTDOWN,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2, unix.SYS_PPOLL,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_MEMBARRIER, unix.SYS_RSEQ, unix.SYS_SET_ROBUST_LIST, unix.SYS_GETCPU,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_SETITIMER, unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_DELETE,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETUID, unix.SYS_GETRUSAGE, unix.SYS_UNAME, unix.SYS_GETRANDOM, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
	unix.SYS_SET_TID_ADDRESS, unix.SYS_SYSINFO, unix.SYS_TIMES,
}
