package cli

import (
	"context"
	"fmt"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// health counts what is where. It reads indexes, and of the records only those that wait for something.
func (h *house) health(ctx context.Context) (api.Health, error) {
	tally, err := h.ledger.Tally(ctx, h.now())
	if err != nil {
		return api.Health{}, fmt.Errorf("count: %w", err)
	}
	health := api.Health{
		Alarms: []string{}, Contracts: tally.Contracts, Overdue: tally.Overdue, NextDeadline: tally.NextDeadline,
		Outbox: tally.Deliveries, OldestLetter: tally.OldestLetter, Inbox: tally.Arrivals, OldestArrival: tally.OldestArrival,
	}
	drafts, err := h.ledger.Contracts(ctx, workflow.ContractFilter{States: []workflow.State{workflow.StateDraft}})
	if err != nil {
		return health, fmt.Errorf("list drafts: %w", err)
	}
	for _, draft := range drafts {
		if draft.Waiting != "" {
			health.Waiting = append(health.Waiting, draft.Number+": "+draft.Waiting)
		}
	}
	if err := h.lastPoll(ctx, &health); err != nil {
		return health, err
	}
	if err := h.stillness(ctx, &health); err != nil {
		return health, err
	}
	return health, h.alarms(ctx, &health)
}

func (h *house) lastPoll(ctx context.Context, health *api.Health) error {
	cursors, err := h.ledger.Cursors(ctx)
	if err != nil {
		return fmt.Errorf("read cursors: %w", err)
	}
	for _, cursor := range cursors {
		if cursor.Polled.After(health.LastPoll) {
			health.LastPoll = cursor.Polled
		}
	}
	return nil
}

// What waits longer than this waits for a person.
const (
	letterPatience  = time.Hour // Servers that greylist let a letter in within minutes.
	arrivalPatience = time.Hour
)

// alarms tells what needs a person now, daemon or not.
func (h *house) alarms(ctx context.Context, health *api.Health) error {
	now := h.now()
	alarm := func(holds bool, form string, args ...any) {
		if holds {
			health.Alarms = append(health.Alarms, fmt.Sprintf(form, args...))
		}
	}
	older := func(since time.Time, patience time.Duration) bool {
		return !since.IsZero() && now.Sub(since) > patience
	}
	n := health.Contracts[workflow.StateUndeliverable]
	alarm(n > 0, "%d contracts are undeliverable: `archive query --state undeliverable` lists them", n)
	alarm(len(health.Waiting) > 0, "%d contracts wait for a key or a person", len(health.Waiting))
	alarm(older(health.OldestLetter, letterPatience), "a letter waits since %s", health.OldestLetter.UTC().Format(time.RFC3339))
	alarm(older(health.OldestArrival, arrivalPatience), "a message waits for its judgement since %s", health.OldestArrival.UTC().Format(time.RFC3339))
	health.Disk = h.disk()
	alarm(h.diskAlarm() != "", "%s", h.diskAlarm())
	records, err := h.keys(ctx)
	for _, key := range records {
		alarm(!key.Suspended.IsZero(), "key %s is suspended: `token resume %s` lets its PIN be tried again", key.Name, key.Name)
	}
	return err
}

// health adds what only the daemon knows.
func (d *daemon) health(ctx context.Context) (api.Health, error) {
	health, err := d.house.health(ctx)
	health.Daemon = true
	health.MailboxError = d.trouble.String()
	if since, late := d.pollLate(health.LastPoll); late {
		health.Alarms = append(health.Alarms, "the mailbox was not read since "+since.UTC().Format(time.RFC3339))
	}
	for _, loop := range d.watch.Hung() {
		health.Alarms = append(health.Alarms, "the loop "+loop+" hangs: restart the daemon")
	}
	return health, err
}

// pollIntervals is how many looks at the mailbox may be missed; the server is asked at least every ten minutes, also
// where it announces mail.
const pollIntervals = 5

// pollLate reports whether the mailbox should have been read since, and since when it was not.
func (d *daemon) pollLate(last time.Time) (since time.Time, late bool) {
	if last.Before(d.started) {
		last = d.started
	}
	patience := max(pollIntervals*d.house.cfg.Mail.IMAP.Poll.Std(), 20*time.Minute)
	return last, d.house.now().Sub(last) > patience
}
