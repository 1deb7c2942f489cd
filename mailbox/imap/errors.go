package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"

	"contractd/workflow"
)

// explain turns what go-imap says into an error by which callers decide. Where the connection is gone, the reason is
// what the connection knows; go-imap only sees its end.
func (s *session) explain(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	if refused := (*imap.Error)(nil); errors.As(err, &refused) {
		return fmt.Errorf("%s: server answers %w: %w", doing, refused, workflow.ErrTemporary)
	}
	if cause := s.conn.failure(); cause != nil {
		err = fmt.Errorf("%w: connection lost: %w", err, cause)
	}
	return fmt.Errorf("%s: %w", doing, classified(err, workflow.ErrTemporary))
}

// classified adds a class to an error that has none. Unknown counts as temporary: callers cap their attempts.
func classified(err error, class error) error {
	for _, known := range []error{workflow.ErrTemporary, workflow.ErrFinal, workflow.ErrCredential, workflow.ErrUsage} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", err, class)
}

// refusal returns the server's NO or BAD, or nil when the error is of another kind.
func refusal(err error) *imap.Error {
	var refused *imap.Error
	errors.As(err, &refused)
	return refused
}
