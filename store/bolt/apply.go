package bolt

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// Apply writes a change whole or not at all, as package workflow says of Change. The stored records
// have the next revision; the caller's copies keep the old one. Further refusals: a new contract that
// is no draft (ErrState), a record that names a document which is not stored (ErrNotFound), a request
// key or Message-ID that is known (ErrExists). After an error wrapping ErrDamaged nothing more is written;
// after one wrapping ErrSpace nothing was, and the same change can be applied when there is room.
func (l *Ledger) Apply(ctx context.Context, change workflow.Change) error {
	if err := l.refusal(); err != nil {
		return fmt.Errorf("apply change: refused after an earlier failure: %w", err)
	}
	err := l.writable()
	var documents []prepared
	if err == nil {
		documents, err = l.prepare(ctx, change.Documents)
	}
	if err == nil {
		err = l.update(ctx, func(tx *bbolt.Tx) error {
			return applyAll(tx, change, documents, l.options.Now)
		})
	}
	if err != nil {
		l.tellRoom(err)
		return fmt.Errorf("apply change: %w", err)
	}
	return nil
}

// applyAll writes the parts of a change, requests first: a repeated command is to hear that it is
// repeated, not that its number is taken.
func applyAll(tx *bbolt.Tx, change workflow.Change, documents []prepared, now func() time.Time) error {
	parts := []func() error{
		func() error { return requests.writeAll(tx, change.Requests) },
		func() error { return putDocuments(tx, documents) },
		func() error { return writeContracts(tx, change.Contracts) },
		func() error { return suppliers.writeAll(tx, change.Suppliers) },
		func() error { return arrivals.writeAll(tx, change.Arrivals) },
		func() error { return receipts.writeAll(tx, change.Receipts) },
		func() error { return writeLetters(tx, change.Letters) },
		func() error { return deliveries.writeAll(tx, change.Deliveries) },
		func() error { return keys.writeAll(tx, change.Keys) },
		func() error { return cursors.writeAll(tx, change.Cursors) },
		func() error { return apiKeys.writeAll(tx, change.APIKeys) },
		func() error { return appearances.writeAll(tx, change.Appearances) },
		func() error { return writeHold(tx, change.Hold) },
		func() error { return appendEntries(tx, change.Entries, now) },
	}
	for _, write := range parts {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// writeLetters stores letters; a Message-ID names one letter only.
func writeLetters(tx *bbolt.Tx, composed []workflow.Letter) error {
	for _, letter := range composed {
		if len(idsUnder(tx, byMessageID, textKey(letter.MessageID))) > 0 {
			return fmt.Errorf("letter %q: Message-ID %q: %w", letter.ID, letter.MessageID, workflow.ErrExists)
		}
		if _, _, err := letters.write(tx, letter); err != nil {
			return err
		}
	}
	return nil
}

// writeHold stores the one record of its kind, where the change has it.
func writeHold(tx *bbolt.Tx, hold *workflow.Hold) error {
	if hold == nil {
		return nil
	}
	_, _, err := holds.write(tx, *hold)
	return err
}
