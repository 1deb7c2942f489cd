package cli

import (
	"context"
	"fmt"
	"io"

	"contractd/cmd/contractd/config"
	"contractd/signer/token"
	"contractd/workflow"
)

// sameToken reports whether the configuration puts two keys on one token. A PIN belongs to the token.
func sameToken(a, b config.Key) bool {
	return a.Kind == config.KindPKCS11 && b.Kind == a.Kind && a.Module == b.Module && a.Token == b.Token && a.Serial == b.Serial
}

// firstOnToken returns the first key on the same token, under whose name attempts and suspensions are remembered: a wrong PIN
// of one key must not be tried again for its neighbour.
func firstOnToken(cfg *config.Config, settings config.Key) config.Key {
	for _, key := range cfg.Keys {
		if sameToken(key, settings) {
			return key
		}
	}
	return settings
}

func tokenConfig(settings config.Key) token.Config {
	return token.Config{Module: settings.Module, TokenLabel: settings.Token, Serial: settings.Serial, ObjectLabel: settings.Object, ID: settings.ID, Sessions: settings.Sessions}
}

// tokenKey finds a key on its token, which is opened once for all keys on it. The token heals itself; whenever it wants
// the PIN, authorize decides.
func (k *keyring) tokenKey(ctx context.Context, settings config.Key) (*heldKey, error) {
	opened, err := k.opened(ctx, settings)
	if err != nil {
		return nil, err
	}
	key, err := opened.Find(ctx, settings.Object, settings.ID)
	if err != nil {
		if opened.Refused() || !k.shared(opened) { // It remembers a refused PIN; the guard decides from now on.
			k.abandon(opened)
		}
		return nil, tokenError(err)
	}
	if settings.SM2Mechanism != 0 {
		key.UseSM2(token.SM2{Mechanism: uint(settings.SM2Mechanism), Input: token.SM2Input(settings.SM2Input), Signature: token.SM2Signature(settings.SM2Signature)})
	}
	return &heldKey{key.Signer, key.Certificate, key.Chain, opened}, nil
}

// shared reports whether a key on the token is open. The caller holds k.mu.
func (k *keyring) shared(opened *token.Token) bool {
	for _, held := range k.open {
		if held.closer == opened {
			return true
		}
	}
	return false
}

// abandon closes a token with all keys on it. The caller holds k.mu.
func (k *keyring) abandon(closer io.Closer) {
	closer.Close() // It failed already; the next use tells whether it is back.
	for name, held := range k.open {
		if held.closer == closer {
			delete(k.open, name)
		}
	}
}

// opened returns the token of a key that is open, or opens it. The caller holds k.mu.
func (k *keyring) opened(ctx context.Context, settings config.Key) (*token.Token, error) {
	for name, held := range k.open {
		neighbour, err := k.settings(name)
		if shared, ok := held.closer.(*token.Token); ok && err == nil && sameToken(neighbour, settings) {
			return shared, nil
		}
	}
	wanted := tokenConfig(settings)
	wanted.Authorize = k.authorize(firstOnToken(k.cfg, settings))
	opened, err := token.Open(ctx, wanted)
	if err != nil {
		return nil, tokenError(err)
	}
	return opened, nil
}

// authorize lets a token's PIN be tried, through the guard that records the attempt before it is made.
func (k *keyring) authorize(owner config.Key) func(context.Context, func(context.Context, []byte, bool) error) error {
	return func(ctx context.Context, try func(context.Context, []byte, bool) error) error {
		if err := k.guard.Suspended(ctx, owner.Name); err != nil {
			return err
		}
		pin, err := k.pin(ctx, owner)
		if err != nil {
			return err
		}
		defer clear(pin)
		err = k.guard.Login(ctx, owner.Name, func(anyway bool) error { return tokenError(try(ctx, pin, anyway)) })
		if err != nil {
			k.dropPIN(owner.Name)
		}
		return err
	}
}

// pin returns a copy of a key's PIN: what `token login` gave, else from where the configuration says.
func (k *keyring) pin(ctx context.Context, settings config.Key) ([]byte, error) {
	k.pinMu.Lock()
	given, ok := k.pins[settings.Name]
	given = append([]byte(nil), given...)
	k.pinMu.Unlock()
	switch {
	case ok:
		return given, nil
	case settings.PIN.IsZero() && settings.Kind == config.KindPKCS11:
		return nil, workflow.WithHint(fmt.Errorf("open key %q: nobody has logged in: %w", settings.Name, workflow.ErrKeyMissing),
			fmt.Sprintf("run `contractd token login %s`; what waits goes on by itself", settings.Name))
	case settings.PIN.IsZero():
		return nil, nil
	}
	pin, err := settings.PIN.Read(ctx, "PIN of key "+settings.Name, k.prompt)
	if err != nil {
		return nil, fmt.Errorf("open key %q: %w: %w", settings.Name, err, workflow.ErrKeyMissing)
	}
	return []byte(pin), nil
}

// login takes a PIN from its holder and tries it at once. It is kept until it is refused or the process ends.
func (k *keyring) login(ctx context.Context, name string, pin []byte) error {
	settings, err := k.settings(name)
	if err != nil {
		return err
	}
	owner := firstOnToken(k.cfg, settings)
	if err := k.guard.Suspended(ctx, owner.Name); err != nil {
		return err
	}
	k.mu.Lock()
	if held, ok := k.open[name]; ok {
		k.abandon(held.closer)
	}
	k.mu.Unlock()
	k.dropPIN(owner.Name)
	k.pinMu.Lock()
	k.pins[owner.Name] = append([]byte(nil), pin...)
	k.pinMu.Unlock()
	if _, err := k.key(ctx, name); err != nil {
		k.dropPIN(owner.Name)
		return err
	}
	return nil
}

// dropPIN wipes what `token login` gave for a key.
func (k *keyring) dropPIN(name string) {
	k.pinMu.Lock()
	defer k.pinMu.Unlock()
	clear(k.pins[name])
	delete(k.pins, name)
}

// wipe forgets every PIN.
func (k *keyring) wipe() {
	k.pinMu.Lock()
	defer k.pinMu.Unlock()
	for name, pin := range k.pins {
		clear(pin)
		delete(k.pins, name)
	}
}
