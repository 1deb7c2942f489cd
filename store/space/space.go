// Package space watches how much room the disks under the data folder have.
//
// It promises back pressure before a disk is full: below the reserve nothing new may be taken in, so that the small writes
// of what is under way still fit; below the minimum, on a disk that was mounted read-only, and after a write that the disk
// refused, nothing may be written at all. It finds out by itself when there is room again. It frees nothing, and it cannot
// promise that a write fits: another program may be faster.
package space

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// Files that a disk must be able to hold beside those it has, where it counts them: a contract takes about four.
const (
	reserveFiles = 1024
	minimumFiles = 64
)

// probeRest is the time between two attempts to write where a write was refused.
const probeRest = 5 * time.Second

// Usage is what a filesystem says of itself.
type Usage struct {
	Free     int64 // Bytes that we may still write.
	Files    int64 // Files that may still be created; negative where the filesystem does not count them.
	ReadOnly bool
}

// Options configures New. The zero value of each function is the real one.
type Options struct {
	Folders []string // The data folder, and whatever in it may be a filesystem of its own.
	Reserve int64    // Bytes; 0 watches for read-only and refusing disks only.
	Minimum int64    // Bytes; less than Reserve.
	Now     func() time.Time
	Usage   func(folder string) (Usage, error)
	Probe   func(folder string) error // Writes something small and removes it.
}

// Watch knows how much room there is. It is safe for concurrent use.
type Watch struct {
	options Options
	changed chan struct{}

	mu      sync.Mutex // Guards what follows.
	state   State
	refused error     // A write that the disk refused, until a probe succeeds.
	probed  time.Time // When that was last tried.
}

// New returns a watch that has looked once.
func New(options Options) *Watch {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Usage == nil {
		options.Usage = usageOf
	}
	if options.Probe == nil {
		options.Probe = probe
	}
	w := &Watch{options: options, changed: make(chan struct{}, 1)}
	w.state = State{Level: Enough, Reserve: options.Reserve, Since: options.Now()}
	w.Look()
	return w
}

// Look measures anew.
func (w *Watch) Look() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := State{Level: Enough, Free: -1}
	for _, folder := range w.options.Folders {
		if next := w.measure(folder); worse(next, found) {
			found = next
		}
	}
	if w.refused != nil && found.Level != None && !w.writable() {
		found.Level, found.Cause = None, w.refused.Error()
	}
	found.Reserve, found.Since = w.options.Reserve, w.state.Since
	if found.Level != w.state.Level {
		found.Since = w.options.Now()
		select {
		case w.changed <- struct{}{}:
		default: // A note lies there already.
		}
	}
	w.state = found
	return found
}

// worse orders by level, then by what is free.
func worse(a, b State) bool {
	rank := map[Level]int{Enough: 0, Low: 1, None: 2}
	if rank[a.Level] != rank[b.Level] {
		return rank[a.Level] > rank[b.Level]
	}
	return b.Free < 0 || a.Free < b.Free
}

// measure says how one folder stands. What was too little must become an eighth more than enough, so that a disk at the
// edge does not alarm again and again.
func (w *Watch) measure(folder string) State {
	usage, err := w.options.Usage(folder)
	if err != nil {
		return State{None, folder, 0, 0, err.Error(), time.Time{}}
	}
	reserve, minimum, files := w.options.Reserve, w.options.Minimum, int64(reserveFiles)
	if w.state.Level != Enough {
		reserve, files = reserve+reserve/8, files+files/8
	}
	if w.state.Level == None {
		minimum += minimum / 8
	}
	state := State{Level: Enough, Folder: folder, Free: usage.Free}
	switch {
	case usage.ReadOnly:
		state.Level, state.Cause = None, "the filesystem is mounted read-only"
	case usage.Free < minimum:
		state.Level, state.Cause = None, fmt.Sprintf("%s free, %s wanted as minimum", Bytes(usage.Free), Bytes(minimum))
	case usage.Files >= 0 && usage.Files < minimumFiles:
		state.Level, state.Cause = None, fmt.Sprintf("%d more files fit, %d wanted as minimum", usage.Files, minimumFiles)
	case usage.Free < reserve:
		state.Level, state.Cause = Low, fmt.Sprintf("%s free, %s wanted as reserve", Bytes(usage.Free), Bytes(reserve))
	case usage.Files >= 0 && usage.Files < files:
		state.Level, state.Cause = Low, fmt.Sprintf("%d more files fit, %d wanted as reserve", usage.Files, files)
	}
	return state
}

// writable tries to write in every folder, at most every few seconds. A quota, and a disk that an error made read-only,
// show themselves in nothing else.
func (w *Watch) writable() bool {
	now := w.options.Now()
	if now.Sub(w.probed) < probeRest {
		return false
	}
	w.probed = now
	for _, folder := range w.options.Folders {
		if err := w.options.Probe(folder); err != nil {
			return false
		}
	}
	w.refused = nil
	return true
}

// Changed gets a note when the level has changed, whoever looked.
func (w *Watch) Changed() <-chan struct{} { return w.changed }

// State returns what was last found, without looking.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Refused is told of a failed write. One that a quota or a read-only disk refused is remembered until a probe succeeds; a
// full disk is seen by looking.
func (w *Watch) Refused(err error) {
	if !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.EDQUOT) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused, w.probed = err, w.options.Now()
}

// Check returns an error wrapping workflow.ErrSpace when nothing new may be taken in.
func (w *Watch) Check(context.Context) error {
	state := w.Look()
	if state.Level == Enough {
		return nil
	}
	return state.err("nothing new is taken in")
}

// Writable returns an error wrapping workflow.ErrSpace when nothing at all may be written.
func (w *Watch) Writable() error {
	state := w.Look()
	if state.Level != None {
		return nil
	}
	return state.err("nothing is written")
}

// Fits returns an error wrapping workflow.ErrSpace unless so many bytes can be written without touching the minimum.
func (w *Watch) Fits(size int64) error {
	state := w.Look()
	if state.Level != None && state.Free-size < w.options.Minimum {
		state.Cause = fmt.Sprintf("%s free, %s wanted", Bytes(state.Free), Bytes(size+w.options.Minimum))
	} else if state.Level != None {
		return nil
	}
	return state.err("nothing is written")
}
