package cli

import (
	"context"
	"fmt"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// health counts what is where.
func (h *house) health(ctx context.Context) (api.Health, error) {
	health := api.Health{
		Contracts: map[workflow.State]int{}, Outbox: map[workflow.DeliveryState]int{}, Inbox: map[workflow.ArrivalState]int{},
	}
	contracts, err := h.ledger.Contracts(ctx, workflow.ContractFilter{})
	if err != nil {
		return health, fmt.Errorf("count contracts: %w", err)
	}
	for _, contract := range contracts {
		h.count(&health, contract)
	}
	deliveries, err := h.ledger.Deliveries(ctx, workflow.DeliveryFilter{})
	if err != nil {
		return health, fmt.Errorf("count deliveries: %w", err)
	}
	for _, delivery := range deliveries {
		health.Outbox[delivery.State]++
	}
	arrivals, err := h.ledger.Arrivals(ctx, nil)
	if err != nil {
		return health, fmt.Errorf("count arrivals: %w", err)
	}
	for _, arrival := range arrivals {
		health.Inbox[arrival.State]++
	}
	cursors, err := h.ledger.Cursors(ctx)
	for _, cursor := range cursors {
		if cursor.Polled.After(health.LastPoll) {
			health.LastPoll = cursor.Polled
		}
	}
	return health, err
}

func (h *house) count(health *api.Health, contract workflow.Contract) {
	health.Contracts[contract.State]++
	if contract.Overdue(h.now()) {
		health.Overdue++
	}
	if contract.State == workflow.StateDraft && contract.Waiting != "" {
		health.Waiting = append(health.Waiting, contract.Number+": "+contract.Waiting)
	}
	if contract.State == workflow.StateSent && (health.NextDeadline.IsZero() || contract.Deadline.Before(health.NextDeadline)) {
		health.NextDeadline = contract.Deadline
	}
}
