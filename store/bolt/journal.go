package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// journalBatch is how many entries are read in one transaction.
const journalBatch = 256

// appendEntries gives entries their place in the chain.
func appendEntries(tx *bbolt.Tx, entries []workflow.Entry, now func() time.Time) error {
	if len(entries) == 0 {
		return nil
	}
	head, err := journalHead(tx)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		entry = readable(entry)
		if entry.Time.IsZero() {
			entry.Time = now().UTC()
		}
		entry.Sequence, entry.Previous = head.Sequence+1, head.Hash
		entry.Hash = entry.Digest()
		if err := putEntry(tx, entry); err != nil {
			return fmt.Errorf("journal entry %d: %w", entry.Sequence, err)
		}
		head = entry
	}
	return nil
}

func putEntry(tx *bbolt.Tx, entry workflow.Entry) error {
	data, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("%w: %w", workflow.ErrUsage, err)
	}
	bucket := tx.Bucket(journalBucket)
	if err := bucket.Put(numberKey(entry.Sequence), data); err != nil {
		return err
	}
	// The counter stands apart from the entries, so that a cut tail is seen.
	if err := bucket.SetSequence(entry.Sequence); err != nil {
		return err
	}
	return reindex(tx, nil, []fact{entryFact(entry)})
}

func entryFact(entry workflow.Entry) fact {
	key := numberKey(entry.Sequence)
	return fact{bySubject, joinKeys(textKey(entry.Subject), key), key}
}

// readable replaces what JSON would replace (a mail server's answer in GBK is no UTF-8), before the
// entry is hashed and not after.
func readable(entry workflow.Entry) workflow.Entry {
	valid := func(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
	entry.Time = entry.Time.UTC()
	entry.Actor, entry.Subject = valid(entry.Actor), valid(entry.Subject)
	entry.Action = workflow.Action(valid(string(entry.Action)))
	details := make(map[string]string, len(entry.Details))
	for key, text := range entry.Details {
		details[valid(key)] = valid(text)
	}
	entry.Details = details
	return entry
}

func decodeEntry(key, data []byte) (workflow.Entry, error) {
	var entry workflow.Entry
	if len(key) != 8 {
		return entry, damaged(fmt.Errorf("journal has an entry named %x", key))
	}
	sequence := binary.BigEndian.Uint64(key)
	if err := json.Unmarshal(data, &entry); err != nil {
		return entry, damaged(fmt.Errorf("journal entry %d: %w", sequence, err))
	}
	if entry.Sequence != sequence {
		return entry, damaged(fmt.Errorf("journal entry %d says that it is %d", sequence, entry.Sequence))
	}
	return entry, nil
}

// journalHead returns the last entry, zero where there is none. A journal whose tail was cut is not continued.
func journalHead(tx *bbolt.Tx) (workflow.Entry, error) {
	bucket := tx.Bucket(journalBucket)
	var head workflow.Entry
	if key, data := bucket.Cursor().Last(); key != nil {
		var err error
		if head, err = decodeEntry(key, data); err != nil {
			return workflow.Entry{}, err
		}
	}
	if head.Sequence != bucket.Sequence() {
		return workflow.Entry{}, damaged(fmt.Errorf("journal ends with entry %d, %d were written", head.Sequence, bucket.Sequence()))
	}
	return head, nil
}

// JournalHead returns the last entry, the zero entry while there is none.
func (l *Ledger) JournalHead(ctx context.Context) (head workflow.Entry, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) (err error) {
		head, err = journalHead(tx)
		return err
	})
	return head, err
}

// Journal visits the entries from a sequence number on, in order; 0 begins with the first. An error of
// visit ends it and is returned. Entries that come while it runs are visited too.
func (l *Ledger) Journal(ctx context.Context, from uint64, visit func(workflow.Entry) error) error {
	return l.entries(ctx, from, func(_ uint64, entry workflow.Entry, fault error) error {
		if fault != nil {
			return fault
		}
		return visit(entry)
	})
}

type listed struct {
	sequence uint64
	entry    workflow.Entry
	fault    error
}

// entries visits everything in the journal between transactions, damaged entries with their fault.
func (l *Ledger) entries(ctx context.Context, from uint64, visit func(uint64, workflow.Entry, error) error) error {
	for {
		batch, next, err := l.journalBatch(ctx, from)
		if err != nil {
			return err
		}
		for _, item := range batch {
			if err := visit(item.sequence, item.entry, item.fault); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		from = next
	}
}

// journalBatch reads some entries; next is where to go on, 0 at the end.
func (l *Ledger) journalBatch(ctx context.Context, from uint64) (batch []listed, next uint64, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(journalBucket).Cursor()
		key, data := cursor.Seek(numberKey(from))
		for ; key != nil && len(batch) < journalBatch; key, data = cursor.Next() {
			entry, fault := decodeEntry(key, data)
			item := listed{entry: entry, fault: fault}
			if len(key) == 8 {
				item.sequence = binary.BigEndian.Uint64(key)
			}
			batch = append(batch, item)
		}
		if len(key) == 8 {
			next = binary.BigEndian.Uint64(key)
		}
		return nil
	})
	return batch, next, err
}

// History returns the entries about one subject, such as "contract/ID", oldest first.
func (l *Ledger) History(ctx context.Context, subject string) (history []workflow.Entry, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		for _, key := range idsUnder(tx, bySubject, textKey(subject)) {
			entry, err := decodeEntry([]byte(key), tx.Bucket(journalBucket).Get([]byte(key)))
			if err != nil {
				return err
			}
			history = append(history, entry)
		}
		return nil
	})
	return history, err
}
