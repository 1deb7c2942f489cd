//go:build unix

package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes the test binary its own child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if verb, ok := verbs[os.Args[1]]; ok {
			os.Exit(verb())
		}
	}
	os.Exit(m.Run())
}

var sink [][]byte

var verbs = map[string]func() int{
	"child-echo": func() int {
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			return 1
		}
		return 0
	},
	"child-fail":  func() int { fmt.Fprintln(os.Stderr, "could not"); return 3 },
	"child-panic": func() int { panic("parser broke") },
	"child-hang":  func() int { _ = syscall.Pause(); return 0 },
	"child-spin": func() int {
		for i := 0; ; i++ {
			if i < 0 {
				return 0
			}
		}
	},
	"child-eat": func() int {
		for {
			sink = append(sink, bytes.Repeat([]byte{1}, 8<<20))
		}
	},
	"child-talk": func() int {
		for {
			if _, err := os.Stdout.Write(make([]byte, 64<<10)); err != nil {
				return 1
			}
		}
	},
	"child-family": func() int {
		cmd := exec.Command("/proc/self/exe", "child-hang")
		if err := cmd.Start(); err != nil {
			return 1
		}
		fmt.Println(cmd.Process.Pid)
		return 0
	},
	"child-write": func() int {
		if err := os.WriteFile(os.Getenv("TARGET"), []byte("x"), 0o600); err != nil {
			fmt.Println("refused")
		}
		return 0
	},
	"child-env": func() int { fmt.Println(len(os.Environ())); return 0 },
}

func TestRunReturnsOutput(t *testing.T) {
	want := bytes.Repeat([]byte("合同 "), 200_000)
	got, err := Run(t.Context(), Command{Args: []string{"child-echo"}, Stdin: bytes.NewReader(want)})
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("got %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func TestLimits(t *testing.T) {
	tests := []struct {
		verb   string
		limits Limits
		want   Limit
		stderr string
	}{
		{"child-fail", Limits{}, None, "could not"},
		{"child-panic", Limits{}, None, "parser broke"},
		{"child-hang", Limits{Timeout: 100 * time.Millisecond}, Time, ""},
		{"child-spin", Limits{CPU: time.Second}, CPU, ""},
		{"child-eat", Limits{Memory: 128 << 20}, Memory, ""},
		{"child-talk", Limits{Output: 1 << 20}, Output, ""},
	}
	for _, test := range tests {
		t.Run(test.verb, func(t *testing.T) {
			if test.want == Memory && raceDetector {
				t.Skip("the race detector itself needs more memory")
			}
			_, err := Run(t.Context(), Command{Args: []string{test.verb}, Limits: test.limits})
			var death *Death
			if !errors.As(err, &death) || death.Limit != test.want || !strings.Contains(death.Stderr, test.stderr) {
				t.Fatalf("got %#v, want limit %q and %q said", err, test.want, test.stderr)
			}
		})
	}
}

func TestCancelIsNoDeath(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reader := readerFunc(func(p []byte) (int, error) { cancel(); return 0, io.EOF })
	_, err := Run(ctx, Command{Args: []string{"child-hang"}, Stdin: reader})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestFailingInputIsAnError(t *testing.T) {
	broken := errors.New("disk gone")
	reader := readerFunc(func(p []byte) (int, error) { return 0, broken })
	if _, err := Run(t.Context(), Command{Args: []string{"child-echo"}, Stdin: reader}); !errors.Is(err, broken) {
		t.Fatalf("half an input was judged: %v", err)
	}
}

func TestGrandchildrenDie(t *testing.T) {
	out, err := Run(t.Context(), Command{Args: []string{"child-family"}})
	if err != nil {
		// The grandchild holds no pipe of ours, so this must not time out.
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	for syscall.Kill(pid, 0) == nil && !isZombie(pid) {
		if ctx.Err() != nil {
			t.Fatalf("grandchild %d lives on", pid)
		}
		runtime.Gosched()
	}
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z") || strings.Contains(string(stat), ") X")
}

func TestChildWritesNoFileAndSeesNoEnvironment(t *testing.T) {
	target := t.TempDir() + "/file"
	out, err := Run(t.Context(), Command{Args: []string{"child-write"}, Env: []string{"TARGET=" + target}})
	if err != nil || strings.TrimSpace(string(out)) != "refused" {
		t.Fatalf("got %q, %v", out, err)
	}
	out, err = Run(t.Context(), Command{Args: []string{"child-write"}, Env: []string{"TARGET=" + target}, Limits: Limits{File: 1}})
	if err != nil || len(out) > 0 {
		t.Fatalf("a file of one byte: %q, %v", out, err)
	}
	t.Setenv("CONTRACTD_PIN", "1234")
	out, err = Run(t.Context(), Command{Args: []string{"child-env"}})
	if err != nil || strings.TrimSpace(string(out)) != "2" {
		t.Fatalf("environment leaked: %q, %v", out, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestCollectorWithoutMemory: so the runtime puts it when its collector gets none.
func TestCollectorWithoutMemory(t *testing.T) {
	const said = "SIGSEGV: segmentation violation\nPC=0x43147d m=2 sigcode=1 addr=0x0\n\ngoroutine 0 gp=0x1 m=2 mp=0x2 [idle]:\n" +
		"runtime.(*spanQueue).tryDrain(0x1)\n\ngoroutine 20 gp=0x3 m=2 mp=0x2 [GC mark termination]:\nruntime.gcBgMarkWorker(0x4)\n"
	if !outOfMemory(said) {
		t.Error("the collector's end is not known")
	}
	if outOfMemory("SIGSEGV: segmentation violation\nPC=0x1 m=0\n\ngoroutine 1 [running]:\nmain.main()\n") {
		t.Error("any fault counts as want of memory")
	}
}
