// Package keys keeps PINs from being tried twice.
//
// A token locks itself after a few wrong PINs, and its owner then waits days for the authority. So the attempt is
// recorded before it is made: a wrong PIN, or a crash while one was tried, suspends the key until a person resumes it,
// across restarts. It never sees a PIN.
package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/workflow"
)

// Ledger is what the Guard needs of the store.
type Ledger interface {
	Apply(ctx context.Context, change workflow.Change) error
	// Key returns the record of a key; for an unknown one a zero record with its name, or ErrNotFound.
	Key(ctx context.Context, name string) (workflow.KeyRecord, error)
}

// Guard stands before every login.
type Guard struct {
	Ledger Ledger
	Now    func() time.Time
}

// resumed is the reason of a record whose key a person resumed, until its PIN was tried again.
const resumed = "resumed by a person"

// Login runs one login with the named key's PIN, unless the key is suspended. anyway tells it that a person resumed the
// key, and so knows of a wrong PIN before. An error of login that wraps ErrPIN suspends the key; login gives it also when
// it does not know whether the token counted a try.
func (g *Guard) Login(ctx context.Context, name string, login func(anyway bool) error) error {
	record, err := g.record(ctx, name)
	if err != nil {
		return err
	}
	if !record.Suspended.IsZero() {
		return suspended(record)
	}
	if !record.Attempting.IsZero() {
		record.Reason = "stopped while its PIN was tried at " + record.Attempting.Format(time.RFC3339)
		return errors.Join(suspended(record), g.suspend(ctx, &record))
	}
	anyway := record.Reason == resumed
	record.Attempting = g.Now()
	if err := g.apply(ctx, &record); err != nil {
		return err
	}
	failure := login(anyway)
	record.Attempting = time.Time{}
	if failure == nil {
		record.Reason = ""
	}
	if errors.Is(failure, workflow.ErrPIN) {
		record.Reason = "the PIN was refused"
		return errors.Join(resumeHint(name, failure), g.suspend(context.WithoutCancel(ctx), &record))
	}
	return errors.Join(failure, g.apply(context.WithoutCancel(ctx), &record))
}

// Suspended returns an error wrapping ErrSuspended when the key rests.
func (g *Guard) Suspended(ctx context.Context, name string) error {
	record, err := g.record(ctx, name)
	if err != nil || record.Suspended.IsZero() {
		return err
	}
	return suspended(record)
}

// Resume lets a suspended key try its PIN once more.
func (g *Guard) Resume(ctx context.Context, actor workflow.Actor, name string) error {
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil {
		return err
	}
	record, err := g.record(ctx, name)
	if err != nil {
		return err
	}
	if record.Suspended.IsZero() && record.Attempting.IsZero() {
		return workflow.WithHint(fmt.Errorf("resume key %q, which is not suspended: %w", name, workflow.ErrState), "see the keys with `contractd token list`")
	}
	record.Suspended, record.Attempting, record.Reason = time.Time{}, time.Time{}, resumed
	return g.write(ctx, &record, workflow.Change{
		Requests: workflow.RequestsFor(ctx, "", g.Now()),
		Entries:  []workflow.Entry{g.entry(actor.Name, workflow.ActResumed, record)},
	})
}

func (g *Guard) suspend(ctx context.Context, record *workflow.KeyRecord) error {
	record.Suspended, record.Attempting = g.Now(), time.Time{}
	return g.apply(ctx, record, g.entry(workflow.System.Name, workflow.ActSuspended, *record))
}

func (g *Guard) record(ctx context.Context, name string) (workflow.KeyRecord, error) {
	record, err := g.Ledger.Key(ctx, name)
	if errors.Is(err, workflow.ErrNotFound) {
		record, err = workflow.KeyRecord{}, nil
	}
	if err != nil {
		return record, fmt.Errorf("read record of key %q: %w", name, err)
	}
	record.Name = name
	return record, nil
}

func (g *Guard) apply(ctx context.Context, record *workflow.KeyRecord, entries ...workflow.Entry) error {
	return g.write(ctx, record, workflow.Change{Entries: entries})
}

func (g *Guard) write(ctx context.Context, record *workflow.KeyRecord, change workflow.Change) error {
	change.Keys = []workflow.KeyRecord{*record}
	if err := g.Ledger.Apply(ctx, change); err != nil {
		return fmt.Errorf("record key %q: %w", record.Name, err)
	}
	record.Revision++
	return nil
}

func (g *Guard) entry(actor string, action workflow.Action, record workflow.KeyRecord) workflow.Entry {
	return workflow.Entry{Time: g.Now(), Actor: actor, Action: action, Subject: "key/" + record.Name, Details: map[string]string{"reason": record.Reason}}
}

func suspended(record workflow.KeyRecord) error {
	return resumeHint(record.Name, fmt.Errorf("use key %q: %s: %w", record.Name, record.Reason, workflow.ErrSuspended))
}

func resumeHint(name string, err error) error {
	return workflow.WithHint(err, fmt.Sprintf("correct the PIN, then run `contractd token resume %s`; it is not tried again before", name))
}
