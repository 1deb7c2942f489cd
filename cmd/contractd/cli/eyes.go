package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"contractd/signer/child"
	"contractd/signer/sandbox"
	"contractd/signer/worker"
)

// lookTime bounds the rendering of one return, memory that of PDFium with the pictures of some pages, output those.
const (
	lookTime   = time.Minute
	lookMemory = 2 << 30
	lookOutput = 256 << 20
)

// newEyes prepares the children that show pages of foreign files.
func newEyes(log *slog.Logger) *worker.Pool {
	return worker.New(worker.Config{
		Shows: true, Cache: renderCache(), Log: log,
		Limits: child.Limits{Timeout: lookTime, CPU: lookTime, Memory: lookMemory, Output: lookOutput},
	})
}

// answerWorker runs a worker's side.
func answerWorker(ctx context.Context, args []string, stderr io.Writer) int {
	if err := worker.Serve(ctx, args); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitDone
}

// answerFetcher runs the side that asks authorities for a process that closed itself off.
func answerFetcher(ctx context.Context, stderr io.Writer) int {
	if err := worker.ServeFetcher(ctx); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitDone
}

// Limits of a command that reads a foreign file itself.
const (
	aloneMemory = 1 << 30
	aloneCPU    = 2 * time.Minute
)

// confine has a foreign file judged where it can do no harm: in a child where this process goes on to need the world, else
// here, after everything was given up for good but what is open, such as the way to a child that asks authorities.
func confine(asks *inquiry, files *worker.Pool, goesOn bool) error {
	if goesOn {
		asks.judge = files.Verify
		return nil
	}
	if err := files.Close(); err != nil {
		return err
	}
	if asks.begun != nil {
		asks.begun()
	}
	if err := child.LimitSelf(child.Limits{Memory: aloneMemory, CPU: aloneCPU}); err != nil {
		return err
	}
	if walls := sandbox.Close(); walls.Missing != "" {
		asks.log.Debug("not closed off completely", "missing", walls.Missing)
	}
	return nil
}

// Close ends the workers.
func (b *bench) Close() error {
	return errors.Join(b.asks.Close(), b.files.Close(), b.eyes.Close())
}
