package post

import (
	"fmt"

	"contractd/workflow"
)

// Again adds deliveries of a letter that is stored already: the same bytes with the same Message-ID, so that whoever got
// it before recognises it. Earlier are all deliveries of the letter so far.
func (c *Clerk) Again(change *workflow.Change, letter workflow.Letter, earlier []workflow.Delivery, recipients []string) {
	now, round := c.Now(), 0
	for _, delivery := range earlier {
		round = max(round, delivery.Round)
	}
	for n, recipient := range recipients {
		admitted, action := c.Outlet.Admit(workflow.Delivery{
			ID:     workflow.DeliveryID(fmt.Sprintf("%s-%d", letter.ID, len(earlier)+n+1)),
			Letter: letter.ID, Contract: letter.Contract, Recipient: recipient, Channel: workflow.ChannelTo,
			Round: round + 1, State: workflow.DeliveryQueued, Next: now,
		})
		change.Deliveries = append(change.Deliveries, admitted)
		if action != "" {
			change.Entries = append(change.Entries, Kept(now, action, admitted))
		}
	}
}
