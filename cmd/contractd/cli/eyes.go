package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/signer/render"
	"contractd/signer/verify"
	"contractd/workflow"
	"contractd/workflow/inbound"
)

// lookTime bounds the rendering of one return.
const lookTime = time.Minute

// eyes is a renderer with the way to stop it: PDFium's calls know no deadline, but end with the module.
type eyes struct {
	*render.Renderer
	kill context.CancelFunc
}

// look compares the pages that carry the counterparty's marks. What cannot be shown in time is for a person.
func (b *bench) look(ctx context.Context, returned inbound.Return, verdict *workflow.Verdict) error {
	opened, err := b.open(ctx)
	if err != nil {
		return fmt.Errorf("start the renderer: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	stop := context.AfterFunc(limited, opened.kill)
	err = verify.Look(limited, opened.Renderer, returned.Sent, returned.Document, verdict)
	if !stop() {
		b.discard(opened)
	}
	if limited.Err() == nil || ctx.Err() != nil {
		return err
	}
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonSeen, Weight: workflow.Indeterminate,
		Detail: fmt.Sprintf("the pages could not be shown within %v", lookTime)})
	return nil
}

// open returns the renderer, which takes seconds to start the first time and is kept.
func (b *bench) open(ctx context.Context) (*eyes, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.eyes != nil {
		return b.eyes, nil
	}
	living, kill := context.WithCancel(context.WithoutCancel(ctx))
	renderer, err := render.New(living, render.Options{Cache: renderCache()})
	if err != nil {
		kill()
		return nil, err
	}
	b.eyes = &eyes{renderer, kill}
	return b.eyes, nil
}

// discard gives up a renderer that was stopped; the next return gets a new one.
func (b *bench) discard(stopped *eyes) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.eyes = nil
	if err := stopped.Close(context.Background()); err != nil { // It ended in the middle of its work.
		b.log.Debug("stopped renderer complains", "error", err)
	}
}

// Close releases the renderer.
func (b *bench) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.asks.Close()
	if b.eyes == nil {
		return err
	}
	defer b.eyes.kill()
	return errors.Join(err, b.eyes.Close(context.Background()))
}
