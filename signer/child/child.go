// Package child runs a hidden verb of this very program in a child process, within limits of time, memory and output,
// so that hostile input can cost no more than one answer.
//
// It promises: the child and whatever it started are dead when Run returns; a child that hit a limit is a *Death that
// names the limit. Limits of memory and processor time are enforced on Linux only. It is no sandbox: the child keeps
// the user's rights, except that (on Linux) it can write no file unless Limits.File says so.
package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Limit names the limit that a child hit.
type Limit string

// The limits.
const (
	None   Limit = ""       // It failed or crashed on its own.
	Time   Limit = "time"   // Limits.Timeout, or the context's deadline.
	Memory Limit = "memory" // Limits.Memory.
	CPU    Limit = "cpu"    // Limits.CPU.
	Output Limit = "output" // Limits.Output.
)

// Limits bounds a child. A zero field means its default.
type Limits struct {
	Timeout time.Duration // Wall clock; default 60 s.
	CPU     time.Duration // Processor time, rounded up to seconds; default 60 s.
	Memory  int64         // Bytes of private memory; default 1 GiB.
	Output  int64         // Bytes on standard output; default 16 MiB.
	File    int64         // Bytes of each file that it may write, such as a cache; default 0: it can write none.
}

// Command is what to run.
type Command struct {
	Args   []string   // The hidden verb and its arguments.
	Stdin  io.Reader  // Copied to the child once its limits stand; nil means empty. It must not block for ever.
	Files  []*os.File // Descriptors 3 and up; the child should touch them only after reading from standard input.
	Limits Limits
	Env    []string // The whole environment; the limits of Go itself are added.

	Resident bool // For Start: it runs what the operator chose and lives as long as its parent. Of Limits only Memory counts, for Go's own heap.
}

// Death says how a child ended that did not end well.
type Death struct {
	Verb   string
	Limit  Limit  // None when no limit was the cause.
	Status string // "exit status 2", "signal: killed".
	Stderr string // The beginning of what it said, for operators.
}

// Error implements error.
func (d *Death) Error() string {
	if d.Limit != None {
		return fmt.Sprintf("child %s died at its limit of %s (%s)", d.Verb, d.Limit, d.Status)
	}
	return fmt.Sprintf("child %s died: %s", d.Verb, d.Status)
}

// Hit reports whether err is a Death at that limit.
func Hit(err error, limit Limit) bool {
	var death *Death
	return errors.As(err, &death) && death.Limit == limit
}
