package child

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
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
		err = p.cmd.Start()
	}
	if err != nil {
		kill()
		return nil, fmt.Errorf("start child %s: %w", p.verb, err)
	}
	go func() {
		_ = p.cmd.Wait() // How it ended stands in its state.
		close(p.ended)
	}()
	if err := confine(p.cmd.Process.Pid, limits, true); err != nil {
		return nil, fmt.Errorf("start child %s: set limits: %w", p.verb, errors.Join(err, p.End("")))
	}
	return p, nil
}

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
