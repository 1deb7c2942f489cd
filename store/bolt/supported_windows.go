package bolt

import (
	"fmt"

	"contractd/workflow"
)

// Supported says that there is no store on this system.
func Supported() error {
	return workflow.WithHint(fmt.Errorf("the store needs Linux, this is Windows: %w", workflow.ErrPolicy),
		"on Windows contractd has sign, undo, verify and token; run the daemon, and what talks to it, on a Linux machine")
}
