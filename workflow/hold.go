package workflow

import "time"

// Hold stops everything that leaves: a restored or copied store may have sent meanwhile what it believes to be waiting.
// While it is active no letter is sent and no message is moved on the mail server; a person lifts it. There is one record.
type Hold struct {
	Schema   int       `json:"schema"`
	Revision uint64    `json:"revision"`
	Since    time.Time `json:"since,omitzero"` // Zero: nothing is held.
	Reason   string    `json:"reason,omitempty"`
	Lifted   time.Time `json:"lifted,omitzero"`
	LiftedBy string    `json:"lifted_by,omitempty"`
	Identity string    `json:"identity,omitempty"` // Of the database file when it was last opened here; another one means a copy.
}

// Active reports whether everything is held.
func (h Hold) Active() bool { return !h.Since.IsZero() && h.Lifted.IsZero() }
