package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	stderrLimit = 16 << 10
	lingering   = 2 * time.Second // For pipes that a grandchild still holds open after the kill.
)

var (
	errTime   = errors.New("child ran out of time")
	errOutput = errors.New("child wrote too much")
)

// Run starts the command and returns what it wrote to standard output. The error is a *Death when the child did not
// exit with status 0, the context's when that was cancelled.
func Run(ctx context.Context, c Command) ([]byte, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("run child: no verb given")
	}
	limits := c.Limits.withDefaults()
	timed, stop := context.WithTimeoutCause(ctx, limits.Timeout, errTime)
	defer stop()
	watched, kill := context.WithCancelCause(timed)
	defer kill(nil)

	stdout := &capped{limit: limits.Output, full: func() { kill(errOutput) }}
	stderr := &capped{limit: stderrLimit, full: func() {}}
	cmd, err := command(watched, c, limits)
	if err != nil {
		return nil, fmt.Errorf("run child %s: %w", c.Args[0], err)
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	fed, err := start(cmd, c.Stdin, limits, kill)
	if err != nil {
		return nil, fmt.Errorf("run child %s: %w", c.Args[0], err)
	}
	err = cmd.Wait()
	killGroup(cmd)
	if feedErr := <-fed; feedErr != nil {
		return nil, fmt.Errorf("run child %s: feed its input: %w", c.Args[0], feedErr)
	}
	if err == nil && watched.Err() == nil {
		return stdout.kept.Bytes(), nil
	}
	return nil, cause(ctx, watched, c.Args[0], cmd, limits, stderr.kept.String())
}

func (l Limits) withDefaults() Limits {
	if l.Timeout <= 0 {
		l.Timeout = time.Minute
	}
	if l.CPU <= 0 {
		l.CPU = time.Minute
	}
	if l.Memory <= 0 {
		l.Memory = 1 << 30
	}
	if l.Output <= 0 {
		l.Output = 16 << 20
	}
	return l
}

func command(ctx context.Context, c Command, limits Limits) (*exec.Cmd, error) {
	program, err := self()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, c.Args...)
	cmd.Args[0] = "contractd"
	// The collector must work hard before the hard limit kills.
	cmd.Env = append(append([]string{}, c.Env...),
		"GOMEMLIMIT="+strconv.FormatInt(limits.Memory/10*8, 10), "GOTRACEBACK=single")
	cmd.ExtraFiles = c.Files
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = lingering
	return cmd, nil
}

// start begins feeding only after the limits stand, so that no byte of the input is read without them.
func start(cmd *exec.Cmd, stdin io.Reader, limits Limits, kill func(error)) (<-chan error, error) {
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := confine(cmd.Process.Pid, limits, false); err != nil {
		kill(err)
		return nil, errors.Join(fmt.Errorf("set limits: %w", err), cmd.Wait())
	}
	fed := make(chan error, 1)
	go func() {
		err := feed(pipe, stdin)
		if err != nil {
			kill(err)
		}
		fed <- err
	}()
	return fed, nil
}

// feed reports errors of the reader; that the child stops reading early is its own affair.
func feed(pipe io.WriteCloser, stdin io.Reader) error {
	var failed error
	if stdin != nil {
		failed = copyInput(pipe, stdin)
	}
	pipe.Close() // The child may be gone already; nothing is lost then.
	return failed
}

func copyInput(pipe io.Writer, stdin io.Reader) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := stdin.Read(buffer)
		if n > 0 {
			if _, gone := pipe.Write(buffer[:n]); gone != nil {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func cause(ctx, watched context.Context, verb string, cmd *exec.Cmd, limits Limits, stderr string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("run child %s: %w", verb, context.Cause(ctx))
	}
	death := &Death{Verb: verb, Status: cmd.ProcessState.String(), Stderr: strings.TrimSpace(stderr)}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	switch why := context.Cause(watched); {
	case errors.Is(why, errOutput):
		death.Limit = Output
	case why != nil:
		death.Limit = Time
	case strings.Contains(stderr, "SIGXCPU") || used >= limits.CPU:
		death.Limit = CPU
	case outOfMemory(stderr):
		death.Limit = Memory
	}
	return death
}

// outOfMemory knows how the Go runtime and C libraries put it. Within its own collector the runtime does not look whether it
// got memory, and ends by a segmentation violation on its system stack, where no program of ours runs.
func outOfMemory(stderr string) bool {
	if strings.HasPrefix(stderr, "SIGSEGV") && strings.Contains(stderr, "\ngoroutine 0 ") && strings.Contains(stderr, "runtime.gcBgMarkWorker") {
		return true
	}
	for _, phrase := range []string{"out of memory", "annot allocate memory", "failed to create new OS thread"} {
		if strings.Contains(stderr, phrase) {
			return true
		}
	}
	return false
}

// capped keeps what is written up to a limit and drops the rest. The buffer is no embedded one: its ReadFrom would go
// round the limit.
type capped struct {
	kept  bytes.Buffer
	limit int64
	full  func()
}

// Write implements io.Writer; it never fails, so that a child is killed and not confused by a closed pipe.
func (c *capped) Write(p []byte) (int, error) {
	room := c.limit - int64(c.kept.Len())
	if int64(len(p)) <= room {
		return c.kept.Write(p)
	}
	c.kept.Write(p[:max(room, 0)])
	c.full()
	return len(p), nil
}
