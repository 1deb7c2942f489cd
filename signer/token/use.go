//go:build cgo

package token

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"
)

// use runs f with a session of its own. A token that was removed, or did not answer, is dead from then on.
func use[T any](ctx context.Context, t *Token, doing string, f func(pkcs11.SessionHandle) (T, error)) (T, error) {
	var none T
	session, err := t.borrow(ctx)
	if err != nil {
		return none, fmt.Errorf("%s on token %s: %w", doing, t.config.name(), err)
	}
	value, err := within(ctx, t.config.Timeout, func() (T, error) { return f(session) }, func(T) {})
	err = translate(err)
	if errors.Is(err, ErrTimeout) || errors.Is(err, ErrRemoved) {
		t.bury(err)
	}
	if !errors.Is(err, ErrTimeout) {
		t.sessions <- session
	}
	if err != nil {
		return none, fmt.Errorf("%s on token %s: %w", doing, t.config.name(), err)
	}
	return value, nil
}

func (t *Token) borrow(ctx context.Context) (pkcs11.SessionHandle, error) {
	ctx, stop := context.WithTimeout(ctx, t.config.Timeout)
	defer stop()
	if err := t.alive(); err != nil {
		return 0, err
	}
	select {
	case session := <-t.sessions:
		if err := t.alive(); err != nil {
			t.sessions <- session
			return 0, err
		}
		return session, nil
	case <-ctx.Done():
		// Nothing was asked of the token: it is busy, not dead.
		return 0, fmt.Errorf("wait for a free session: %w", context.Cause(ctx))
	}
}

func (t *Token) alive() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dead
}

func (t *Token) bury(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead == nil {
		t.dead = cause
	}
}

// Info returns what the token says about itself now.
func (t *Token) Info(ctx context.Context) (Info, error) {
	return use(ctx, t, "read information", func(pkcs11.SessionHandle) (Info, error) {
		raw, err := t.module.GetTokenInfo(t.slot)
		return infoOf(raw), err
	})
}
