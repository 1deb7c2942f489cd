package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

// Revise hands over the draft of a new version. What the order leaves out is as in the version before. A repeated call with
// the same order.Request makes no second version.
func (c *Client) Revise(ctx context.Context, order outbound.Order, reason string, draft io.Reader, progress outbound.Progress) (workflow.Contract, error) {
	query := terms(order)
	query.Set("reason", reason)
	return c.watch(ctx, changing(contractPath(order.Number, "/revise?"+query.Encode()), order.Request).with(draft, "application/pdf"), progress)
}

// terms writes what an order says beside its number and supplier.
func terms(order outbound.Order) url.Values {
	query := url.Values{}
	if order.Title != "" {
		query.Set("title", order.Title)
	}
	if !order.Amount.IsZero() {
		query.Set("amount", order.Amount.String())
	}
	if !order.Deadline.IsZero() {
		query.Set("deadline", order.Deadline.Format(time.RFC3339))
	}
	if order.Hold {
		query.Set("hold", "true")
	}
	if order.Confirm {
		query.Set("confirm", "true")
	}
	if order.Elsewhere {
		query.Set("sealed", "true")
	}
	return query
}

// Reassign makes somebody else the owner of contracts, and returns them.
func (c *Client) Reassign(ctx context.Context, handover Handover) ([]workflow.Contract, error) {
	var contracts []workflow.Contract
	return contracts, c.change(ctx, http.MethodPost, "/v1/reassign", handover, &contracts)
}
