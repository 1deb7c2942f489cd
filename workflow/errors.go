package workflow

import (
	"errors"
	"fmt"
)

// Sentinels by which callers decide. Everything else is only told.
var (
	ErrNotFound   = errors.New("not found")                              // Nothing has this name.
	ErrExists     = errors.New("exists already")                         // The name is taken.
	ErrConflict   = errors.New("changed by somebody else meanwhile")     // Read again and decide again.
	ErrState      = errors.New("refused by its state")                   // Nothing was changed.
	ErrRight      = errors.New("refused: right missing")                 // Nothing was changed.
	ErrPolicy     = errors.New("refused by policy")                      // Nothing was changed.
	ErrUsage      = errors.New("wrong usage")                            // The request itself is wrong.
	ErrTemporary  = errors.New("temporary failure")                      // Trying again later may help.
	ErrFinal      = errors.New("final failure")                          // Trying again will not help.
	ErrAmbiguous  = errors.New("outcome unknown")                        // It may have happened; do it again only if that is harmless.
	ErrCredential = errors.New("credentials refused")                    // Stop trying and call a person.
	ErrKeyMissing = errors.New("key is not present")                     // The token is elsewhere; wait for it.
	ErrPIN        = errors.New("PIN refused")                            // Never try again without a person.
	ErrSuspended  = errors.New("key is suspended")                       // A person must resume it.
	ErrDamaged    = errors.New("store is damaged")                       // Stop; nothing after it can be trusted.
	ErrDocument   = errors.New("document cannot be used")                // Encrypted, damaged, not a PDF.
	ErrIntegrity  = errors.New("document's earlier signature is broken") // Refuse to seal over it.
	ErrTooLarge   = errors.New("too large")                              // Make it smaller.
	ErrUnknown    = errors.New("caller is not known")                    // No key, or one that is unknown, revoked or expired.
)

// ErrSpace says that the disk has no room, or takes no writes: nothing was changed, and it goes on by itself when there
// is room. It is temporary.
var ErrSpace = fmt.Errorf("no room on the disk: %w", ErrTemporary)

// hinted is an error with the cure that a person can apply.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// WithHint attaches the cure to an error. A nil error stays nil.
func WithHint(err error, hint string) error {
	if err == nil || hint == "" {
		return err
	}
	return hinted{err, hint}
}

// HintOf returns the outermost hint attached to err, or "".
func HintOf(err error) string {
	var h hinted
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}
