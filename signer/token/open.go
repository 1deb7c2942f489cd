//go:build cgo

package token

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/pkcs11"
)

const (
	defaultTimeout = 30 * time.Second
	sessionLimit   = 16
)

// Token is an opened token. It may be used concurrently.
type Token struct {
	config   Config
	module   *module
	slot     uint
	sessions chan pkcs11.SessionHandle // Whoever holds one may call the module with it.

	loggedIn atomic.Bool // Read by operations while a login waits for them, hence under no mutex.

	mu     sync.Mutex // Guards the following.
	closed bool
	dead   error // Why it is unusable until it is opened again.

	loginMu sync.Mutex // Guards the following, and is held while the token judges a PIN.
	refused error      // Why the PIN will not be tried again.
}

// Open loads the module and opens sessions on the token. It does not log in.
func Open(ctx context.Context, c Config) (*Token, error) {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	c.Sessions = max(1, min(c.Sessions, sessionLimit))
	closeLate := func(t *Token) {
		// Nobody waits for it any more; the next Open must find the module free.
		_ = t.Close()
	}
	t, err := within(ctx, c.Timeout, func() (*Token, error) { return open(c) }, closeLate)
	if err != nil {
		return nil, fmt.Errorf("open token %s: %w", c.name(), translate(err))
	}
	return t, nil
}

func (c Config) name() string {
	for _, name := range []string{c.TokenLabel, c.Serial, c.Module} {
		if name != "" {
			return fmt.Sprintf("%q", name)
		}
	}
	return "without a name"
}

func open(c Config) (*Token, error) {
	m, err := acquire(c.Module)
	if err != nil {
		return nil, err
	}
	t := &Token{config: c, module: m, sessions: make(chan pkcs11.SessionHandle, c.Sessions)}
	if err := t.connect(); err != nil {
		t.config.Sessions = len(t.sessions)
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *Token) connect() error {
	slot, err := t.findSlot()
	if err != nil {
		return err
	}
	t.slot = slot
	for range t.config.Sessions {
		session, err := t.module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
		if err != nil {
			return fmt.Errorf("open a session: %w", err)
		}
		t.sessions <- session
	}
	return nil
}

func (t *Token) findSlot() (uint, error) {
	slots, err := initialized(t.module)
	if err != nil {
		return 0, err
	}
	var found []uint
	var seen []string
	for slot, info := range slots {
		seen = append(seen, fmt.Sprintf("%q", info.Label))
		if (t.config.TokenLabel == "" || info.Label == t.config.TokenLabel) &&
			(t.config.Serial == "" || info.Serial == t.config.Serial) {
			found = append(found, slot)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("%w: the module sees %d tokens: %s", ErrMissing, len(seen), strings.Join(seen, ", "))
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("%w: %d of them; name the serial number", ErrAmbiguous, len(found))
}

// initialized lists the tokens that were set up, by slot.
func initialized(m *module) (map[uint]Info, error) {
	slots, err := m.GetSlotList(true)
	if err != nil {
		return nil, fmt.Errorf("list slots: %w", err)
	}
	found := make(map[uint]Info, len(slots))
	for _, slot := range slots {
		info, err := m.GetTokenInfo(slot)
		if err != nil || info.Flags&flagTokenInitialized == 0 {
			continue // Pulled out meanwhile, or an empty token.
		}
		found[slot] = infoOf(info)
	}
	return found, nil
}

func infoOf(raw pkcs11.TokenInfo) Info {
	trim := func(s string) string { return strings.TrimRight(s, " \x00") }
	return Info{
		Label: trim(raw.Label), Serial: trim(raw.SerialNumber), Manufacturer: trim(raw.ManufacturerID),
		Model: trim(raw.Model), PIN: pinState(raw.Flags),
	}
}

// List describes all tokens that the module sees, by serial number.
func List(ctx context.Context, path string) ([]Info, error) {
	infos, err := within(ctx, defaultTimeout, func() ([]Info, error) { return list(path) }, func([]Info) {})
	if err != nil {
		return nil, fmt.Errorf("list tokens of %s: %w", path, translate(err))
	}
	return infos, nil
}

// Close closes all sessions; the token logs out with the last one of the process, after
// operations under way.
func (t *Token) Close() error {
	t.mu.Lock()
	closed, dead := t.closed, t.dead
	t.closed, t.dead = true, fmt.Errorf("token %s is closed: %w", t.config.name(), ErrRemoved)
	t.mu.Unlock()
	if closed || errors.Is(dead, ErrTimeout) {
		return nil // A call that hangs in the module keeps it loaded: unloading it would crash, or hang us too.
	}
	var failed []error
	for range t.config.Sessions {
		select {
		case session := <-t.sessions:
			failed = append(failed, t.closeSession(session))
		case <-time.After(t.config.Timeout):
			return fmt.Errorf("close token %s: %w", t.config.name(), ErrTimeout)
		}
	}
	return errors.Join(append(failed, t.module.release())...)
}

func (t *Token) closeSession(session pkcs11.SessionHandle) error {
	err := translate(t.module.CloseSession(session))
	if errors.Is(err, ErrRemoved) {
		return nil // It went with the token.
	}
	return err
}
