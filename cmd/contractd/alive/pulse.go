// Package alive knows whether the loops of a daemon are at work, and tells the service manager.
//
// It promises that a loop which does not show any progress within its limit is found, and that the service manager
// then gets no further sign of life, so that it can start the daemon anew. It does not promise that a loop which shows
// progress does something useful, and it ends nothing by itself.
package alive

import (
	"slices"
	"sync"
	"time"
)

// Watch holds the pulses of all loops. It is safe for concurrent use; Now must be set.
type Watch struct {
	Now func() time.Time

	mu     sync.Mutex // Guards pulses and what they hold.
	pulses []*Pulse
}

// Pulse is one loop's. A nil Pulse takes everything and says nothing.
type Pulse struct {
	watch *Watch
	name  string
	limit time.Duration
	seen  time.Time // The last sign.
	due   time.Time // The next sign must come by then.
}

// Pulse begins to watch a loop, which gives a sign at least as often as the limit says, but for its rests.
func (w *Watch) Pulse(name string, limit time.Duration) *Pulse {
	p := &Pulse{watch: w, name: name, limit: limit}
	w.mu.Lock()
	defer w.mu.Unlock()
	p.seen, p.due = w.Now(), w.Now().Add(limit)
	w.pulses = append(w.pulses, p)
	return p
}

// Beat is a sign of progress.
func (p *Pulse) Beat() { p.rest(0) }

// Rest announces that the next sign comes only after a rest.
func (p *Pulse) Rest(pause time.Duration) { p.rest(pause) }

func (p *Pulse) rest(pause time.Duration) {
	if p == nil {
		return
	}
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.seen = p.watch.Now()
	p.due = p.seen.Add(p.limit + pause)
}

// End says that the loop has ended on purpose.
func (p *Pulse) End() {
	if p == nil {
		return
	}
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.pulses = slices.DeleteFunc(p.watch.pulses, func(other *Pulse) bool { return other == p })
}

// Hung returns the names of the loops whose sign is overdue.
func (w *Watch) Hung() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	for _, p := range w.pulses {
		if w.Now().After(p.due) {
			names = append(names, p.name)
		}
	}
	return names
}

// Ages returns how long ago each loop gave its last sign.
func (w *Watch) Ages() map[string]time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	ages := map[string]time.Duration{}
	for _, p := range w.pulses {
		ages[p.name] = w.Now().Sub(p.seen)
	}
	return ages
}
