package workflow

import (
	"context"
	"time"
)

// Lingering is how long work under way may go on when the daemon ends.
const Lingering = 30 * time.Second

// Linger returns a context that ends a while after the given one, so that what is under way comes to its end instead of
// being done again. The caller calls stop when the work is done.
func Linger(ctx context.Context, grace time.Duration) (lingering context.Context, stop func()) {
	lingering, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-lingering.Done():
		}
	})
	return lingering, func() { unhook(); cancel() }
}
