package workflow

import (
	"fmt"
	"slices"
)

// Right is what an actor may do.
type Right string

const (
	RightView       Right = "view"       // Read contracts, receipts and the archive.
	RightSend       Right = "send"       // Create, seal and release contracts.
	RightDecide     Right = "decide"     // Approve, refuse, withdraw.
	RightAdminister Right = "administer" // Everything, and the keys and suppliers.
)

// Actor is the authenticated person or program that acts.
type Actor struct {
	Name   string  `json:"name"`
	Rights []Right `json:"rights,omitempty"`
}

// System is contractd itself, acting by its policy.
var System = Actor{Name: "contractd", Rights: []Right{RightAdminister}}

// Need returns an error wrapping ErrRight unless the actor has the right.
func (a Actor) Need(right Right) error {
	if slices.Contains(a.Rights, right) || slices.Contains(a.Rights, RightAdminister) {
		return nil
	}
	if right == RightView && len(a.Rights) > 0 { // Every other right includes looking.
		return nil
	}
	return fmt.Errorf("act as %q: right %q is missing: %w", a.Name, right, ErrRight)
}
