package cli

import (
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

func TestSinceFindsTheLastCompleteReading(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 9, 0, 0, 0, time.UTC) }
	began, known := day(1), day(20)
	for name, one := range map[string]struct {
		polled []time.Time
		want   time.Time
	}{
		"never looked at":       {nil, known},
		"never read to its end": {[]time.Time{{}}, began},
		"read":                  {[]time.Time{day(19)}, day(19)},
		"several folders":       {[]time.Time{day(19), day(7), {}}, day(7)},
	} {
		var cursors []workflow.Cursor
		for _, polled := range one.polled {
			cursors = append(cursors, workflow.Cursor{Polled: polled})
		}
		if got := since(known, cursors, began); got != one.want {
			t.Errorf("%s: %v, want %v", name, got, one.want)
		}
	}
}

func TestWarningsNameEverythingThatKeepsLetters(t *testing.T) {
	held := &workflow.Hold{Since: time.Unix(1, 0), Reason: "restored"}
	lifted := &workflow.Hold{Since: time.Unix(1, 0), Reason: "restored", Lifted: time.Unix(2, 0)}
	for _, one := range []struct {
		mode  workflow.Mode
		hold  *workflow.Hold
		words []string // One for each line.
	}{
		{workflow.ModeLive, nil, nil},
		{workflow.ModeLive, lifted, nil},
		{workflow.ModeObserve, nil, []string{"observe"}},
		{workflow.ModeRedirect, held, []string{"probe@company.example", "restored"}},
	} {
		lines := warnings(one.mode, "probe@company.example", one.hold)
		if len(lines) != len(one.words) {
			t.Errorf("%s, %v: %q", one.mode, one.hold, lines)
			continue
		}
		for n, word := range one.words {
			if !strings.Contains(lines[n], word) {
				t.Errorf("%q does not name %q", lines[n], word)
			}
		}
	}
}
