package decide

import (
	"context"
	"fmt"
	"time"

	"contractd/workflow"
)

// Stop holds everything from now on: no letter leaves and nothing is moved on the mail server until a person lifts it.
// Of the record, Reason, Identity, Known and Reread are the caller's to say.
func (s *Stopper) Stop(ctx context.Context, actor workflow.Actor, hold workflow.Hold) error {
	before, err := s.Ledger.Hold(ctx)
	if err != nil {
		return fmt.Errorf("read whether the store is held: %w", err)
	}
	hold.Schema, hold.Revision, hold.Since = before.Schema, before.Revision, s.Now()
	hold.Lifted, hold.LiftedBy, hold.Again = time.Time{}, "", time.Time{}
	if before.Rereads() && before.Reread.Before(hold.Reread) { // Of an earlier hold, not done yet.
		hold.Reread = before.Reread
	}
	details := map[string]string{"reason": hold.Reason}
	if !hold.Known.IsZero() {
		details["known-until"] = hold.Known.UTC().Format(time.RFC3339)
	}
	err = s.Ledger.Apply(ctx, workflow.Change{Hold: &hold, Entries: []workflow.Entry{{
		Time: s.Now(), Actor: actor.Name, Action: workflow.ActHeld, Subject: "store", Details: details,
	}}})
	if err != nil {
		return fmt.Errorf("hold the store: %w", err)
	}
	return nil
}

// Know remembers which file the store is, so that a copy of it is recognised.
func (s *Stopper) Know(ctx context.Context, identity string) error {
	return s.change(ctx, func(hold *workflow.Hold) { hold.Identity = identity })
}

// Reread notes that the folders of filed mail were read again.
func (s *Stopper) Reread(ctx context.Context) error {
	return s.change(ctx, func(hold *workflow.Hold) { hold.Again = s.Now() })
}

func (s *Stopper) change(ctx context.Context, set func(*workflow.Hold)) error {
	hold, err := s.Ledger.Hold(ctx)
	if err == nil {
		set(&hold)
		err = s.Ledger.Apply(ctx, workflow.Change{Hold: &hold})
	}
	if err != nil {
		return fmt.Errorf("note at the hold of the store: %w", err)
	}
	return nil
}

// BackUp notes who takes a copy of everything; the copy tells of it, too.
func (s *Stopper) BackUp(ctx context.Context, actor workflow.Actor) error {
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil {
		return err
	}
	err := s.Ledger.Apply(ctx, workflow.Change{Entries: []workflow.Entry{{
		Time: s.Now(), Actor: actor.Name, Action: workflow.ActBackedUp, Subject: "store",
	}}})
	if err != nil {
		return fmt.Errorf("note the backup: %w", err)
	}
	return nil
}
