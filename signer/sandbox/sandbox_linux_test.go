package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"contractd/signer/sandbox"
)

// closedVerb makes the test binary close itself and then try everything that it must not be able to do.
const closedVerb = "sandbox-test"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == closedVerb {
		os.Exit(tryEverything())
	}
	os.Exit(m.Run())
}

// attempts are what hostile code would do first.
func attempts(peer string) map[string]func() error {
	return map[string]func() error{
		"read a file":      func() error { _, err := os.ReadFile("/etc/hostname"); return err },
		"write a file":     func() error { return os.WriteFile(os.TempDir()+"/sandbox-escape", nil, 0o600) },
		"list a folder":    func() error { _, err := os.ReadDir("/"); return err },
		"remove a file":    func() error { return os.Remove(os.TempDir() + "/sandbox-escape") },
		"connect":          func() error { return closed(net.DialTimeout("tcp", peer, time.Second)) },
		"send a datagram":  func() error { return closed(net.Dial("udp", peer)) },
		"open a socket":    func() error { return closed(net.Dial("unix", "@sandbox-escape")) },
		"listen":           func() error { return closed(net.Listen("tcp", "127.0.0.1:0")) },
		"run a program":    func() error { return exec.Command("/bin/true").Run() },
		"signal a process": func() error { return syscall.Kill(os.Getppid(), 0) },
		"trace a process":  func() error { return syscall.PtraceAttach(os.Getppid()) },
	}
}

func closed[T interface{ Close() error }](opened T, err error) error {
	if err == nil {
		err = opened.Close()
		if err == nil {
			return nil
		}
	}
	return err
}

// tryEverything says what it could still do, from many threads at once.
func tryEverything() int {
	held, err := os.Open("/etc/hostname")
	if err != nil {
		return 1
	}
	defer held.Close()
	pinned(func() {}) // Threads that are there before the walls.
	walls := sandbox.Close()
	fmt.Printf("landlock %v, seccomp %v\n", walls.Landlock, walls.Seccomp)
	for name, attempt := range attempts(os.Args[2]) {
		var once sync.Once
		pinned(func() {
			if err := attempt(); err == nil {
				once.Do(func() { fmt.Println("could", name) })
			} else if !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EACCES) {
				once.Do(func() { fmt.Println("failed otherwise:", name, err) })
			}
		})
	}
	if _, err := held.ReadAt(make([]byte, 1), 0); err != nil {
		fmt.Println("could not read an open file:", err)
	}
	return 0
}

// pinned runs work on several threads of the operating system.
func pinned(work func()) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			runtime.LockOSThread()
			work()
		})
	}
	group.Wait()
}

func TestNothingGetsOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	out, err := exec.CommandContext(t.Context(), "/proc/self/exe", closedVerb, listener.Addr().String()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	first, rest, _ := strings.Cut(string(out), "\n")
	if strings.Contains(first, "seccomp false") {
		if os.Getenv("CI") != "" {
			t.Fatal("this kernel has no seccomp: ", first)
		}
		t.Skip("this kernel has no seccomp: ", first)
	}
	if rest != "" {
		t.Errorf("%s:\n%s", first, rest)
	}
	if !strings.Contains(first, "landlock true") {
		t.Log("this kernel has no Landlock; seccomp alone was tested")
	}
}
