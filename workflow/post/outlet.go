package post

import (
	"time"

	"contractd/workflow"
)

// Outlet is what the configuration lets out, whatever is written. The zero Outlet is live.
type Outlet struct {
	Mode       workflow.Mode
	RedirectTo string // In the mode redirect: who gets every letter.
}

// Words that stand as the answer of a delivery that no server was asked about.
const (
	observed      = "observed: written and not sent; `contractd release` lets it leave"
	observedLater = "observed: not tried again; an earlier attempt may have been accepted"
	noCopy        = "redirected: no copy is kept in the Sent folder of what its recipient does not get"
)

// Admit says what the mode makes of a delivery: that it is held or cancelled, with what the journal tells of it, or that it
// may leave (no action), and to whom. A delivery that was redirected once stays so: what was written in a
// rehearsal must not reach a supplier when the mode changes.
func (o Outlet) Admit(delivery workflow.Delivery) (workflow.Delivery, workflow.Action) {
	if o.Mode == workflow.ModeRedirect && delivery.Redirect == "" {
		delivery.Redirect = o.RedirectTo
	}
	switch {
	case delivery.Redirect != "" && delivery.Channel == workflow.ChannelSent:
		delivery.State, delivery.Answer, delivery.Next = workflow.DeliveryCancelled, noCopy, time.Time{}
		return delivery, workflow.ActCancelled
	case o.Mode.Still():
		delivery.State, delivery.Answer, delivery.Next = workflow.DeliveryHeld, observed, time.Time{}
		if delivery.Attempts > 0 {
			delivery.Answer = observedLater
		}
		return delivery, workflow.ActObserved
	}
	return delivery, ""
}
