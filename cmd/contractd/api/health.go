package api

import (
	"context"
	"time"

	"contractd/workflow"
)

// Health is how the daemon is. What needs a person now stands in Alarms; everything else is for looking at.
type Health struct {
	Daemon        bool                           `json:"daemon"`
	Alarms        []string                       `json:"alarms"` // One sentence each; empty when nothing needs a person.
	Contracts     map[workflow.State]int         `json:"contracts"`
	Overdue       int                            `json:"overdue"`
	NextDeadline  time.Time                      `json:"next_deadline,omitzero"` // The next one that has not passed.
	Waiting       []string                       `json:"waiting,omitempty"`      // Contracts that wait for a key, with the reason.
	Outbox        map[workflow.DeliveryState]int `json:"outbox"`
	OldestLetter  time.Time                      `json:"oldest_letter,omitzero"` // Since when the delivery waits that waits longest.
	Inbox         map[workflow.ArrivalState]int  `json:"inbox"`
	OldestArrival time.Time                      `json:"oldest_arrival,omitzero"` // When the message came that waits longest to be judged.
	LastPoll      time.Time                      `json:"last_poll,omitzero"`      // When the mailbox was last read to its end.
	MailboxError  string                         `json:"mailbox_error,omitempty"` // Why it cannot be read now.
	Disk          *Disk                          `json:"disk,omitempty"`
	Mode          workflow.Mode                  `json:"mode,omitempty"` // What may leave, by the configuration.
	Hold          *workflow.Hold                 `json:"hold,omitempty"` // While everything is held.
}

// Disk is how much room there is for the data folder.
type Disk struct {
	Level   string    `json:"level"` // enough, low (nothing new is taken in) or none (nothing can be written).
	Free    int64     `json:"free"`  // Bytes.
	Reserve int64     `json:"reserve"`
	Cause   string    `json:"cause,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// Version asks the daemon which version it is. Anybody gets this answer, so it tells whether the daemon answers at all.
func (c *Client) Version(ctx context.Context) (string, error) {
	var told Version
	return told.Version, c.get(ctx, openPath, &told)
}
