package space

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"contractd/workflow"
)

// Level is how much room there is.
type Level string

const (
	Enough Level = "enough" // Everything goes on.
	Low    Level = "low"    // Below the reserve: nothing new is taken in; small writes go on.
	None   Level = "none"   // Nothing can be written.
)

// State is what was last found, of the folder that stands worst.
type State struct {
	Level   Level     `json:"level"`
	Folder  string    `json:"folder"`
	Free    int64     `json:"free"`
	Reserve int64     `json:"reserve"`
	Cause   string    `json:"cause,omitempty"` // Why there is not enough.
	Since   time.Time `json:"since"`
}

func (s State) err(consequence string) error {
	return workflow.WithHint(fmt.Errorf("%w: %s in %s, %s", workflow.ErrSpace, s.Cause, s.Folder, consequence), s.Hint())
}

// Hint names the cure.
func (s State) Hint() string {
	return "free room on the disk that holds " + s.Folder + ", or make it writable again; contractd then goes on by itself ([disk] in the configuration)"
}

// Bytes writes a size for people.
func Bytes(size int64) string {
	switch {
	case size >= 10<<30:
		return fmt.Sprintf("%d GiB", size>>30)
	case size >= 10<<20:
		return fmt.Sprintf("%d MiB", size>>20)
	case size >= 10<<10:
		return fmt.Sprintf("%d KiB", size>>10)
	}
	return fmt.Sprintf("%d bytes", size)
}

// Mark gives an error by which a system refused to write for want of room the sentinel and the cure; any other stays as it
// is. It must not be asked about an fsync, whose failure says that earlier writes are lost.
func Mark(err error, folder string) error {
	for _, refusal := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, refusal) && !errors.Is(err, workflow.ErrSpace) {
			return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrSpace, err), State{Folder: folder}.Hint())
		}
	}
	return err
}
