//go:build failpoints

package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The environment of a binary with failpoints; a release reads none of it.
const (
	pointsVariable = "CONTRACTD_FAILPOINTS"      // Orders, see parseOrder, separated by commas.
	traceVariable  = "CONTRACTD_FAILPOINT_TRACE" // A file that gets one line for each moment: the names of its points.
	aheadVariable  = "CONTRACTD_CLOCK_AHEAD"     // How far the clock goes ahead, so that no test waits for a delay to pass.
)

// anyPoint in an order means every moment.
const anyPoint = "*"

// order says what happens when a point is reached for the n-th time.
type order struct {
	name   string
	count  int
	action string
	pause  time.Duration
}

// failpoints are the orders of this process. A moment is one call of reach; it may have several names.
type failpoints struct {
	orders []order

	mu    sync.Mutex // Guards what follows.
	seen  map[string]int
	trace *os.File // nil where none is asked for.
}

// points reads the environment once. Orders that cannot be read are told and end the process at its first moment: a
// test that believes in a stop that never comes would prove nothing.
var points = sync.OnceValue(func() *failpoints {
	f := &failpoints{seen: map[string]int{}}
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, "error: failpoints:", err)
		f.orders = []order{{anyPoint, 1, "kill", 0}}
	}
	for text := range strings.SplitSeq(os.Getenv(pointsVariable), ",") {
		if text == "" {
			continue
		}
		one, err := parseOrder(text)
		if err != nil {
			fail(err)
			return f
		}
		f.orders = append(f.orders, one)
	}
	if name := os.Getenv(traceVariable); name != "" {
		var err error
		if f.trace, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
			fail(err)
		}
	}
	return f
})

// parseOrder reads NAME[@COUNT]=ACTION: kill, as kill -9 does, or pause:DURATION. The name "*" is every moment.
func parseOrder(text string) (order, error) {
	place, action, ok := strings.Cut(text, "=")
	if !ok {
		return order{}, fmt.Errorf("read %q: want NAME[@COUNT]=ACTION", text)
	}
	one := order{name: place, count: 1, action: action}
	var err error
	if name, count, counted := strings.Cut(place, "@"); counted {
		one.name = name
		if one.count, err = strconv.Atoi(count); err != nil {
			return order{}, fmt.Errorf("read %q: %w", text, err)
		}
	}
	if pause, ok := strings.CutPrefix(action, "pause:"); ok {
		one.action = "pause"
		one.pause, err = time.ParseDuration(pause)
	}
	if !slices.Contains([]string{"kill", "pause"}, one.action) {
		return order{}, fmt.Errorf("read %q: unknown action", text)
	}
	return one, err
}

// reach tells that a moment has come, and does what is ordered for it.
func (f *failpoints) reach(ctx context.Context, names ...string) {
	due := f.count(names)
	switch due.action {
	case "kill":
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			fmt.Fprintln(os.Stderr, "error: failpoints:", err)
		}
		select {} // The signal ends this.
	case "pause":
		timer := time.NewTimer(due.pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// count notes the moment and returns the order that it fulfils, if any.
func (f *failpoints) count(names []string) (due order) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trace != nil {
		if _, err := fmt.Fprintln(f.trace, strings.Join(names, " ")); err != nil {
			fmt.Fprintln(os.Stderr, "error: failpoints:", err)
		}
	}
	for _, name := range append([]string{anyPoint}, names...) {
		f.seen[name]++
		for _, one := range f.orders {
			if one.name == name && one.count == f.seen[name] {
				due = one
			}
		}
	}
	return due
}

// pointClock goes ahead as the environment says.
func pointClock(now func() time.Time) func() time.Time {
	ahead, err := time.ParseDuration(os.Getenv(aheadVariable))
	if err != nil {
		return now // Not asked for.
	}
	return func() time.Time { return now().Add(ahead) }
}
