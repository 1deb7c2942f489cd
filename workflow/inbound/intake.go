// Package inbound takes whatever lies in the designated mailbox to a receipt: one for each message, whatever it is.
//
// The Intake makes raw messages durable before anything else; the Judge finds out what they are, matches and verifies
// the PDFs in them, moves contracts and writes answers, all in one transaction for each message. Running either again
// over the same message changes nothing. Neither parses mail, verifies PDFs or talks to a server itself.
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

// Mailbox is the designated mailbox.
type Mailbox interface {
	// Start returns the cursor from which a mailbox that was never read is read.
	Start(ctx context.Context) (workflow.Cursor, error)
	// Fetch calls take for each message after the cursor, in the order of their UIDs. A nil reader means that the message
	// exceeds the limit or cannot be fetched. An error of take ends the fetch; nothing is marked on the server.
	Fetch(ctx context.Context, after workflow.Cursor, take func(context.Context, workflow.Incoming, io.Reader) error) error
	// Wait returns when something may be new. An error means that the connection is lost.
	Wait(ctx context.Context) error
	// File moves a message to a shelf. A message that is gone is filed.
	File(ctx context.Context, place workflow.Place, shelf workflow.Shelf) error
}

// Spool keeps a stream until it is stored.
type Spool interface {
	// Keep reads r to its end; more than the limit is an error wrapping ErrFinal.
	Keep(ctx context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error)
}

// IntakeLedger is what the Intake needs of the store.
type IntakeLedger interface {
	Apply(ctx context.Context, change workflow.Change) error
	Arrival(ctx context.Context, id workflow.ArrivalID) (workflow.Arrival, error)
	Cursor(ctx context.Context, account, folder string) (workflow.Cursor, error)
}

// Intake makes messages durable.
type Intake struct {
	Ledger  IntakeLedger
	Mailbox Mailbox
	Spool   Spool
	Account string
	Folder  string
	Limit   int64 // Of one raw message, in bytes.
	Now     func() time.Time
	Log     *slog.Logger
	Arrived func()      // Told after each arrival; may be nil.
	Began   time.Time   // When the store began: letters about mail that is older wait for a person.
	Again   bool        // The folder is one into which we file: what is known already stays as it is.
	Clerk   *post.Clerk // Tells managers of what cannot be taken in; may be nil.
	Room    Room        // Asked before each message; nil always has room.
}

// Pass fetches everything that is new and returns how many messages were taken in. Without room on the disk nothing is
// fetched, and nothing changes on the server.
func (i *Intake) Pass(ctx context.Context) (int, error) {
	if err := check(ctx, i.Room); err != nil {
		return 0, fmt.Errorf("fetch from %s of %s: %w", i.Folder, i.Account, err)
	}
	cursor, err := i.cursor(ctx)
	if err != nil {
		return 0, err
	}
	taken := 0
	err = i.Mailbox.Fetch(ctx, cursor, func(ctx context.Context, incoming workflow.Incoming, raw io.Reader) error {
		if err := check(ctx, i.Room); err != nil {
			return err
		}
		taken++
		return i.take(ctx, incoming, raw)
	})
	if err != nil {
		return taken, fmt.Errorf("fetch from %s of %s: %w", i.Folder, i.Account, err)
	}
	return taken, i.polled(ctx)
}

// cursor returns up to where the folder was read, and records where a new one starts.
func (i *Intake) cursor(ctx context.Context) (workflow.Cursor, error) {
	cursor, err := i.Ledger.Cursor(ctx, i.Account, i.Folder)
	if !errors.Is(err, workflow.ErrNotFound) {
		return cursor, err
	}
	cursor, err = i.Mailbox.Start(ctx)
	if err != nil {
		return cursor, fmt.Errorf("open %s of %s: %w", i.Folder, i.Account, err)
	}
	return cursor, i.Ledger.Apply(ctx, workflow.Change{Cursors: []workflow.Cursor{cursor}})
}

// polled records when the mailbox was last read to its end.
func (i *Intake) polled(ctx context.Context) error {
	cursor, err := i.Ledger.Cursor(ctx, i.Account, i.Folder)
	if err != nil {
		return err
	}
	cursor.Polled = i.Now()
	return i.Ledger.Apply(ctx, workflow.Change{Cursors: []workflow.Cursor{cursor}})
}

// take makes one message durable (TX1): its bytes, its arrival and the cursor in one transaction.
func (i *Intake) take(ctx context.Context, incoming workflow.Incoming, r io.Reader) error {
	if r == nil {
		return i.skip(ctx, incoming)
	}
	raw, closer, err := i.Spool.Keep(ctx, r, i.Limit)
	if err != nil {
		return fmt.Errorf("spool message %d: %w", incoming.UID, err)
	}
	defer closer.Close()
	if raw.Size != incoming.Size { // The peer may close inside a literal without any error.
		return fmt.Errorf("fetch message %d: got %d of %d bytes: %w", incoming.UID, raw.Size, incoming.Size, workflow.ErrTemporary)
	}
	arrival, entries, err := i.arrival(ctx, incoming, raw)
	if err != nil {
		return err
	}
	change := workflow.Change{
		Documents: []workflow.Document{raw}, Arrivals: []workflow.Arrival{arrival},
		Cursors: []workflow.Cursor{after(incoming)}, Entries: entries,
	}
	if err := i.Ledger.Apply(ctx, change); err != nil {
		return fmt.Errorf("record message %d: %w", incoming.UID, err)
	}
	i.Log.Info("message arrived", "arrival", arrival.ID, "uid", incoming.UID, "size", raw.Size)
	if i.Arrived != nil {
		i.Arrived()
	}
	return nil
}

// arrival returns the record for a message; the same bytes at another place are the same arrival.
func (i *Intake) arrival(ctx context.Context, incoming workflow.Incoming, raw workflow.Document) (workflow.Arrival, []workflow.Entry, error) {
	id := workflow.ArrivalIDOf(raw.Hash)
	arrival, err := i.Ledger.Arrival(ctx, id)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		arrival = workflow.Arrival{
			ID: id, Raw: raw.Ref, Fetched: i.Now(), Internal: incoming.Internal,
			State: workflow.ArrivalQueued, Next: i.Now(),
		}
	case err != nil:
		return arrival, nil, fmt.Errorf("look up arrival: %w", err)
	case i.Again:
		return arrival, nil, nil
	}
	for _, place := range arrival.Places {
		if place == incoming.Place {
			return arrival, nil, nil
		}
	}
	arrival.Places = append(arrival.Places, incoming.Place)
	if arrival.State == workflow.ArrivalFiled { // A further copy is filed like the first; it is not judged again.
		arrival.State = workflow.ArrivalJudged
	}
	return arrival, []workflow.Entry{{
		Time: i.Now(), Actor: workflow.System.Name, Action: workflow.ActArrived, Subject: "arrival/" + string(id),
		Details: map[string]string{
			"raw": raw.Hash.String(), "account": incoming.Account, "folder": incoming.Folder,
			"uid": fmt.Sprintf("%d/%d", incoming.UIDValidity, incoming.UID), "internal-date": incoming.Internal.UTC().Format(time.RFC3339),
		},
	}}, nil
}

// skip records a message that cannot be taken in, so that it is known and not fetched for ever.
func (i *Intake) skip(ctx context.Context, incoming workflow.Incoming) error {
	name := workflow.HashOf(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d", incoming.Account, incoming.Folder, incoming.UIDValidity, incoming.UID))
	receipt := workflow.Receipt{
		ID: workflow.ReceiptID(workflow.ArrivalIDOf(name)), Received: incoming.Internal, Judged: i.Now(),
		Outcome: workflow.Unprocessable, Problems: []string{i.whyNot(incoming)},
		Silence: "the message was not read",
	}
	arrival := workflow.Arrival{
		ID: workflow.ArrivalID(receipt.ID), Places: []workflow.Place{incoming.Place}, Fetched: i.Now(), Internal: incoming.Internal,
		State: workflow.ArrivalFiled, LastError: receipt.Problems[0],
	}
	change := workflow.Change{
		Arrivals: []workflow.Arrival{arrival}, Receipts: []workflow.Receipt{receipt}, Cursors: []workflow.Cursor{after(incoming)},
		Entries: []workflow.Entry{judged(i.Now(), receipt)},
	}
	if i.Clerk != nil {
		closer, err := i.Clerk.Tell(ctx, &change, workflow.Contract{}, &receipt,
			"unprocessable: a message lies in "+incoming.Folder+" that is too large or cannot be fetched, receipt "+string(receipt.ID))
		if err != nil {
			return err
		}
		defer closer.Close()
		if older(incoming.Internal, i.Began) {
			keepBack(&change, i.Now())
		}
	}
	err := i.Ledger.Apply(ctx, change)
	if errors.Is(err, workflow.ErrExists) || errors.Is(err, workflow.ErrConflict) { // Seen before the cursor was lost.
		err = i.Ledger.Apply(ctx, workflow.Change{Cursors: []workflow.Cursor{after(incoming)}})
	}
	if err != nil {
		return fmt.Errorf("record message %d as not fetched: %w", incoming.UID, err)
	}
	i.Log.Warn("message not fetched", "uid", incoming.UID, "size", incoming.Size, "limit", i.Limit)
	return nil
}

// whyNot says why a message was left in its folder.
func (i *Intake) whyNot(incoming workflow.Incoming) string {
	if incoming.Size > i.Limit {
		return fmt.Sprintf("not fetched: %d bytes, the limit is %d; left in the folder", incoming.Size, i.Limit)
	}
	return "not fetched: the mail server failed each time that it was asked for; left in the folder"
}

func after(incoming workflow.Incoming) workflow.Cursor {
	return workflow.Cursor{Account: incoming.Account, Folder: incoming.Folder, UIDValidity: incoming.UIDValidity, UID: incoming.UID}
}

func judged(at time.Time, receipt workflow.Receipt) workflow.Entry {
	details := map[string]string{"outcome": string(receipt.Outcome)}
	if receipt.Silence != "" {
		details["no-reply"] = receipt.Silence
	}
	for n, finding := range receipt.Findings {
		prefix := fmt.Sprintf("pdf-%d", n+1)
		details[prefix] = finding.Document.Hash.String()
		details[prefix+"-outcome"] = string(finding.Outcome)
		if finding.Stamp != nil {
			details[prefix+"-stamped"] = finding.Stamp.Time.UTC().Format(time.RFC3339)
		}
		if finding.Match.Contract != "" {
			details[prefix+"-contract"] = string(finding.Match.Contract)
		}
	}
	return workflow.Entry{Time: at, Actor: workflow.System.Name, Action: workflow.ActJudged, Subject: "receipt/" + string(receipt.ID), Details: details}
}
