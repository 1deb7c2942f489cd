//go:build cgo

package token

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"
)

// Login enters the PIN, once in the life of t: after a refusal every further call fails without asking the token. An
// empty PIN is refused without asking, and so is one that could use up the token's last try.
func (t *Token) Login(ctx context.Context, pin string) error {
	t.loginMu.Lock()
	defer t.loginMu.Unlock()
	if t.refused != nil {
		return fmt.Errorf("not tried again: %w", t.refused)
	}
	if t.loggedIn.Load() {
		return nil
	}
	if pin == "" {
		return fmt.Errorf("log in to token %s: %w: none was given", t.config.name(), ErrPIN)
	}
	info, err := t.Info(ctx)
	if err != nil {
		return err
	}
	if err := info.PIN.mayTry(); err != nil {
		return fmt.Errorf("log in to token %s: %w", t.config.name(), err)
	}
	_, err = use(ctx, t, "log in", func(session pkcs11.SessionHandle) (struct{}, error) {
		err := t.module.Login(session, pkcs11.CKU_USER, pin)
		if isCode(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
			err = nil // The state belongs to the process, not to the session.
		}
		return struct{}{}, err
	})
	if err != nil && !errors.Is(err, ErrRemoved) {
		t.refused = err // Even if the cause is unknown: it may have counted as a try.
	}
	t.loggedIn.Store(err == nil)
	return err
}
