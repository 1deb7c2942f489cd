//go:build failpoints

package cli

import (
	"context"
	"slices"

	"contractd/store/bolt"
	"contractd/workflow"
)

// ledger has points before and after each transaction, named by what it records.
type ledger struct{ *bolt.Ledger }

func pointLedger(opened *bolt.Ledger) *ledger { return &ledger{opened} }

// Apply implements the services' ledgers.
func (l *ledger) Apply(ctx context.Context, change workflow.Change) error {
	names := namesOf(change)
	points().reach(ctx, each(names, before)...)
	err := l.Ledger.Apply(ctx, change)
	if err == nil {
		points().reach(ctx, each(names, after)...)
	}
	return err
}

func each(names []string, where string) []string {
	var all []string
	for _, name := range names {
		all = append(all, name+where)
	}
	return all
}

// namesOf returns the distinct actions of the change, or what its records tell where it is not journalled.
func namesOf(change workflow.Change) []string {
	var names []string
	for _, entry := range change.Entries {
		if name := string(entry.Action); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = []string{silentName(change)}
	}
	return names
}

// silentName names a transaction without journal entries.
func silentName(change workflow.Change) string {
	switch {
	case len(change.Keys) > 0 && !change.Keys[0].Attempting.IsZero():
		return "pin-attempt"
	case len(change.Keys) > 0:
		return "pin-accepted"
	case len(change.Arrivals) > 0:
		return arrivalName(change.Arrivals[0])
	case len(change.Cursors) > 0:
		return "cursor-moved"
	case change.Hold != nil:
		return "store-recognised"
	case len(change.Requests) > 0:
		return "request-remembered"
	}
	return "unnamed"
}

func arrivalName(arrival workflow.Arrival) string {
	switch {
	case arrival.State == workflow.ArrivalFiled:
		return "message-filed"
	case arrival.State == workflow.ArrivalJudged:
		return "filing-deferred"
	case arrival.LastError != "":
		return "judging-deferred"
	}
	return "judging-counted"
}
