package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// structureFaults is how many faults of the file's own structure are told; one bad page makes hundreds.
const structureFaults = 20

// Source is the ledger as store/check reads it.
type Source struct{ ledger *Ledger }

// Source returns everything the ledger holds, for a check.
func (l *Ledger) Source() Source { return Source{l} }

// Records visits every record, in the one state of a read transaction: visit must not use the ledger.
// The kind is that of the table; record is the workflow type by value, nil where a fault says why it
// cannot be read. Faults of the kinds "file" (its pages) and "index" concern no record.
func (s Source) Records(ctx context.Context, visit func(kind, key string, record any, fault error) error) error {
	if err := s.structure(ctx, visit); err != nil {
		return err
	}
	return s.ledger.view(ctx, func(tx *bbolt.Tx) error {
		expected := map[string]int{}
		for _, k := range keepers {
			err := k.walk(tx, func(key string, record any, facts []fact, fault error) error {
				if err := errors.Join(ctx.Err(), visit(k.kind(), key, record, fault)); err != nil {
					return err
				}
				return missingFacts(tx, facts, expected, visit)
			})
			if err != nil {
				return err
			}
		}
		if err := journalFacts(tx, expected, visit); err != nil {
			return err
		}
		return strayFacts(tx, expected, visit)
	})
}

type visitRecord = func(kind, key string, record any, fault error) error

// structure has bbolt look at its own pages. That needs the right to write, so writers wait. An error wraps ErrDamaged
// where following the pages would not come to an end, so that nothing more can be read.
func (s Source) structure(ctx context.Context, visit visitRecord) error {
	var faults []error
	var tree error
	err := guard(func() error {
		tx, err := s.ledger.db.Begin(true)
		if err != nil {
			return err
		}
		defer tx.Rollback() // Nothing was written.
		if tree = checkTree(s.ledger.options.Path, s.ledger.db.Info().PageSize); tree != nil {
			return nil
		}
		for fault := range tx.Check() {
			faults = append(faults, fault)
		}
		return ctx.Err()
	})
	if tree != nil {
		return damaged(fmt.Errorf("follow the pages of %s: %w", s.ledger.options.Path, tree))
	}
	if errors.Is(err, workflow.ErrDamaged) {
		faults, err = append(faults, err), nil
	}
	for i, fault := range faults {
		if err == nil && i < structureFaults {
			err = visit("file", "", nil, fault)
		}
	}
	return err
}

// missingFacts reports what an index should say and does not, and counts what it should.
func missingFacts(tx *bbolt.Tx, facts []fact, expected map[string]int, visit visitRecord) error {
	for _, f := range facts {
		expected[f.index]++
		if bytes.Equal(tx.Bucket([]byte(f.index)).Get(f.key), f.value) {
			continue
		}
		if err := visit("index", f.index, nil, fmt.Errorf("entry %q is missing or wrong, it must lead to %q", f.key, f.value)); err != nil {
			return err
		}
	}
	return nil
}

// journalFacts does for the index of the journal what the walk does for the others. Entries that
// cannot be read are reported by Entries.
func journalFacts(tx *bbolt.Tx, expected map[string]int, visit visitRecord) error {
	return tx.Bucket(journalBucket).ForEach(func(key, data []byte) error {
		entry, fault := decodeEntry(key, data)
		if fault != nil {
			return nil
		}
		return missingFacts(tx, []fact{entryFact(entry)}, expected, visit)
	})
}

// strayFacts reports an index that says more than the records account for.
func strayFacts(tx *bbolt.Tx, expected map[string]int, visit visitRecord) error {
	for _, index := range indexes {
		count := tx.Bucket([]byte(index)).Stats().KeyN
		if count <= expected[index] {
			continue
		}
		if err := visit("index", index, nil, fmt.Errorf("it has %d entries, the records make %d", count, expected[index])); err != nil {
			return err
		}
	}
	return nil
}

// Entries visits the whole journal, damaged entries with their fault, then a cut tail as one.
func (s Source) Entries(ctx context.Context, visit func(sequence uint64, entry workflow.Entry, fault error) error) error {
	if err := s.ledger.entries(ctx, 0, visit); err != nil {
		return err
	}
	return s.ledger.view(ctx, func(tx *bbolt.Tx) error {
		if _, err := journalHead(tx); err != nil {
			return visit(tx.Bucket(journalBucket).Sequence(), workflow.Entry{}, err)
		}
		return nil
	})
}

// Documents visits every stored document, open for reading until visit returns.
func (s Source) Documents(ctx context.Context, visit func(document workflow.Document, fault error) error) error {
	return s.ledger.WalkDocuments(ctx, visit)
}
