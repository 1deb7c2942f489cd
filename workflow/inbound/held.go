package inbound

import (
	"context"
	"fmt"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Stops tells whether everything is held.
type Stops interface {
	// Hold returns the one record; the zero Hold lets everything pass.
	Hold(ctx context.Context) (workflow.Hold, error)
}

// heldRest is how long a judged message lies before it is looked at again whether it may be filed.
const heldRest = 10 * time.Minute

// hold returns whether the store is held, or was.
func (j *Judge) hold(ctx context.Context) (workflow.Hold, error) {
	if j.Stops == nil {
		return workflow.Hold{}, nil
	}
	hold, err := j.Stops.Hold(ctx)
	if err != nil {
		return hold, fmt.Errorf("read whether the store is held: %w", err)
	}
	return hold, nil
}

// beforeRestore reports whether the message came while another daemon may have served the contract: what it sent, this
// store does not know.
func (t *trial) beforeRestore(ctx context.Context) (bool, error) {
	hold, err := t.judge.hold(ctx)
	return t.arrival.Internal.Before(hold.Since), err
}

// oldMail is the answer of a delivery that waits because of the age of the message that caused it.
const oldMail = "held: it is about mail from before this store began or was restored; `contractd release` lets it leave"

// oldMargin is how far the mail server's clock may be behind ours.
const oldMargin = time.Hour

// keepOld holds every letter about a message that is older than the store, or than its restoring: years of mail are
// not answered at the first start, and nothing is answered a second time because a store was restored.
func (t *trial) keepOld(ctx context.Context) error {
	restored, err := t.beforeRestore(ctx)
	if err != nil {
		return err
	}
	if restored || older(t.arrival.Internal, t.judge.Began) {
		keepBack(&t.change, t.judge.Now())
	}
	return nil
}

// older reports whether mail came before the store began.
func older(came, began time.Time) bool { return came.Before(began.Add(-oldMargin)) }

// keepBack holds every letter of a change.
func keepBack(change *workflow.Change, now time.Time) {
	for n := range change.Deliveries {
		delivery := &change.Deliveries[n]
		if delivery.State != workflow.DeliveryQueued {
			continue
		}
		delivery.State, delivery.Next, delivery.Answer = workflow.DeliveryHeld, time.Time{}, oldMail
		change.Entries = append(change.Entries, post.Kept(now, workflow.ActObserved, *delivery))
	}
}
