package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// DispatchLedger is what the Dispatcher needs of the store.
type DispatchLedger interface {
	// Apply writes the change whole or not at all; ErrConflict obliges the caller to read and decide again.
	Apply(ctx context.Context, change workflow.Change) error
	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
	Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error)
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
}

// Sender hands stored bytes to a mail server.
type Sender interface {
	// Send returns the server's answer. An error wrapping ErrTemporary or ErrAmbiguous is tried again with the same bytes;
	// ErrCredential stops sending for a while and calls a person; any other is final.
	Send(ctx context.Context, envelope workflow.Envelope, raw workflow.Document) (answer string, err error)
}

// SentFolder keeps our copies.
type SentFolder interface {
	// Append stores the message unless one with this Message-ID is there already. An error is tried again.
	Append(ctx context.Context, messageID string, raw workflow.Document) error
}

// Stops tells whether everything is held.
type Stops interface {
	// Hold returns the one record; the zero Hold lets everything pass.
	Hold(ctx context.Context) (workflow.Hold, error)
}

// Dispatcher sends what is due, one delivery after the other.
type Dispatcher struct {
	Ledger  DispatchLedger
	Stops   Stops       // While it holds, nothing leaves; nil never does.
	Outlet  post.Outlet // What may leave by the configuration.
	Sender  Sender
	Sent    SentFolder
	GiveUp  time.Duration // A delivery that failed for so long is refused for good; 0 means 5 days.
	Now     func() time.Time
	Log     *slog.Logger
	Changed func()      // Told after each delivery that changed something; may be nil.
	Clerk   *post.Clerk // Tells managers of what cannot be delivered.

	// Of Pass alone:
	locked     time.Time                   // The server refused our credentials: nobody knocks before then.
	unrecorded func(context.Context) error // Records an attempt whose outcome the disk did not take yet; nil where there is none.
}

// lockedFor is how long a refused login rests: servers lock accounts that go on trying.
const lockedFor = 30 * time.Minute

// Pass sends every delivery that is due, and returns how many attempts were made. A delivery found claimed was
// begun by a process that died: it is sent again with the same bytes and Message-ID.
func (d *Dispatcher) Pass(ctx context.Context) (int, error) {
	if d.Now().Before(d.locked) {
		return 0, nil
	}
	if held, err := d.held(ctx); held || err != nil {
		return 0, err
	}
	if err := d.catchUp(ctx); err != nil {
		return 0, err
	}
	due, err := d.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Due: d.Now()})
	if err != nil {
		return 0, fmt.Errorf("list due deliveries: %w", err)
	}
	for n, delivery := range due {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		err := d.deliver(ctx, delivery)
		if errors.Is(err, workflow.ErrCredential) { // A person must act; every other letter would be refused the same way.
			d.locked = d.Now().Add(lockedFor)
			return n + 1, nil
		}
		if err != nil {
			return n, err
		}
	}
	return len(due), nil
}

// catchUp records what the last attempt came to before another one begins: a letter that was accepted while the disk was
// full must not leave a second time.
func (d *Dispatcher) catchUp(ctx context.Context) error {
	if d.unrecorded == nil {
		return nil
	}
	err := d.unrecorded(ctx)
	if !errors.Is(err, workflow.ErrSpace) {
		d.unrecorded = nil
	}
	return err
}

// held reports whether nothing may leave, because the store was restored or copied.
func (d *Dispatcher) held(ctx context.Context) (bool, error) {
	if d.Stops == nil {
		return false, nil
	}
	hold, err := d.Stops.Hold(ctx)
	if err != nil {
		return true, fmt.Errorf("read whether letters are held: %w", err)
	}
	return hold.Active(), nil
}

// Next returns when the earliest queued delivery is due, or the zero time.
func (d *Dispatcher) Next(ctx context.Context) (time.Time, error) {
	if held, err := d.held(ctx); held || err != nil {
		return time.Time{}, err
	}
	queued, err := d.Ledger.Deliveries(ctx, workflow.DeliveryFilter{States: []workflow.DeliveryState{workflow.DeliveryQueued}})
	var next time.Time
	for _, delivery := range queued {
		if next.IsZero() || delivery.Next.Before(next) {
			next = delivery.Next
		}
	}
	if !next.IsZero() && next.Before(d.locked) { // Nobody knocks before then, so nobody need look.
		next = d.locked
	}
	return next, err
}

// deliver claims, sends, and records the result. An error means that the ledger failed, or wraps ErrCredential; what
// else becomes of the mail is recorded.
func (d *Dispatcher) deliver(ctx context.Context, delivery workflow.Delivery) error {
	letter, err := d.Ledger.Letter(ctx, delivery.Letter)
	if err != nil {
		return fmt.Errorf("deliver letter %s: %w", delivery.Letter, err)
	}
	if withdrawn, err := d.cancelled(ctx, delivery, letter); withdrawn || err != nil {
		return err
	}
	delivery, kept := d.Outlet.Admit(delivery)
	if kept != "" {
		return d.keep(ctx, delivery, post.Kept(d.Now(), kept, delivery))
	}
	claimed, err := d.claim(ctx, delivery)
	if errors.Is(err, workflow.ErrConflict) { // Cancelled or held meanwhile.
		return nil
	}
	if err != nil {
		return err
	}
	// A daemon that is being stopped lets a mail under way end, within the sender's own deadlines: cut off before the
	// server's answer it would leave a second time.
	ctx = context.WithoutCancel(ctx)
	answer, failure := d.send(ctx, claimed, letter)
	err = d.record(ctx, claimed, letter, answer, failure)
	if errors.Is(err, workflow.ErrSpace) {
		d.unrecorded = func(ctx context.Context) error { return d.record(ctx, claimed, letter, answer, failure) }
	}
	if err == nil && errors.Is(failure, workflow.ErrCredential) {
		return failure
	}
	return err
}

// cancelled takes back the letter of a contract that was withdrawn while an attempt was under way: Withdraw cannot cancel
// a claimed delivery, and after a temporary failure that is queued again. Nobody needs to get a contract, either,
// whose return is archived: a restored store may not know that it was mailed.
func (d *Dispatcher) cancelled(ctx context.Context, delivery workflow.Delivery, letter workflow.Letter) (bool, error) {
	if letter.Kind != workflow.LetterContract {
		return false, nil
	}
	contract, err := d.Ledger.Contract(ctx, letter.Contract)
	answered := contract.State == workflow.StateArchived && delivery.Channel == workflow.ChannelTo
	if err != nil || contract.State != workflow.StateWithdrawn && !answered {
		return false, err
	}
	if delivery.Channel == workflow.ChannelSent { // Of what somebody got we keep our copy.
		if left, err := d.left(ctx, letter); left || err != nil {
			return false, err
		}
	}
	delivery.State, delivery.Next = workflow.DeliveryCancelled, time.Time{}
	return true, d.keep(ctx, delivery, d.entry(workflow.ActCancelled, delivery, map[string]string{"reason": "contract " + string(contract.State)}))
}

// left reports whether the mail server of any recipient took the letter.
func (d *Dispatcher) left(ctx context.Context, letter workflow.Letter) (bool, error) {
	all, err := d.Ledger.Deliveries(ctx, workflow.DeliveryFilter{Letter: letter.ID, States: []workflow.DeliveryState{workflow.DeliveryAccepted}})
	if err != nil {
		return false, fmt.Errorf("list deliveries of letter %s: %w", letter.ID, err)
	}
	return slices.ContainsFunc(all, func(one workflow.Delivery) bool { return one.Channel != workflow.ChannelSent }), nil
}

// keep records that a delivery does not leave; somebody else may have decided so meanwhile.
func (d *Dispatcher) keep(ctx context.Context, delivery workflow.Delivery, entry workflow.Entry) error {
	err := d.Ledger.Apply(ctx, workflow.Change{Deliveries: []workflow.Delivery{delivery}, Entries: []workflow.Entry{entry}})
	if errors.Is(err, workflow.ErrConflict) {
		return nil
	}
	return err
}

// claim makes the attempt durable before it begins, so that a crash cannot hide it.
func (d *Dispatcher) claim(ctx context.Context, delivery workflow.Delivery) (workflow.Delivery, error) {
	delivery.State = workflow.DeliveryClaimed
	delivery.Attempts++
	if delivery.First.IsZero() {
		delivery.First = d.Now()
	}
	err := d.Ledger.Apply(ctx, workflow.Change{
		Deliveries: []workflow.Delivery{delivery},
		Entries:    []workflow.Entry{d.entry(workflow.ActClaimed, delivery, map[string]string{"attempt": fmt.Sprint(delivery.Attempts)})},
	})
	delivery.Revision++
	return delivery, err
}

func (d *Dispatcher) send(ctx context.Context, delivery workflow.Delivery, letter workflow.Letter) (string, error) {
	raw, closer, err := d.Ledger.Document(ctx, letter.Raw)
	if err != nil {
		return "", fmt.Errorf("open letter %s: %w: %w", letter.ID, err, workflow.ErrTemporary)
	}
	defer closer.Close()
	if delivery.Channel == workflow.ChannelSent {
		return "", temporary(d.Sent.Append(ctx, letter.MessageID, raw))
	}
	return d.Sender.Send(ctx, workflow.Envelope{From: letter.From, To: cmp.Or(delivery.Redirect, delivery.Recipient)}, raw)
}

func temporary(err error) error {
	if err == nil || errors.Is(err, workflow.ErrTemporary) {
		return err
	}
	return fmt.Errorf("%w: %w", err, workflow.ErrTemporary)
}
