//go:build cgo && unix

package token

import (
	"context"
	"errors"
	"fmt"
)

// Login enters the PIN, once in the life of t: after a refusal every further call fails without asking the token. An
// empty PIN is refused without asking, and so is one that could use up the token's last try. It is for a person's PIN, who
// may know of a wrong one before.
func (t *Token) Login(ctx context.Context, pin string) error {
	return t.use(ctx, "log in", func(l *link) error {
		l.login.Lock()
		defer l.login.Unlock()
		if l.in {
			return nil
		}
		secret := []byte(pin)
		defer clear(secret)
		return t.enter(ctx, l, secret, true)
	})
}

// enter gives the PIN to the token. The caller holds l.login.
func (t *Token) enter(ctx context.Context, l *link, pin []byte, anyway bool) error {
	return t.attempt(ctx, l, anyway, len(pin) == 0, func(ctx context.Context) error {
		_, err := l.call(ctx, opLogin, pin, t.config.Timeout)
		if err == nil {
			l.in, l.objects = true, nil
		}
		return err
	})
}

// attempt runs one call that shows a PIN to the token.
func (t *Token) attempt(ctx context.Context, l *link, anyway, empty bool, call func(context.Context) error) error {
	t.refusedMu.Lock()
	defer t.refusedMu.Unlock()
	if t.refused != nil {
		return fmt.Errorf("not tried again: %w", t.refused)
	}
	if empty {
		return fmt.Errorf("%w: none was given", ErrPIN)
	}
	slot, err := tell[Slot](ctx, l, opInfo, nil, t.config.Timeout)
	if err == nil {
		err = slot.PIN.mayTry(anyway)
	}
	if err != nil {
		return err
	}
	// The answer is waited for also when nobody asks any more: whether the PIN was refused must be known.
	err = call(context.WithoutCancel(ctx))
	var said refusal
	if err != nil && !errors.Is(err, ErrPIN) && !errors.Is(err, ErrPINLocked) && (!errors.As(err, &said) || !untried[said.code]) {
		err = fmt.Errorf("%w: %w", ErrPINUnknown, err)
		t.drop(l, err)
	}
	if errors.Is(err, ErrPIN) || errors.Is(err, ErrPINLocked) || errors.Is(err, ErrPINUnknown) {
		t.refused = err
	}
	return err
}

// Refused reports whether a PIN was refused, or not answered, in the life of t, or t was closed: it tries none any more.
func (t *Token) Refused() bool {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if closed {
		return true
	}
	t.refusedMu.Lock()
	defer t.refusedMu.Unlock()
	return t.refused != nil
}

// loggedIn makes sure that the child is logged in, where somebody can say the PIN.
func (t *Token) loggedIn(ctx context.Context, l *link) error {
	l.login.Lock()
	defer l.login.Unlock()
	if l.in || t.config.Authorize == nil {
		return nil
	}
	return t.config.Authorize(ctx, func(ctx context.Context, pin []byte, anyway bool) error { return t.enter(ctx, l, pin, anyway) })
}

// SetPIN changes the user's PIN. A call that was not answered may have happened, so it is not repeated: ErrPINUnknown then
// means that either PIN may hold.
func (t *Token) SetPIN(ctx context.Context, old, fresh []byte) error {
	return t.use(ctx, "change the PIN", func(l *link) error {
		return t.attempt(ctx, l, true, len(old) == 0 || len(fresh) == 0, func(ctx context.Context) error {
			both := twoPINs(old, fresh)
			defer clear(both)
			_, err := l.call(ctx, opSetPIN, both, t.config.Timeout)
			return err
		})
	})
}
