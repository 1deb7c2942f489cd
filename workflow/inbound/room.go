package inbound

import (
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/workflow"
)

// Room knows whether the disk has room for more.
type Room interface {
	// Check returns an error wrapping workflow.ErrSpace when nothing new may be taken in; asking again later may help.
	Check(ctx context.Context) error
}

// roomRest is how long a judgement waits for the disk.
const roomRest = 30 * time.Second

// check asks a Room that may be missing.
func check(ctx context.Context, room Room) error {
	if room == nil {
		return nil
	}
	return room.Check(ctx)
}

// postpone takes back an attempt that failed for want of room: a full disk says nothing about the message, which must
// not be given up for it.
func (j *Judge) postpone(ctx context.Context, arrival workflow.Arrival, cause error) error {
	current, err := j.Queue.Arrival(ctx, arrival.ID)
	if err != nil {
		return errors.Join(cause, err)
	}
	current.Attempts = max(0, current.Attempts-1)
	current.Next = j.Now().Add(roomRest)
	if err := j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{current}}); err != nil {
		return errors.Join(cause, fmt.Errorf("postpone arrival %s: %w", arrival.ID, err))
	}
	return cause
}
