package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// one reads a record by its id; an unknown id is an error wrapping workflow.ErrNotFound.
func one[T any](ctx context.Context, l *Ledger, t *table[T], id string) (T, error) {
	var record T
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		found, err := t.read(tx, id)
		if err == nil {
			record = *found
		}
		return err
	})
	return record, err
}

// many reads the records whose ids find returns, in that order.
func many[T any](ctx context.Context, l *Ledger, t *table[T], find func(*bbolt.Tx) []string) (records []T, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) (err error) {
		records, err = t.readAll(tx, find(tx))
		return err
	})
	return records, err
}

// Supplier reads one supplier.
func (l *Ledger) Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error) {
	return one(ctx, l, &suppliers, string(id))
}

// Suppliers returns all suppliers by their ids.
func (l *Ledger) Suppliers(ctx context.Context) ([]workflow.Supplier, error) {
	return many(ctx, l, &suppliers, suppliers.ids)
}

// SupplierByAddress finds the supplier to whom contracts go at an address, ignoring case. An error
// wraps ErrAmbiguous when that is true of several: sister companies share mailboxes.
func (l *Ledger) SupplierByAddress(ctx context.Context, address string) (workflow.Supplier, error) {
	found, err := many(ctx, l, &suppliers, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byAddress, textKey(addressForm(address)))
	})
	switch {
	case err != nil:
		return workflow.Supplier{}, err
	case len(found) == 0:
		return workflow.Supplier{}, fmt.Errorf("supplier with address %q: %w", address, workflow.ErrNotFound)
	case len(found) > 1:
		return workflow.Supplier{}, fmt.Errorf("address %q belongs to suppliers %q and %q: %w", address, found[0].ID, found[1].ID, workflow.ErrAmbiguous)
	}
	return found[0], nil
}

// Arrival reads one arrival.
func (l *Ledger) Arrival(ctx context.Context, id workflow.ArrivalID) (workflow.Arrival, error) {
	return one(ctx, l, &arrivals, string(id))
}

// ArrivalsDue returns what is to be judged or filed now, earliest first; limit 0 means all.
func (l *Ledger) ArrivalsDue(ctx context.Context, now time.Time, limit int) ([]workflow.Arrival, error) {
	return many(ctx, l, &arrivals, func(tx *bbolt.Tx) []string {
		return idsUntil(tx, byArrivalDue, timeKey(now), limit)
	})
}

// Arrivals returns the arrivals in the states, all where none is named, oldest first.
func (l *Ledger) Arrivals(ctx context.Context, states []workflow.ArrivalState) ([]workflow.Arrival, error) {
	found, err := many(ctx, l, &arrivals, func(tx *bbolt.Tx) []string {
		if len(states) == 0 {
			return arrivals.ids(tx)
		}
		return idsOfStates(tx, byArrivalState, states)
	})
	slices.SortStableFunc(found, func(a, b workflow.Arrival) int { return a.Fetched.Compare(b.Fetched) })
	return found, err
}

func idsOfStates[S ~string](tx *bbolt.Tx, index string, states []S) []string {
	var ids []string
	for _, state := range states {
		ids = append(ids, idsUnder(tx, index, textKey(state))...)
	}
	return ids
}

// Receipt reads one receipt.
func (l *Ledger) Receipt(ctx context.Context, id workflow.ReceiptID) (workflow.Receipt, error) {
	return one(ctx, l, &receipts, string(id))
}

// Receipts returns the receipts with a finding about the contract, in the order of judgement.
func (l *Ledger) Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error) {
	return many(ctx, l, &receipts, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byReceiptOf, textKey(contract))
	})
}

// RecentReceipts returns the last receipts, newest first; limit 0 means all.
func (l *Ledger) RecentReceipts(ctx context.Context, limit int) ([]workflow.Receipt, error) {
	return many(ctx, l, &receipts, func(tx *bbolt.Tx) []string {
		var ids []string
		cursor := tx.Bucket([]byte(byJudgement)).Cursor()
		for key, id := cursor.Last(); key != nil && (limit <= 0 || len(ids) < limit); key, id = cursor.Prev() {
			ids = append(ids, string(id))
		}
		return ids
	})
}

// Letter reads one letter.
func (l *Ledger) Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error) {
	return one(ctx, l, &letters, string(id))
}

// Letters returns the letters about the contract, oldest first.
func (l *Ledger) Letters(ctx context.Context, contract workflow.ContractID) ([]workflow.Letter, error) {
	return many(ctx, l, &letters, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byLetterOf, textKey(contract))
	})
}

// LetterByMessageID finds the letter that carries the Message-ID, given without angle brackets.
func (l *Ledger) LetterByMessageID(ctx context.Context, messageID string) (workflow.Letter, error) {
	found, err := many(ctx, l, &letters, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byMessageID, textKey(messageID))
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("letter with Message-ID %q: %w", messageID, workflow.ErrNotFound)
	}
	if err != nil {
		return workflow.Letter{}, err
	}
	return found[0], nil
}

// Cursor returns up to where a folder was read.
func (l *Ledger) Cursor(ctx context.Context, account, folder string) (workflow.Cursor, error) {
	return one(ctx, l, &cursors, cursorID(account, folder))
}

// Cursors returns all of them, by account and folder.
func (l *Ledger) Cursors(ctx context.Context) ([]workflow.Cursor, error) {
	return many(ctx, l, &cursors, cursors.ids)
}

// Key returns what is recorded about a signing key: a record with Revision 0 while nothing is.
func (l *Ledger) Key(ctx context.Context, name string) (workflow.KeyRecord, error) {
	record, err := one(ctx, l, &keys, name)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.KeyRecord{Name: name}, nil
	}
	return record, err
}

// Request returns what a command with the idempotency key did before.
func (l *Ledger) Request(ctx context.Context, key string) (workflow.Request, error) {
	return one(ctx, l, &requests, key)
}

// PrefixSizes returns the sizes up to max of all documents that a return may begin with, each once, ascending.
func (l *Ledger) PrefixSizes(ctx context.Context, max int64) (sizes []int64, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket([]byte(byPrefixSize)).Cursor()
		for key, _ := cursor.First(); len(key) > 8; key, _ = cursor.Seek(numberKey(sizes[len(sizes)-1] + 1)) {
			size := int64(binary.BigEndian.Uint64(key))
			if size > max {
				return nil
			}
			sizes = append(sizes, size)
		}
		return nil
	})
	return sizes, err
}

// PrefixesOf returns which contracts a document of ours belongs to, and as what.
func (l *Ledger) PrefixesOf(ctx context.Context, ref workflow.Ref) ([]workflow.Prefix, error) {
	holders, err := many(ctx, l, &contracts, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byPrefix, ref.Hash[:])
	})
	var known []workflow.Prefix
	for _, contract := range holders {
		for _, prefix := range contract.Prefixes() {
			if prefix.Ref == ref && !slices.Contains(known, prefix) {
				known = append(known, prefix)
			}
		}
	}
	return known, err
}

// ContractsBySignature returns the contracts whose seals have the signature value.
func (l *Ledger) ContractsBySignature(ctx context.Context, value workflow.Hash) (ids []workflow.ContractID, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		for _, id := range idsUnder(tx, byValue, value[:]) {
			ids = append(ids, workflow.ContractID(id))
		}
		return nil
	})
	return ids, err
}

// APIKey reads one API key.
func (l *Ledger) APIKey(ctx context.Context, id workflow.APIKeyID) (workflow.APIKey, error) {
	return one(ctx, l, &apiKeys, string(id))
}

// APIKeys returns all API keys by their ids, revoked and expired ones too.
func (l *Ledger) APIKeys(ctx context.Context) ([]workflow.APIKey, error) {
	return many(ctx, l, &apiKeys, apiKeys.ids)
}

// Appearance reads one named seal.
func (l *Ledger) Appearance(ctx context.Context, name string) (workflow.Appearance, error) {
	return one(ctx, l, &appearances, name)
}

// Appearances returns all named seals by their names, retired and expired ones too.
func (l *Ledger) Appearances(ctx context.Context) ([]workflow.Appearance, error) {
	return many(ctx, l, &appearances, appearances.ids)
}

// Hold reads whether everything is held; a store that never was has the zero Hold.
func (l *Ledger) Hold(ctx context.Context) (workflow.Hold, error) {
	hold, err := one(ctx, l, &holds, theHold)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.Hold{}, nil
	}
	return hold, err
}
