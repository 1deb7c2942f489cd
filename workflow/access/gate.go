// Package access keeps the API keys by which programs act.
//
// It promises that the secret of a key is told once and kept nowhere, that only an administrator who is no program
// adds and revokes keys, that each of these acts is one transaction with its journal entry, and that a key which is
// unknown, revoked or expired lets nobody in. It does not decide what a program may do: services ask its Actor.
package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"contractd/workflow"
)

// Ledger is what the Gate needs of the store.
type Ledger interface {
	// Apply writes the change whole or not at all; ErrConflict means that somebody else changed the key meanwhile.
	Apply(ctx context.Context, change workflow.Change) error
	// APIKey returns an error wrapping ErrNotFound for an unknown id.
	APIKey(ctx context.Context, id workflow.APIKeyID) (workflow.APIKey, error)
	APIKeys(ctx context.Context) ([]workflow.APIKey, error)
	// Supplier returns an error wrapping ErrNotFound for an unknown id.
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
}

// Gate is where programs show their keys.
type Gate struct {
	Ledger Ledger
	People []string // Names of people, which no program may bear in the journal.
	Now    func() time.Time

	mu sync.Mutex // Guards the time between seeing that a name is free and taking it.
}

// Order is what an administrator asks a new key to be.
type Order struct {
	Name      string                `json:"name"`
	Rights    []workflow.Right      `json:"rights"`
	Suppliers []workflow.SupplierID `json:"suppliers,omitempty"` // None means everybody's.
	Expires   time.Time             `json:"expires,omitzero"`    // Zero means never.
}

// Add makes a key and returns it with its text, which nobody can learn again.
func (g *Gate) Add(ctx context.Context, actor workflow.Actor, order Order) (workflow.APIKey, string, error) {
	if err := mayKeep(actor, "add"); err != nil {
		return workflow.APIKey{}, "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.admissible(ctx, actor, order); err != nil {
		return workflow.APIKey{}, "", fmt.Errorf("add API key %q: %w", order.Name, err)
	}
	secret := newSecret()
	key := workflow.APIKey{
		ID: workflow.APIKeyID(workflow.NewID()), Name: order.Name, Secret: workflow.HashOf([]byte(secret)), Rights: order.Rights,
		Suppliers: order.Suppliers, Created: g.Now(), CreatedBy: actor.Name, Expires: order.Expires,
	}
	details := map[string]string{"name": key.Name, "rights": join(key.Rights), "suppliers": join(key.Suppliers)}
	if !key.Expires.IsZero() {
		details["expires"] = key.Expires.Format(time.RFC3339)
	}
	if err := g.record(ctx, actor, workflow.ActKeyAdded, key, details); err != nil {
		return workflow.APIKey{}, "", err
	}
	stored, err := g.Ledger.APIKey(ctx, key.ID)
	return stored, text(key.ID, secret), err
}

// Revoke ends a key for ever.
func (g *Gate) Revoke(ctx context.Context, actor workflow.Actor, id workflow.APIKeyID) (workflow.APIKey, error) {
	if err := mayKeep(actor, "revoke"); err != nil {
		return workflow.APIKey{}, err
	}
	key, err := g.Ledger.APIKey(ctx, id)
	if err != nil {
		return key, workflow.WithHint(fmt.Errorf("revoke API key %q: %w", id, err), "see the ids with `contractd apikey list`")
	}
	if !key.Revoked.IsZero() {
		return key, workflow.WithHint(fmt.Errorf("revoke API key %s, which %s revoked at %s: %w", id, key.RevokedBy, key.Revoked.Format(time.RFC3339), workflow.ErrState),
			"nothing is left to do")
	}
	key.Revoked, key.RevokedBy = g.Now(), actor.Name
	if err := g.record(ctx, actor, workflow.ActKeyRevoked, key, map[string]string{"name": key.Name}); err != nil {
		return key, err
	}
	return g.Ledger.APIKey(ctx, id)
}

// List returns every key, revoked and expired ones too.
func (g *Gate) List(ctx context.Context, actor workflow.Actor) ([]workflow.APIKey, error) {
	if err := mayKeep(actor, "list"); err != nil {
		return nil, err
	}
	keys, err := g.Ledger.APIKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	slices.SortStableFunc(keys, func(a, b workflow.APIKey) int { return a.Created.Compare(b.Created) })
	return keys, nil
}

// Find returns one key by its id.
func (g *Gate) Find(ctx context.Context, actor workflow.Actor, id workflow.APIKeyID) (workflow.APIKey, error) {
	if err := mayKeep(actor, "look at"); err != nil {
		return workflow.APIKey{}, err
	}
	return g.Ledger.APIKey(ctx, id)
}

// Admit returns whom a key's text lets act. An error wrapping ErrUnknown says why it lets nobody: for the log, never for
// the caller, who must not learn which keys there are.
func (g *Gate) Admit(ctx context.Context, shown string) (workflow.Actor, error) {
	id, secret, formed := parse(shown)
	if !formed {
		return workflow.Actor{}, fmt.Errorf("read API key: it has not the form of one: %w", workflow.ErrUnknown)
	}
	key, err := g.Ledger.APIKey(ctx, id)
	if err != nil && !errors.Is(err, workflow.ErrNotFound) {
		return workflow.Actor{}, fmt.Errorf("look up API key: %w", err)
	}
	given := workflow.HashOf([]byte(secret))
	// Compared for an unknown id too, against nothing: the time that it takes tells nothing about ids.
	same := subtle.ConstantTimeCompare(given[:], key.Secret[:]) == 1
	if err != nil || !same {
		return workflow.Actor{}, fmt.Errorf("API key %q: no such id, or not its secret: %w", id, workflow.ErrUnknown)
	}
	actor, err := key.Actor(g.Now())
	if err != nil {
		return workflow.Actor{}, fmt.Errorf("%w: %w", err, workflow.ErrUnknown)
	}
	return actor, nil
}

func (g *Gate) record(ctx context.Context, actor workflow.Actor, action workflow.Action, key workflow.APIKey, details map[string]string) error {
	now := g.Now()
	err := g.Ledger.Apply(ctx, workflow.Change{
		APIKeys:  []workflow.APIKey{key},
		Requests: workflow.RequestsFor(ctx, "", now),
		Entries: []workflow.Entry{{
			Time: now, Actor: actor.Name, Action: action, Subject: "apikey/" + string(key.ID), Details: details,
		}},
	})
	if err != nil {
		return fmt.Errorf("record %s %s: %w", action, key.ID, err)
	}
	return nil
}
