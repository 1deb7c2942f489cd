package bolt

import (
	"time"

	"contractd/workflow"
)

func deliveryFacts(d *workflow.Delivery) []fact {
	facts := []fact{
		about(byLetter, d.ID, textKey(d.Letter)),
		about(byDeliveryState, d.ID, textKey(d.State)),
	}
	if d.Contract != "" {
		facts = append(facts, about(byDeliveryOf, d.ID, textKey(d.Contract)))
	}
	switch d.State {
	case workflow.DeliveryQueued:
		facts = append(facts, about(byDeliveryDue, d.ID, timeKey(d.Next)))
	case workflow.DeliveryClaimed: // Whoever claimed it may have died: due at any time.
		facts = append(facts, about(byDeliveryDue, d.ID, timeKey(time.Time{})))
	}
	return facts
}
