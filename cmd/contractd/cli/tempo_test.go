package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestTempo shows a bar with rate and time left on a terminal, and lines elsewhere. What was there already says nothing
// about the rate.
func TestTempo(t *testing.T) {
	begun := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, bar := range []bool{true, false} {
		var out bytes.Buffer
		now := begun
		run := &tempo{w: &out, bar: bar, all: 100, now: func() time.Time { return now }, begun: begun, told: begun}
		for n := range 50 {
			now = now.Add(time.Second)
			run.step(n < 10, n == 49)
		}
		run.waits("waiting for the key")
		run.waits("waiting for the key")
		run.waits("")
		said := out.String()
		if want := "50/100, 0.8/s, 1m3s left 剩余, 10 were there, 1 failed"; !strings.Contains(said, want) {
			t.Errorf("bar %v: %q is not said:\n%q", bar, want, said)
		}
		if strings.Count(said, "waiting for the key") != 1 || strings.Count(said, "going on") != 1 {
			t.Errorf("bar %v: what it waits for is not said once:\n%q", bar, said)
		}
		if shown := strings.Contains(said, "[###############...............] 50/100"); shown != bar {
			t.Errorf("bar %v: %q", bar, said)
		}
		if lines := strings.Count(said, "\n"); !bar && lines != 5+2 {
			t.Errorf("%d lines in 50 seconds:\n%s", lines, said)
		}
	}
}
