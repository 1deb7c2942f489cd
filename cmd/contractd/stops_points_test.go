package main_test

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"contractd/workflow"
)

// releaseHasNoPoints expects that a release knows nothing of failpoints, and that the search for them finds any.
func releaseHasNoPoints(t *testing.T, release, tagged string) {
	for _, one := range []struct {
		binary string
		want   bool
	}{{release, false}, {tagged, true}} {
		content, err := os.ReadFile(one.binary)
		check(t, err)
		for _, text := range []string{"CONTRACTD_FAILPOINTS", "CONTRACTD_CLOCK_AHEAD", "judging-counted"} {
			if bytes.Contains(content, []byte(text)) != one.want {
				t.Errorf("%s holds %q: %v, want %v", one.binary, text, !one.want, one.want)
			}
		}
	}
}

// elsewhere are the actions that no way of an exchange takes, each with what tests it.
var elsewhere = map[workflow.Action]string{
	workflow.ActSelfFailed: "a defect of ours, which the real binary cannot be given: outbound, TestSelfCheckStopsTheLetter",
	workflow.ActObserved:   "the mode observe: TestExchange/modes",
	workflow.ActFilled:     "one transaction of the issuer, with outage = \"fill-later\" only: TestExchange/filled_later, outbound",
	workflow.ActAppearance: "one transaction of the cabinet: workflow/appearances, script appearance",
	workflow.ActLookEnded:  "one transaction of the cabinet: workflow/appearances, script appearance",
	workflow.ActFirstYes:   "needs two persons, one transaction of the desk like return-approved: decide",
	workflow.ActReassigned: "one transaction of the desk: decide",
	workflow.ActBackedUp:   "one entry before a copy is streamed: TestExchange/restore",
	workflow.ActDiskLow:    "one entry of the watch over the disk: cli, store/space",
	workflow.ActDiskRoom:   "one entry of the watch over the disk: cli, store/space",
	workflow.ActHeld:       "a restored store: TestExchange/restore",
	workflow.ActLifted:     "a restored store: TestExchange/restore",
}

// checkPoints holds the points that were stopped at to the actions that the journal knows: a new transaction without a
// stop is noticed here.
func checkPoints(t *testing.T, names []string) {
	t.Helper()
	reached := map[string]bool{}
	for _, name := range names {
		reached[name] = true
	}
	source, err := os.ReadFile("../../workflow/journal.go")
	check(t, err)
	found := regexp.MustCompile(`\bAct\w+\s+Action = "([^"]+)"`).FindAllSubmatch(source, -1)
	if len(found) < 20 {
		t.Fatalf("only %d actions were found", len(found))
	}
	for _, match := range found {
		action := string(match[1])
		why, exempt := elsewhere[workflow.Action(action)]
		stopped := reached[action+":before"] && reached[action+":after"]
		switch {
		case exempt && stopped:
			t.Errorf("%s is stopped at, and yet listed as tested elsewhere: %s", action, why)
		case !exempt && !stopped:
			t.Errorf("nothing stops the daemon at %s: play a way that takes it, or say where it is tested", action)
		}
	}
	for _, name := range []string{"document:before", "document:within", "document:after", "seal:before", "seal:after", "self-check:before",
		"self-check:after", "mail:before", "mail:within", "mail:after", "sent-copy:before", "sent-copy:within", "sent-copy:after",
		"fetch:before", "fetch:within", "filing:before", "filing:after", "cursor-moved:before", "cursor-moved:after",
		"pin-attempt:before", "pin-attempt:after", "pin-accepted:before", "pin-accepted:after", "judging-counted:before",
		"judging-counted:after", "message-filed:before", "message-filed:after"} {
		if !reached[name] {
			t.Errorf("nothing stops the daemon at %s", name)
		}
	}
	if reached["unnamed:before"] {
		t.Error("a transaction has neither journal entry nor name; give it one in cli/failpoints_ledger.go")
	}
}
