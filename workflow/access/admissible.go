package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"contractd/workflow"
)

// mayKeep refuses programs: a key that leaked must not make others.
func mayKeep(actor workflow.Actor, doing string) error {
	if err := actor.Need(workflow.RightAdminister); err != nil {
		return err
	}
	if actor.Kind == workflow.KindProgram {
		return workflow.WithHint(fmt.Errorf("%s API key as program %q: %w", doing, actor.Name, workflow.ErrRight), "a person who may administer does that")
	}
	return nil
}

// admissible refuses a key that could do nothing, or whose name would mislead a reader of the journal.
func (g *Gate) admissible(ctx context.Context, actor workflow.Actor, order Order) error {
	if err := g.goodName(ctx, actor, order.Name); err != nil {
		return err
	}
	known := []workflow.Right{workflow.RightView, workflow.RightSend, workflow.RightDecide, workflow.RightAdminister}
	for _, right := range order.Rights {
		if !slices.Contains(known, right) {
			return fmt.Errorf("right %q must be one of %s: %w", right, join(known), workflow.ErrUsage)
		}
	}
	if len(order.Rights) == 0 {
		return workflow.WithHint(fmt.Errorf("a right is missing: %w", workflow.ErrUsage), "name at least one of "+join(known))
	}
	if !order.Expires.IsZero() && !order.Expires.After(g.Now()) {
		return fmt.Errorf("%s has passed already: %w", order.Expires.Format(time.RFC3339), workflow.ErrUsage)
	}
	for _, supplier := range order.Suppliers {
		if _, err := g.Ledger.Supplier(ctx, supplier); err != nil {
			return workflow.WithHint(fmt.Errorf("supplier %q: %w", supplier, err), "list the known ones with `contractd supplier list`")
		}
	}
	return nil
}

// goodName wants a name that one key in use, and no person, bears: journal entries tell who acted by name.
func (g *Gate) goodName(ctx context.Context, actor workflow.Actor, name string) error {
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
	}
	if name == "" || len(name) > 64 || strings.TrimSpace(name) != name || strings.ContainsFunc(name, odd) {
		return fmt.Errorf("the name wants 1 to 64 bytes of plain text: %w", workflow.ErrUsage)
	}
	if slices.Contains(g.People, name) || name == workflow.System.Name || name == actor.Name {
		return workflow.WithHint(fmt.Errorf("the name belongs to somebody else: %w", workflow.ErrExists), "the journal names who acted; choose a name of the program's own")
	}
	keys, err := g.Ledger.APIKeys(ctx)
	if err != nil {
		return fmt.Errorf("list API keys: %w", err)
	}
	for _, key := range keys {
		if _, err := key.Actor(g.Now()); err == nil && key.Name == name {
			return workflow.WithHint(fmt.Errorf("key %s has the name: %w", key.ID, workflow.ErrExists),
				"choose another name, or first `contractd apikey revoke "+string(key.ID)+"`")
		}
	}
	return nil
}
