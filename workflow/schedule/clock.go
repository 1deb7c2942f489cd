// Package schedule is what time causes. So far: a contract whose deadline and grace passed without a valid return
// expires, and its managers are told.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Ledger is what the Clock needs of the store.
type Ledger interface {
	Apply(ctx context.Context, change workflow.Change) error
	Contracts(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error)
}

// Stops tells whether everything is held.
type Stops interface {
	// Hold returns the one record; the zero Hold lets everything pass.
	Hold(ctx context.Context) (workflow.Hold, error)
}

// Clock moves contracts whose time is over.
type Clock struct {
	Ledger Ledger
	Stops  Stops // While it holds, nothing expires: a restored store may not know yet of a return in time. nil never does.
	Clerk  *post.Clerk
	Grace  time.Duration // After the deadline.
	Now    func() time.Time
	Log    *slog.Logger
}

// Pass expires what is due and returns how many contracts moved.
func (c *Clock) Pass(ctx context.Context) (int, error) {
	if c.Stops != nil {
		if hold, err := c.Stops.Hold(ctx); err != nil || hold.Active() {
			return 0, err
		}
	}
	waiting, err := c.Ledger.Contracts(ctx, workflow.ContractFilter{Due: c.Now().Add(-c.Grace)})
	if err != nil {
		return 0, fmt.Errorf("list waiting contracts: %w", err)
	}
	moved := 0
	for _, contract := range waiting {
		if contract.Deadline.IsZero() || !c.Now().After(contract.Deadline.Add(c.Grace)) {
			continue
		}
		err := c.expire(ctx, contract)
		if errors.Is(err, workflow.ErrConflict) { // A return came at the last moment.
			continue
		}
		if err != nil {
			return moved, fmt.Errorf("expire contract %s: %w", contract.Number, err)
		}
		moved++
	}
	return moved, nil
}

func (c *Clock) expire(ctx context.Context, contract workflow.Contract) error {
	if err := contract.Move(workflow.StateExpired); err != nil {
		return err
	}
	change := workflow.Change{
		Contracts: []workflow.Contract{contract},
		Entries: []workflow.Entry{{
			Time: c.Now(), Actor: workflow.System.Name, Action: workflow.ActExpired, Subject: "contract/" + string(contract.ID),
			Details: map[string]string{"deadline": contract.Deadline.UTC().Format(time.RFC3339)},
		}},
	}
	closer, err := c.Clerk.Tell(ctx, &change, contract, nil, "expired: no valid return of contract "+contract.Number+" by its deadline")
	if err != nil {
		return err
	}
	defer closer.Close()
	if err := c.Ledger.Apply(ctx, change); err != nil {
		return err
	}
	c.Log.Info("contract expired", "contract", contract.ID)
	return nil
}
