package decide

import (
	"context"
	"fmt"
	"time"

	"contractd/workflow"
)

// Stop holds everything from now on: no letter leaves and nothing is moved on the mail server until a person lifts it.
// Of the record, Reason, Identity, Known and Reread are the caller's to say.
func (g *Gate) Stop(ctx context.Context, hold workflow.Hold) error {
	before, err := g.Ledger.Hold(ctx)
	if err != nil {
		return fmt.Errorf("read whether the store is held: %w", err)
	}
	hold.Schema, hold.Revision, hold.Since = before.Schema, before.Revision, g.Now()
	hold.Lifted, hold.LiftedBy, hold.Again = time.Time{}, "", time.Time{}
	if before.Rereads() && before.Reread.Before(hold.Reread) { // Of an earlier hold, not done yet.
		hold.Reread = before.Reread
	}
	details := map[string]string{"reason": hold.Reason}
	if !hold.Known.IsZero() {
		details["known-until"] = hold.Known.UTC().Format(time.RFC3339)
	}
	err = g.Ledger.Apply(ctx, workflow.Change{Hold: &hold, Entries: []workflow.Entry{{
		Time: g.Now(), Actor: workflow.System.Name, Action: workflow.ActHeld, Subject: "store", Details: details,
	}}})
	if err != nil {
		return fmt.Errorf("hold the store: %w", err)
	}
	return nil
}

// Know remembers which file the store is, so that a copy of it is recognised.
func (g *Gate) Know(ctx context.Context, identity string) error {
	return g.change(ctx, func(hold *workflow.Hold) { hold.Identity = identity })
}

// Reread notes that the folders of filed mail were read again.
func (g *Gate) Reread(ctx context.Context) error {
	return g.change(ctx, func(hold *workflow.Hold) { hold.Again = g.Now() })
}

func (g *Gate) change(ctx context.Context, set func(*workflow.Hold)) error {
	hold, err := g.Ledger.Hold(ctx)
	if err == nil {
		set(&hold)
		err = g.Ledger.Apply(ctx, workflow.Change{Hold: &hold})
	}
	if err != nil {
		return fmt.Errorf("note at the hold of the store: %w", err)
	}
	return nil
}
