package cli

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"contractd/cmd/contractd/config"
	"contractd/signer/softkey"
	"contractd/signer/token"
	"contractd/workflow"
)

// heldKey is an open key.
type heldKey struct {
	signer      crypto.Signer
	certificate *x509.Certificate
	chain       []*x509.Certificate
	closer      io.Closer
}

// gate stands before every login; keys.Guard is the one that remembers.
type gate interface {
	// Suspended returns an error wrapping workflow.ErrSuspended when the key must not be used.
	Suspended(ctx context.Context, name string) error
	// Login runs login once, unless the key must not be used.
	Login(ctx context.Context, name string, login func(anyway bool) error) error
}

// keyring opens the configured keys, each once, and keeps them open.
type keyring struct {
	cfg    *config.Config
	guard  gate
	prompt config.Prompter

	mu   sync.Mutex // Guards open, and lets one key be opened at a time.
	open map[string]*heldKey

	pinMu sync.Mutex        // Guards pins.
	pins  map[string][]byte // What `token login` gave, by key; in memory only.
}

func newKeyring(cfg *config.Config, guard gate, prompt config.Prompter) *keyring {
	return &keyring{cfg: cfg, guard: guard, prompt: prompt, open: map[string]*heldKey{}, pins: map[string][]byte{}}
}

// Close gives the tokens back.
func (k *keyring) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var failures []error
	for name, key := range k.open {
		failures = append(failures, key.closer.Close())
		delete(k.open, name)
	}
	k.wipe()
	return errors.Join(failures...)
}

// settings returns the configuration of a key.
func (k *keyring) settings(name string) (config.Key, error) {
	for _, key := range k.cfg.Keys {
		if key.Name == name {
			return key, nil
		}
	}
	return config.Key{}, workflow.WithHint(fmt.Errorf("use key %q: %w", name, workflow.ErrNotFound), "the configuration's [[keys]] name the known ones")
}

// key returns an open key, logging in where that was not done yet. A refused PIN suspends the key.
func (k *keyring) key(ctx context.Context, name string) (*heldKey, error) {
	settings, err := k.settings(name)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if held, ok := k.open[name]; ok {
		return held, nil
	}
	if err := k.guard.Suspended(ctx, name); err != nil {
		return nil, err
	}
	held, err := k.unlock(ctx, settings)
	if err == nil {
		if err = held.complete(settings); err == nil {
			err = fitsRole(held.certificate, settings.Role)
		}
		if err != nil {
			k.abandon(held.closer)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open key %q: %w", name, err)
	}
	k.open[name] = held
	return held, nil
}

// forget closes a key that failed, with all others on its token, so that the next use opens it again.
func (k *keyring) forget(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	failed, ok := k.open[name]
	if !ok {
		return
	}
	if healing, ok := failed.closer.(*token.Token); ok && !healing.Refused() {
		return // It makes itself usable again, and others may be using it.
	}
	k.abandon(failed.closer)
}

func (k *keyring) unlock(ctx context.Context, settings config.Key) (held *heldKey, err error) {
	if settings.Kind == config.KindSoftkey {
		pin, err := k.pin(ctx, settings)
		if err != nil {
			return nil, err
		}
		defer clear(pin)
		err = k.guard.Login(ctx, settings.Name, func(bool) error {
			held, err = openSoftkey(settings.File, string(pin))
			return err
		})
		return held, err
	}
	return k.tokenKey(ctx, settings)
}

func openSoftkey(file, pin string) (*heldKey, error) {
	key, err := softkey.Open(file, pin)
	switch {
	case errors.Is(err, softkey.ErrPIN):
		return nil, fmt.Errorf("%w: %w", err, workflow.ErrPIN)
	case errors.Is(err, fs.ErrNotExist):
		return nil, workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrKeyMissing), "the file that holds the key is not there")
	case err != nil:
		return nil, err
	}
	return &heldKey{key.Signer, key.Certificate, key.Chain, nothing{}}, nil
}

// tokenError says what an error of a token obliges us to do.
func tokenError(err error) error {
	for _, known := range []struct {
		from, to error
		hint     string
	}{
		{token.ErrPINLocked, workflow.ErrPIN, "the token is locked; its administrator must unlock it"},
		{token.ErrPINUnknown, workflow.ErrPIN, ""},
		{token.ErrPINCountLow, workflow.ErrPIN, ""},
		{token.ErrPINFinalTry, workflow.ErrPIN, "one try is left and contractd does not take it: log in once with the vendor's own tool"},
		{token.ErrPIN, workflow.ErrPIN, ""},
		{token.ErrMissing, workflow.ErrKeyMissing, "plug the token in, or correct [[keys]] in the configuration"},
		{token.ErrRemoved, workflow.ErrKeyMissing, "plug the token in again"},
		{token.ErrTimeout, workflow.ErrKeyMissing, "the token does not answer; re-plug it"},
		{token.ErrCrash, workflow.ErrKeyMissing, "the vendor's PKCS#11 library crashed; contractd tries again, tell its vendor"},
		{token.ErrModule, workflow.ErrKeyMissing, "install the vendor's PKCS#11 library, or correct its path"},
	} {
		if errors.Is(err, known.from) {
			return workflow.WithHint(fmt.Errorf("%w: %w", err, known.to), known.hint)
		}
	}
	if errors.Is(err, token.ErrUnsupported) {
		return workflow.WithHint(err, "its vendor tells what it can do; of SM2 keys, sm2_mechanism, sm2_input and sm2_signature in [[keys]] say it")
	}
	return err
}

// nothing closes nothing.
type nothing struct{}

// Close implements io.Closer.
func (nothing) Close() error { return nil }
