package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

// TestFailpoints stops the daemon at every point that a contract passes on any of its ways, and expects each contract to
// end where it would have ended.
func TestFailpoints(t *testing.T) {
	h := newHall(t)
	binary := buildWithPoints(t)
	t.Run("a release has none", func(t *testing.T) { releaseHasNoPoints(t, h.binary, binary) })
	learnt := make([][]string, len(waysToStop))
	t.Run("learn", func(t *testing.T) {
		for n, way := range waysToStop {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				learnt[n] = learnPoints(t, h, binary, way)
			})
		}
	})
	var reached []string
	t.Run("stop", func(t *testing.T) {
		for n, way := range waysToStop {
			points := slices.DeleteFunc(learnt[n], func(name string) bool { return slices.Contains(reached, name) })
			reached = append(reached, points...)
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				stopAt(t, h, binary, way, points)
			})
		}
	})
	if !t.Failed() && !slices.ContainsFunc(learnt, func(names []string) bool { return names == nil }) { // Every way was played.
		checkPoints(t, reached)
	}
}

// waysToStop have all points between them; each point is stopped at in the first way that has it.
var waysToStop = []string{"bad", "repeated", "looked-at", "held", "withdrawn", "cancelled", "refused", "came-back", "expired", "revised", "housekeeping"}

// afterInterruptedPIN are points that only a stop while a PIN is tried leads to: the key rests, its contract waits, and a
// person resumes it. Then the PIN is interrupted once more.
var afterInterruptedPIN = []string{
	"sealing-waits:before", "sealing-waits:after", "key-resumed:before", "key-resumed:after", "pin-attempt:after", "key-suspended:before",
	"key-suspended:after",
}

// learnPoints plays one way without a stop and returns the points that it passes, in their order.
func learnPoints(t *testing.T, h *hall, binary, way string) []string {
	local := localPost(t)
	s := newSurvivor(t, h, binary, local, local)
	s.trace = s.path("trace")
	s.register()
	s.endure(nil, way)
	points := slices.DeleteFunc(pointsIn(t, s.trace), func(name string) bool {
		act, _, _ := strings.Cut(name, ":")
		return act == "judging-deferred" || act == "filing-deferred" || act == string(workflow.ActDeferred) && way != "refused" // On a busy machine.
	})
	if at := slices.Index(points, "pin-attempt:after"); at >= 0 {
		points = slices.Insert(points, at+1, afterInterruptedPIN...)
	}
	return points
}

// stopAt plays a way with one stop at each point.
func stopAt(t *testing.T, h *hall, binary, way string, points []string) {
	local := localPost(t)
	if way == "bad" { // Most points lie here; filing is two steps on such a server.
		local.local.SetFaults(mailserver.Faults{NoMove: true})
	}
	s := newSurvivor(t, h, binary, local, local)
	s.register()
	s.endure(points, way)
	if got := int(s.killed.Load()); got != len(points) {
		t.Errorf("%d stops at %d points", got, len(points))
	}
	t.Logf("stopped at %d points", len(points))
}

// pointsIn returns the names in a trace in the order in which they came first.
func pointsIn(t *testing.T, file string) []string {
	t.Helper()
	trace, err := os.ReadFile(file)
	check(t, err)
	var names []string
	for _, name := range strings.Fields(string(trace)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// endure plays contracts of one kind, one after the other, until the daemon was killed once at each point; each time it
// is started again and everything goes on. Then everything is checked.
func (s *survivor) endure(points []string, way string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 5*time.Minute)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	calm := make(chan struct{}) // Closed when every point has had its stop.
	finished, finish := context.WithCancel(ctx)
	group.Go(func() error {
		for n, point := range points {
			for killed := s.killed.Load(); s.killed.Load() == killed; {
				// What a deadline must pass for comes in one of the next lives.
				if err := s.live(finished, life{orders: point + "=kill", lasts: 6 * time.Second, polite: true}); err != nil {
					return err
				}
				if finished.Err() != nil {
					return fmt.Errorf("these points were never reached: %v", points[n:])
				}
			}
		}
		close(calm)
		return s.calm(finished)
	})
	var played []*trade
	group.Go(func() error {
		defer finish()
		for round := 1; ; round++ {
			t := s.trade(fmt.Sprintf("%s-%d", strings.ToUpper(way), round), way)
			played = append(played, t)
			if err := t.play(ctx); err != nil {
				return err
			}
			select {
			case <-calm:
				return s.settle(ctx)
			default:
			}
			if round == mostRounds {
				return nil
			}
		}
	})
	check(s.T, group.Wait())
	s.checkAll(played)
}

// mostRounds bounds how often a way is played to reach every point once more.
const mostRounds = 6

func (s *survivor) trade(number, way string) *trade {
	return &trade{survivor: s, number: number, way: way, draft: s.draftOf(number)}
}

func (t *trade) play(ctx context.Context) error {
	for _, one := range trades {
		if one.name == t.way {
			return one.play(ctx, t)
		}
	}
	return errors.New("no such way: " + t.way)
}
