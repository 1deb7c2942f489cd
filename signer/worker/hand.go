package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"contractd/signer/child"
	"contractd/signer/sandbox"
)

// hand is one worker, from the side of its parent.
type hand struct {
	process *child.Process
	conn    *net.UnixConn
	limits  child.Limits
	walls   sandbox.Walls
	served  int
}

// Times that have nothing to do with a file.
const (
	startTime = 2 * time.Minute // PDFium may have to be compiled, on a slow and busy machine.
	dyingTime = 5 * time.Second // Between a closed connection and the end of the process.

	watchPeriod = 100 * time.Millisecond
)

// start begins a worker and waits until its walls stand.
func start(ctx context.Context, config Config) (*hand, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	args := []string{Verb}
	if config.Shows {
		args = append(args, cacheFolder(config.Cache))
	}
	process, err := child.Start(child.Command{Args: args, Files: []*os.File{theirs}, Limits: config.Limits, Env: []string{"GOMAXPROCS=2", "TZ=UTC"}})
	theirs.Close() // The child has its own.
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	h := &hand{process: process, conn: ours, limits: config.Limits}
	var hello answer
	err = timed(ctx, ours, startTime, func() error { _, err := receive(ours, &hello, config.Limits.Output); return err })
	if err != nil {
		return nil, fmt.Errorf("start worker: %w: %w", err, h.end(child.None))
	}
	if hello.Error != "" {
		return nil, fmt.Errorf("start worker: %s", errors.Join(errors.New(hello.Error), h.end(child.None)))
	}
	h.walls = hello.Walls
	return h, nil
}

// ask gives a task and waits for the answer. After an error the worker is gone; the error is a *child.Death unless the
// context ended.
func (h *hand) ask(ctx context.Context, t task, files []*os.File) (answer, error) {
	var a answer
	spent, stop := h.watch()
	defer stop()
	err := timed(ctx, h.conn, h.limits.Timeout, func() error {
		if err := send(h.conn, t, files); err != nil {
			return err
		}
		_, err := receive(h.conn, &a, h.limits.Output)
		return err
	})
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		h.end(child.None)
		return a, fmt.Errorf("worker: %w", context.Cause(ctx))
	case spent.Load():
		return a, h.end(child.CPU)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return a, h.end(child.Time)
	case errors.Is(err, errTooMuch):
		return a, h.end(child.Output)
	}
	select { // It closed the connection: let it say why.
	case <-h.process.Ended():
	case <-time.After(dyingTime):
	}
	return a, h.end(child.None)
}

// timed lets work use a connection for so long, and no longer than the context.
func timed(ctx context.Context, conn *net.UnixConn, limit time.Duration, work func() error) error {
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // A connection that is closed needs no end.
	})
	defer stop()
	return work()
}

// watch cuts the connection once the worker has used the processor time of one file. The kernel's own limit would end it for
// sure only once in its life.
func (h *hand) watch() (spent *atomic.Bool, stop func()) {
	spent = new(atomic.Bool)
	before, err := h.process.Used()
	if err != nil { // It is gone, which asking tells; or the system cannot say, and the time is all that limits it.
		return spent, func() {}
	}
	ticker, done := time.NewTicker(watchPeriod), make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			if used, err := h.process.Used(); err == nil && used-before > h.limits.CPU {
				spent.Store(true)
				_ = h.conn.SetDeadline(time.Unix(1, 0)) // A connection that is closed needs no end.
			}
		}
	}()
	return spent, func() {
		ticker.Stop()
		close(done)
	}
}

// end kills the worker and says how it ended.
func (h *hand) end(limit child.Limit) *child.Death {
	h.conn.Close() // Nothing is written any more.
	return h.process.End(limit)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
