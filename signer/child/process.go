package child

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Process is a child that answers several questions, and is ended by its parent.
type Process struct {
	cmd    *exec.Cmd
	verb   string
	limits Limits
	stderr *capped
	kill   context.CancelFunc
	ended  chan struct{} // Closed when it is gone.
}

// Start runs a command until End. Its standard input is empty, its standard output goes nowhere: it talks over one of
// Files. Limits.Timeout, Limits.CPU and Limits.Output are the caller's to watch.
func Start(c Command) (*Process, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("start child: no verb given")
	}
	limits := c.Limits.withDefaults()
	ctx, kill := context.WithCancel(context.Background())
	p := &Process{verb: c.Args[0], limits: limits, kill: kill, ended: make(chan struct{}), stderr: &capped{limit: stderrLimit, full: func() {}}}
	var err error
	if p.cmd, err = command(ctx, c, limits); err == nil {
		p.cmd.Stderr = p.stderr
		err = p.run()
	}
	if err != nil {
		kill()
		return nil, fmt.Errorf("start child %s: %w", p.verb, err)
	}
	if c.Resident {
		err = resident(p.cmd.Process.Pid)
	} else {
		err = confine(p.cmd.Process.Pid, limits, true)
	}
	if err != nil {
		return nil, fmt.Errorf("start child %s: set limits: %w", p.verb, errors.Join(err, p.End("")))
	}
	return p, nil
}

// run starts the child and waits for its end on a thread of its own, see tie.
func (p *Process) run() error {
	tie(p.cmd)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = p.cmd.Wait() // How it ended stands in its state.
		close(p.ended)
	}()
	return <-started
}

// PID is the child's process number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Used returns how much processor time it has used. An error means that it is gone, or that the system cannot tell.
func (p *Process) Used() (time.Duration, error) {
	used, err := used(p.cmd.Process.Pid)
	if err != nil {
		return 0, fmt.Errorf("read the processor time of child %s: %w", p.verb, err)
	}
	return used, nil
}

// Ended is closed when the child is gone.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// End kills the child and all that it started, waits for it, and says how it ended: at the limit that the caller names, or
// at one that it hit by itself.
func (p *Process) End(limit Limit) *Death {
	p.kill()
	<-p.ended
	_ = killGroup(p.cmd) // What it started may live on; mostly there is nothing.
	death := &Death{Verb: p.verb, Limit: limit, Status: p.cmd.ProcessState.String(), Stderr: strings.TrimSpace(p.stderr.kept.String())}
	if limit == None && outOfMemory(death.Stderr) {
		death.Limit = Memory
	}
	return death
}
