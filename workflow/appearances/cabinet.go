// Package appearances keeps the named seals (签章外观): who may add and retire them, and which may be used.
//
// It promises that a seal's name and picture never change, that each act is one transaction with its journal entry and
// the picture that it names, and that a seal which has expired, is not valid yet or was retired is refused whenever it
// is asked for. It draws nothing and reads no picture: an Artist does.
package appearances

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
)

// Ledger is what the Cabinet needs of the store.
type Ledger interface {
	// Apply writes the change whole or not at all; ErrConflict means that the name was taken or the seal changed meanwhile.
	Apply(ctx context.Context, change workflow.Change) error
	// Appearance returns an error wrapping ErrNotFound for an unknown name.
	Appearance(ctx context.Context, name string) (workflow.Appearance, error)
	Appearances(ctx context.Context) ([]workflow.Appearance, error)
}

// Artist makes pictures.
type Artist interface {
	// Draw returns the picture as it will stand, a PNG. Errors wrapping ErrUsage blame what was given or asked.
	Draw(ctx context.Context, order Order, given workflow.Document) (Drawn, error)
}

// Drawn is a picture ready for a seal.
type Drawn struct {
	Picture workflow.Document
	Source  string // png, jpeg, svg, or generated.
}

// Order is what an administrator asks a new seal to be.
type Order struct {
	Name  string
	Key   string
	Size  float64             // Longer edge in mm; 0 means what is usual.
	Lines []workflow.SealLine // nil means all; empty, none.
	From  time.Time
	Until time.Time
	White bool // The picture stands on white, which becomes transparent.

	Generate string // company or personal: drawn for trials, in place of a picture that is given.
	Text     string // The name in a generated seal.
	Number   string // The number in it.
}

// Sizes of seals in millimetres, and of one whose size nobody said.
const (
	smallest = 5
	largest  = 60
	usual    = 40
)

// Cabinet is where the seals are kept.
type Cabinet struct {
	Ledger Ledger
	Artist Artist
	Keys   []string // The configured ones.
	Now    func() time.Time
}

// Add makes a seal of a picture, or draws one.
func (c *Cabinet) Add(ctx context.Context, actor workflow.Actor, order Order, given workflow.Document) (workflow.Appearance, error) {
	seal, err := c.add(ctx, actor, order, given)
	if err != nil {
		return workflow.Appearance{}, fmt.Errorf("add appearance %q: %w", order.Name, err)
	}
	return seal, nil
}

func (c *Cabinet) add(ctx context.Context, actor workflow.Actor, order Order, given workflow.Document) (none workflow.Appearance, err error) {
	if err := c.admissible(ctx, actor, &order, given); err != nil {
		return none, err
	}
	drawn, err := c.Artist.Draw(ctx, order, given)
	if err != nil {
		return none, err
	}
	now := c.Now()
	seal := workflow.Appearance{
		Name: order.Name, Key: order.Key, Picture: drawn.Picture.Ref, Source: drawn.Source, Size: order.Size, Lines: order.Lines,
		Trial: order.Generate != "", From: order.From, Until: order.Until, Created: now, CreatedBy: actor.Name,
	}
	details := map[string]string{"key": seal.Key, "picture": seal.Picture.Hash.String(), "source": seal.Source, "size": fmt.Sprintf("%g mm", seal.Size)}
	for name, at := range map[string]time.Time{"from": seal.From, "until": seal.Until} {
		if !at.IsZero() {
			details[name] = at.Format(time.RFC3339)
		}
	}
	change := c.change(ctx, actor, workflow.ActAppearance, seal, details)
	change.Documents = []workflow.Document{drawn.Picture}
	if err := c.Ledger.Apply(ctx, change); err != nil {
		if errors.Is(err, workflow.ErrConflict) {
			return none, taken()
		}
		return none, err
	}
	return c.Ledger.Appearance(ctx, seal.Name)
}

// Retire ends a seal for ever. What it sealed stays sealed.
func (c *Cabinet) Retire(ctx context.Context, actor workflow.Actor, name string) (workflow.Appearance, error) {
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil {
		return workflow.Appearance{}, err
	}
	seal, err := c.find(ctx, name)
	if err != nil {
		return seal, err
	}
	if !seal.Retired.IsZero() {
		return seal, workflow.WithHint(fmt.Errorf("retire appearance %q, which %s retired on %s: %w", name, seal.RetiredBy, seal.Retired.Format(time.DateOnly), workflow.ErrState),
			"nothing is left to do")
	}
	seal.Retired, seal.RetiredBy = c.Now(), actor.Name
	if err := c.Ledger.Apply(ctx, c.change(ctx, actor, workflow.ActLookEnded, seal, map[string]string{"key": seal.Key})); err != nil {
		return seal, fmt.Errorf("retire appearance %q: %w", name, err)
	}
	return c.Ledger.Appearance(ctx, name)
}

// List returns all seals by their names, retired and expired ones too.
func (c *Cabinet) List(ctx context.Context, actor workflow.Actor) ([]workflow.Appearance, error) {
	if err := actor.NeedForAll(workflow.RightView); err != nil {
		return nil, err
	}
	seals, err := c.Ledger.Appearances(ctx)
	if err != nil {
		return nil, fmt.Errorf("list appearances: %w", err)
	}
	return append([]workflow.Appearance{}, seals...), nil
}

// Find returns one seal.
func (c *Cabinet) Find(ctx context.Context, actor workflow.Actor, name string) (workflow.Appearance, error) {
	if err := actor.NeedForAll(workflow.RightView); err != nil {
		return workflow.Appearance{}, err
	}
	return c.find(ctx, name)
}

// Use returns a seal for a key that is about to seal with it, or an error wrapping ErrPolicy, or ErrNotFound, that says
// why it must not.
func (c *Cabinet) Use(ctx context.Context, name, key string) (workflow.Appearance, error) {
	seal, err := c.find(ctx, name)
	if err != nil {
		return seal, err
	}
	if seal.Key != key {
		return seal, workflow.WithHint(fmt.Errorf("use appearance %q with key %q: it belongs to key %q: %w", name, key, seal.Key, workflow.ErrPolicy),
			"name a seal of that key in [[seal.marks]] of the configuration")
	}
	return seal, seal.Usable(c.Now())
}

func (c *Cabinet) find(ctx context.Context, name string) (workflow.Appearance, error) {
	seal, err := c.Ledger.Appearance(ctx, name)
	if errors.Is(err, workflow.ErrNotFound) {
		return seal, workflow.WithHint(fmt.Errorf("find appearance %q: %w", name, workflow.ErrNotFound), "see the known ones with `contractd appearance list`")
	}
	if err != nil {
		return seal, fmt.Errorf("find appearance %q: %w", name, err)
	}
	return seal, nil
}

func (c *Cabinet) change(ctx context.Context, actor workflow.Actor, action workflow.Action, seal workflow.Appearance, details map[string]string) workflow.Change {
	now := c.Now()
	return workflow.Change{
		Appearances: []workflow.Appearance{seal}, Requests: workflow.RequestsFor(ctx, "", now),
		Entries: []workflow.Entry{{Time: now, Actor: actor.Name, Action: action, Subject: "appearance/" + seal.Name, Details: details}},
	}
}

func taken() error {
	return workflow.WithHint(fmt.Errorf("the name is taken: %w", workflow.ErrExists), "choose another one: the journal and sealed contracts tell of seals by name")
}

func known(lines []workflow.SealLine) error {
	for _, line := range lines {
		if !slices.Contains(workflow.SealLines(), line) {
			return workflow.WithHint(fmt.Errorf("line %q: %w", line, workflow.ErrUsage), "signer, date and reason are known")
		}
	}
	return nil
}
