package smtp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-smtp"

	"contractd/workflow"
)

// classify decides what an error before or after the final dot obliges the caller to do. Whoever waits for the answer to
// the dot in vain does not come here.
func (a *Account) classify(ctx context.Context, step string, err error) error {
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", err, context.Cause(ctx))
		}
		return fmt.Errorf("%s: %w: %w", step, err, workflow.ErrTemporary)
	}
	hint, class := a.judge(step, refused)
	return workflow.WithHint(fmt.Errorf("%s: server answers %d %s: %w", step, refused.Code, printable(refused.Message), class), hint)
}

// judge reads a reply code (RFC 5321, 4.2). Unknown ones count as temporary: callers cap their attempts.
func (a *Account) judge(step string, refused *smtp.SMTPError) (hint string, class error) {
	switch {
	case slices.Contains([]int{530, 534, 535, 538}, refused.Code): // RFC 4954, 6
		return a.loginHint(), workflow.ErrCredential
	case refused.Code == 552:
		return "the message is too large for the server, or the recipient's mailbox is full", workflow.ErrFinal
	case refused.Code >= 500 && refused.Code < 600 && step == "MAIL FROM":
		return "many providers accept only the login itself as the envelope sender; set it in the configuration", workflow.ErrFinal
	case refused.Code >= 500 && refused.Code < 600:
		return "", workflow.ErrFinal
	default:
		return "", workflow.ErrTemporary
	}
}

// staleError marks the end of a connection that was kept open, noticed before anything was said about the message.
type staleError struct{ error }

func (s staleError) Unwrap() error { return s.error }

func (a *Account) stale(ctx context.Context, c *connection, err error) error {
	if c.used && ctx.Err() == nil && errors.Is(err, workflow.ErrTemporary) {
		return staleError{err}
	}
	return err
}

// printable makes a server's words fit for a log line.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300])
	}
	return strings.TrimSpace(text)
}
