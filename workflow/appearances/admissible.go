package appearances

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// admissible refuses an order before anything is drawn, and completes it.
func (c *Cabinet) admissible(ctx context.Context, actor workflow.Actor, order *Order, given workflow.Document) error {
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil {
		return err
	}
	if err := workflow.CheckNumber(order.Name); err != nil || len(order.Name) > 64 || strings.Contains(order.Name, "/") {
		return fmt.Errorf("the name wants 1 to 64 letters, digits or - _ .: %w", workflow.ErrUsage)
	}
	if !slices.Contains(c.Keys, order.Key) {
		return workflow.WithHint(fmt.Errorf("key %q is not configured: %w", order.Key, workflow.ErrUsage), "name one of [[keys]]: "+strings.Join(c.Keys, ", "))
	}
	if err := order.complete(given); err != nil {
		return err
	}
	switch {
	case !(order.Size >= smallest && order.Size <= largest):
		return workflow.WithHint(fmt.Errorf("a seal of %g mm: want %d to %d: %w", order.Size, smallest, largest, workflow.ErrUsage), "a company seal has about 40 mm, a personal one 20")
	case !order.Until.IsZero() && !order.Until.After(order.From):
		return workflow.WithHint(fmt.Errorf("it would end before it begins: %w", workflow.ErrUsage), "name an end after its beginning (until, from)")
	case !order.Until.IsZero() && !order.Until.After(c.Now()):
		err := fmt.Errorf("%s has passed already: %w", order.Until.Format("2006-01-02"), workflow.ErrUsage)
		return workflow.WithHint(err, "name a day to come as its end (until), or leave it out: then it has none")
	}
	if err := known(order.Lines); err != nil {
		return err
	}
	_, err := c.Ledger.Appearance(ctx, order.Name)
	switch {
	case err == nil:
		return taken()
	case errors.Is(err, workflow.ErrNotFound):
		return nil
	}
	return err
}

// complete fills the defaults, and refuses what contradicts itself.
func (o *Order) complete(given workflow.Document) error {
	switch {
	case o.Generate == "" && given.Size == 0:
		return workflow.WithHint(fmt.Errorf("a picture is missing: %w", workflow.ErrUsage), "name one with --image, or have a trial seal drawn with --generate company or personal")
	case o.Generate != "" && given.Size > 0:
		return fmt.Errorf("a picture is given, and one is to be generated: %w", workflow.ErrUsage)
	case o.Generate == "" && (o.Text != "" || o.Number != ""):
		return fmt.Errorf("name and number stand in generated seals only: %w", workflow.ErrUsage)
	case o.Generate != "" && o.White:
		return fmt.Errorf("a generated seal has no white to make transparent: %w", workflow.ErrUsage)
	}
	if o.Size == 0 {
		o.Size = usual
		if o.Generate == "personal" {
			o.Size = usual / 2
		}
	}
	if o.Lines == nil {
		o.Lines = workflow.SealLines()
	}
	return nil
}
