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

	Known  time.Time `json:"known,omitzero"`  // Up to when the store knows what happened: the time of the backup, or of its last entry.
	Reread time.Time `json:"reread,omitzero"` // Mail that came since then is looked for where it was filed, too.
	Again  time.Time `json:"again,omitzero"`  // When that was done.
}

// Active reports whether everything is held.
func (h Hold) Active() bool { return !h.Since.IsZero() && h.Lifted.IsZero() }

// Rereads reports whether the folders of filed mail are still to be read again.
func (h Hold) Rereads() bool { return !h.Reread.IsZero() && h.Again.IsZero() }

// Mode says what may leave, by the configuration.
type Mode string

const (
	ModeLive     Mode = "live"     // Everything, to whom it is addressed.
	ModeObserve  Mode = "observe"  // Nothing; nothing is moved or copied on the mail server either. Letters are written and kept.
	ModeRedirect Mode = "redirect" // Every letter, to one address of ours instead of its recipients.
)

// Still reports whether the mode lets nothing out.
func (m Mode) Still() bool { return m == ModeObserve }
