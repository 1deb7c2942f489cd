package workflow

import (
	"fmt"
	"slices"
)

// State is where a contract stands.
type State string

const (
	StateDraft         State = "draft"         // Recorded; not all of our seals are on it yet.
	StateSealed        State = "sealed"        // Sealed and self-checked; not yet accepted by any mail server.
	StateSent          State = "sent"          // Every recipient's server accepted it; we wait for the return.
	StateReview        State = "review"        // A return came that a person must decide about.
	StateUndeliverable State = "undeliverable" // A mail server refused or bounced the contract letter.
	StateExpired       State = "expired"       // Deadline and grace passed without a valid return.
	StateArchived      State = "archived"      // A valid return was confirmed and archived. Final.
	StateWithdrawn     State = "withdrawn"     // A person took the contract back. Final.
)

// States lists all states in the order in which a contract usually passes them.
var States = []State{StateDraft, StateSealed, StateSent, StateReview, StateUndeliverable, StateExpired, StateArchived, StateWithdrawn}

// moves is the one state table; design.md, section 3, has it with its reasons.
var moves = map[State][]State{
	StateDraft:         {StateSealed, StateWithdrawn},
	StateSealed:        {StateDraft, StateSent, StateUndeliverable, StateWithdrawn},
	StateSent:          {StateArchived, StateReview, StateUndeliverable, StateExpired, StateWithdrawn},
	StateReview:        {StateArchived, StateSent, StateWithdrawn},
	StateUndeliverable: {StateSent, StateReview, StateWithdrawn},
	StateExpired:       {StateSent, StateReview, StateWithdrawn},
}

// CheckMove returns an error wrapping ErrState unless the table allows the move. Staying is not a move.
func CheckMove(from, to State) error {
	if slices.Contains(moves[from], to) {
		return nil
	}
	return fmt.Errorf("move contract from %s to %s: %w", from, to, ErrState)
}

// Final reports whether no move leads out of the state.
func (s State) Final() bool { return len(moves[s]) == 0 }

// Valid reports whether s is one of States.
func (s State) Valid() bool { return slices.Contains(States, s) }

// Move takes the contract to another state; nothing else assigns its state.
func (c *Contract) Move(to State) error {
	if err := CheckMove(c.State, to); err != nil {
		return fmt.Errorf("contract %s: %w", c.Number, err)
	}
	c.State = to
	return nil
}
