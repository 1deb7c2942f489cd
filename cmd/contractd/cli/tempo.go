package cli

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// tempo tells a person how a run over many files goes: a bar on a terminal, else a line now and then.
type tempo struct {
	w     io.Writer
	bar   bool
	all   int
	now   func() time.Time
	begun time.Time

	mu      sync.Mutex // Guards what follows, and lets one write at a time.
	done    int
	skipped int // Of done: were there already, and say nothing about the rate.
	failed  int
	told    time.Time
	note    string // What the run waits for.
}

const (
	barPeriod  = 200 * time.Millisecond
	linePeriod = 10 * time.Second
	barWidth   = 30
)

// newTempo begins to measure. A run over many files makes a little garbage for each of them, on a heap of a few megabytes:
// collecting it at every doubling would take more time than the seals themselves.
func (e *env) newTempo(all int) *tempo {
	debug.SetGCPercent(400)
	file, ok := e.stderr.(interface{ Fd() uintptr })
	now := e.now()
	return &tempo{w: e.stderr, bar: ok && term.IsTerminal(int(file.Fd())), all: all, now: e.now, begun: now, told: now}
}

// step counts one that is done.
func (t *tempo) step(skipped, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if skipped {
		t.skipped++
	}
	if failed {
		t.failed++
	}
	t.show(t.done == t.all)
}

// line prints something of its own, above the bar.
func (t *tempo) line(w io.Writer, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprintf(w, format, args...)
	t.show(false)
}

// waits says, once, what the run waits for; empty when it goes on.
func (t *tempo) waits(note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if note == t.note {
		return
	}
	t.clear()
	if t.note = note; note != "" {
		fmt.Fprintln(t.w, note)
	} else {
		fmt.Fprintln(t.w, "going on 继续")
	}
}

func (t *tempo) clear() {
	if t.bar {
		fmt.Fprint(t.w, "\r\x1b[K")
	}
}

func (t *tempo) show(end bool) {
	now := t.now()
	period := linePeriod
	if t.bar {
		period = barPeriod
	}
	if !end && now.Sub(t.told) < period {
		return
	}
	t.told = now
	text := t.text(now.Sub(t.begun))
	switch {
	case !t.bar:
		fmt.Fprintln(t.w, text)
	case end:
		fmt.Fprintf(t.w, "\r\x1b[K%s\n", text)
	default:
		full := barWidth * t.done / max(t.all, 1)
		fmt.Fprintf(t.w, "\r\x1b[K[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), text)
	}
}

// text says how much is done, how fast, and how long it will take. What was there already says nothing about the time.
func (t *tempo) text(spent time.Duration) string {
	text := fmt.Sprintf("%d/%d", t.done, t.all)
	made := t.done - t.skipped
	if made > 0 && spent > 0 {
		rate := float64(made) / spent.Seconds()
		text += fmt.Sprintf(", %.1f/s", rate)
		if left := t.all - t.done; left > 0 {
			text += fmt.Sprintf(", %s left 剩余", (time.Duration(float64(left) / rate * float64(time.Second))).Round(time.Second))
		}
	}
	if t.skipped > 0 {
		text += fmt.Sprintf(", %d were there", t.skipped)
	}
	if t.failed > 0 {
		text += fmt.Sprintf(", %d failed", t.failed)
	}
	return text
}
