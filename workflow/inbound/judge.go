package inbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Ledger is what the Judge needs of the store, beside the Register.
type Ledger interface {
	// Apply writes the change whole or not at all; ErrConflict obliges the caller to read and decide again.
	Apply(ctx context.Context, change workflow.Change) error
	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
}

// Queue holds arrivals that are not finished.
type Queue interface {
	// ArrivalsDue returns arrivals to be judged by now, and judged ones that are still to be filed.
	ArrivalsDue(ctx context.Context, now time.Time, limit int) ([]workflow.Arrival, error)
	Arrival(ctx context.Context, id workflow.ArrivalID) (workflow.Arrival, error)
	Receipt(ctx context.Context, id workflow.ReceiptID) (workflow.Receipt, error)
	// Receipts returns what came in for a contract before.
	Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error)
}

// Parser finds PDFs in raw messages.
type Parser interface {
	// Parse returns what is in the message; the closer releases the PDFs. A damaged message is not an error.
	Parse(ctx context.Context, raw workflow.Document) (workflow.Message, io.Closer, error)
}

// Return is a PDF that came back for a contract.
type Return struct {
	Document workflow.Document
	Sent     workflow.Document // What we mailed.
	Contract workflow.Contract
	Supplier workflow.Supplier
	Match    workflow.Match
	Stamp    workflow.Document // The token of our timestamp over Document, taken at arrival; without a reader where there is none.
}

// Verifier judges returned PDFs.
type Verifier interface {
	// Verify judges in the contract lane. An error means that the question could not be answered, and is tried again.
	Verify(ctx context.Context, returned Return) (workflow.Verdict, error)
	// Values returns the digests of all signature values that can be found in the file, trusted or not.
	Values(ctx context.Context, document workflow.Document) ([]workflow.Hash, error)
	// Codes returns the texts of our QR codes that the pages show. What cannot be shown has none.
	Codes(ctx context.Context, document workflow.Document) ([]string, error)
}

// Judge turns arrivals into receipts.
type Judge struct {
	Ledger   Ledger
	Register Register
	Numbers  Numbers // nil: contracts are not known by their numbers.
	Queue    Queue
	Parser   Parser
	Verifier Verifier
	Mailbox  Mailbox
	Notary   Notary // Takes our own timestamps over returns; nil: none are taken.
	Clerk    *post.Clerk
	Own      []string      // Our addresses, which are never answered.
	Attempts int           // After so many failed tries an arrival is given to a person; 0 means 8.
	Deadline time.Duration // For one arrival; 0 means 2 minutes.
	Room     Room          // Asked before each judgement, which stores PDFs and letters; nil always has room.
	Now      func() time.Time
	Log      *slog.Logger
	Settled  func() // Told after each receipt; may be nil.
	Stops    Stops  // While it holds, no message is moved; nil never does.
	// Still leaves messages where they lie, for good: the mode is observe.
	Still bool
	// Began is when the store began: letters about mail that is older wait for a person.
	Began time.Time
}

// Pass judges and files every arrival that is due, and returns how many were touched. The failure of one holds up no other.
func (j *Judge) Pass(ctx context.Context) (int, error) {
	due, err := j.Queue.ArrivalsDue(ctx, j.Now(), 64)
	if err != nil {
		return 0, fmt.Errorf("list arrivals: %w", err)
	}
	var full error // Filing goes on without room, judging does not.
	for n, arrival := range due {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		err := j.handle(ctx, arrival)
		if errors.Is(err, workflow.ErrSpace) {
			full = err
			continue
		}
		if errors.Is(err, workflow.ErrConflict) { // The intake found it at another place meanwhile: the next pass.
			continue
		}
		if err != nil {
			return n, err
		}
	}
	return len(due), full
}

// handle judges, then files; once begun it comes to its end, also when the daemon ends meanwhile. An error means that the
// ledger failed.
func (j *Judge) handle(ctx context.Context, arrival workflow.Arrival) error {
	ctx, stop := workflow.Linger(ctx, workflow.Lingering)
	defer stop()
	if arrival.State == workflow.ArrivalQueued {
		if err := check(ctx, j.Room); err != nil {
			return fmt.Errorf("judge arrival %s: %w", arrival.ID, err)
		}
		counted, err := j.count(ctx, arrival)
		if err != nil {
			return err
		}
		if err := j.attempt(ctx, counted); err != nil {
			return err
		}
		if arrival, err = j.Queue.Arrival(ctx, arrival.ID); err != nil {
			return err
		}
	}
	if arrival.State == workflow.ArrivalJudged {
		return j.file(ctx, arrival)
	}
	return nil
}

// count makes an attempt durable before it begins: a message that kills the daemon is not tried for ever.
func (j *Judge) count(ctx context.Context, arrival workflow.Arrival) (workflow.Arrival, error) {
	arrival.Attempts++
	arrival.Next = j.Now().Add(min(time.Minute<<min(arrival.Attempts-1, 10), 6*time.Hour))
	if err := j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{arrival}}); err != nil {
		return arrival, fmt.Errorf("count attempt on arrival %s: %w", arrival.ID, err)
	}
	arrival.Revision++
	return arrival, nil
}

// attempt judges once. What fails for a while stays queued; what fails too often becomes a receipt for a person.
func (j *Judge) attempt(ctx context.Context, arrival workflow.Arrival) error {
	most := j.Attempts
	if most == 0 {
		most = 8
	}
	if arrival.Attempts > most {
		return j.giveUp(ctx, arrival)
	}
	deadline := j.Deadline
	if deadline == 0 {
		deadline = 2 * time.Minute
	}
	limited, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	err := j.judge(limited, arrival)
	for tries := 0; errors.Is(err, workflow.ErrConflict) && tries < 5; tries++ {
		if arrival, err = j.Queue.Arrival(ctx, arrival.ID); err == nil && arrival.State == workflow.ArrivalQueued {
			err = j.judge(limited, arrival)
		}
	}
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, workflow.ErrDamaged):
		return err
	case errors.Is(err, workflow.ErrSpace):
		return j.postpone(ctx, arrival, err)
	}
	j.Log.Warn("arrival not judged", "arrival", arrival.ID, "attempt", arrival.Attempts, "next", arrival.Next, "error", err)
	return j.note(ctx, arrival, err)
}

// note keeps the last failure for operators.
func (j *Judge) note(ctx context.Context, arrival workflow.Arrival, cause error) error {
	current, err := j.Queue.Arrival(ctx, arrival.ID)
	if err != nil {
		return err
	}
	current.LastError = cause.Error()
	return j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{current}})
}

// giveUp records a message that no attempt could judge.
func (j *Judge) giveUp(ctx context.Context, arrival workflow.Arrival) error {
	receipt := workflow.Receipt{
		ID: workflow.ReceiptID(arrival.ID), Raw: arrival.Raw, Received: arrival.Internal, Judged: j.Now(),
		Outcome: workflow.Unprocessable, Problems: []string{arrival.LastError}, Silence: "the message could not be judged",
	}
	arrival.State, arrival.FileInto = workflow.ArrivalJudged, workflow.ShelfReview
	change := workflow.Change{
		Arrivals: []workflow.Arrival{arrival}, Receipts: []workflow.Receipt{receipt},
		Entries: []workflow.Entry{judged(j.Now(), receipt)},
	}
	closer, err := j.Clerk.Tell(ctx, &change, workflow.Contract{}, &receipt, "unprocessable: a message could not be judged, receipt "+string(receipt.ID))
	if err != nil {
		return err
	}
	defer closer.Close()
	return j.Ledger.Apply(ctx, change)
}

// file moves the message on the server, after its receipt is durable. A failure is tried again at the next pass.
func (j *Judge) file(ctx context.Context, arrival workflow.Arrival) error {
	hold, err := j.hold(ctx)
	if err != nil {
		return err
	}
	if hold.Active() {
		arrival.Next = j.Now().Add(heldRest)
		return j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{arrival}})
	}
	for _, place := range arrival.Places {
		if j.Still {
			break
		}
		if err := j.Mailbox.File(ctx, place, arrival.FileInto); err != nil {
			j.Log.Warn("message not filed", "arrival", arrival.ID, "uid", place.UID, "error", err)
			arrival.Next = j.Now().Add(time.Minute)
			return j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{arrival}})
		}
	}
	arrival.State = workflow.ArrivalFiled
	if err := j.Ledger.Apply(ctx, workflow.Change{Arrivals: []workflow.Arrival{arrival}}); err != nil {
		return fmt.Errorf("record arrival %s as filed: %w", arrival.ID, err)
	}
	return nil
}
