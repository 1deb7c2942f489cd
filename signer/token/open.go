//go:build cgo && unix

package token

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	defaultTimeout  = 30 * time.Second
	defaultSessions = 4
	sessionLimit    = 16
)

// Token is an opened token. It may be used concurrently, and outlives the children that drive it.
type Token struct {
	config Config
	making chan struct{} // Full while a child is being made.

	mu     sync.Mutex // Guards the following.
	link   *link      // nil until the next use makes one.
	serial string     // Of the first token seen: another one with the same label is not ours.
	slot   Slot
	closed bool

	refusedMu sync.Mutex // Guards the following.
	refused   error      // Why the PIN will not be tried again.
}

// Open loads the module and opens sessions on the token. It does not log in.
func Open(ctx context.Context, c Config) (*Token, error) {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Sessions <= 0 {
		c.Sessions = defaultSessions
	}
	c.Sessions = min(c.Sessions, sessionLimit)
	t := &Token{config: c, making: make(chan struct{}, 1)}
	if err := t.use(ctx, "open", func(*link) error { return nil }); err != nil {
		return nil, err
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

// use runs f with a child that has sessions on the token. When that is lost meanwhile, f runs once more with a new one.
func (t *Token) use(ctx context.Context, doing string, f func(*link) error) error {
	var err error
	for range 2 {
		var l *link
		if l, err = t.ready(ctx); err != nil {
			break
		}
		if err = f(l); !gone(err) {
			break
		}
		t.drop(l, err)
	}
	if err != nil {
		return fmt.Errorf("%s on token %s: %w", doing, t.config.name(), err)
	}
	return nil
}

// gone reports whether a new child may help. An unanswered PIN is none of it: nobody repeats that by himself.
func gone(err error) bool {
	return !errors.Is(err, ErrPINUnknown) && (errors.Is(err, ErrRemoved) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrCrash))
}

// ready returns the child at work, or makes one.
func (t *Token) ready(ctx context.Context) (*link, error) {
	select {
	case t.making <- struct{}{}:
		defer func() { <-t.making }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	t.mu.Lock()
	l, closed, serial := t.link, t.closed, t.serial
	t.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("it is closed: %w", ErrRemoved)
	}
	if l != nil && l.why() == nil {
		return l, nil
	}
	l, err := t.dial(ctx, cmp.Or(t.config.Serial, serial))
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		l.end(ErrRemoved)
		return nil, fmt.Errorf("it is closed: %w", ErrRemoved)
	}
	t.link, t.serial, t.slot = l, l.slot.Serial, l.slot
	return l, nil
}

// dial starts a child and has it open sessions.
func (t *Token) dial(ctx context.Context, serial string) (*link, error) {
	l, err := startLink(t.config.Module)
	if err != nil {
		return nil, err
	}
	made, err := tell[connected](ctx, l, opConnect, connect{t.config.TokenLabel, serial, t.config.Sessions}, t.config.Timeout)
	if err != nil {
		l.end(ErrRemoved)
		return nil, err
	}
	l.slot, l.turns = made.Slot, make(chan struct{}, 2*max(1, min(made.Sessions, sessionLimit)))
	return l, nil
}

// drop ends a child that was lost, unless somebody did already.
func (t *Token) drop(l *link, cause error) {
	l.end(cause)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.link == l {
		t.link = nil
	}
}

// Slot returns what the token said about itself when it was last opened.
func (t *Token) Slot() Slot {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slot
}

// Info returns what the token says about itself now.
func (t *Token) Info(ctx context.Context) (info Info, err error) {
	err = t.use(ctx, "read information", func(l *link) error {
		slot, err := tell[Slot](ctx, l, opInfo, nil, t.config.Timeout)
		info = slot.Info
		return err
	})
	return info, err
}

// Slots describes all tokens that a module sees, by serial number, in a child of its own.
func Slots(ctx context.Context, module string) ([]Slot, error) {
	l, err := startLink(module)
	var all []Slot
	if err == nil {
		all, err = tell[[]Slot](ctx, l, opSlots, nil, defaultTimeout)
		l.end(ErrRemoved)
	}
	if err != nil {
		return nil, fmt.Errorf("list tokens of %s: %w", module, err)
	}
	slices.SortFunc(all, func(a, b Slot) int { return cmp.Compare(a.Serial, b.Serial) })
	return all, nil
}

// List is Slots without the slots.
func List(ctx context.Context, module string) ([]Info, error) {
	all, err := Slots(ctx, module)
	var infos []Info
	for _, slot := range all {
		infos = append(infos, slot.Info)
	}
	return infos, err
}

// Close ends the child, and with it every session; the token logs out.
func (t *Token) Close() error {
	t.mu.Lock()
	l := t.link
	t.closed, t.link = true, nil
	t.mu.Unlock()
	if l != nil {
		l.end(fmt.Errorf("it was closed: %w", ErrRemoved))
	}
	return nil
}
