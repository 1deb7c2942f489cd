package bolt

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// write stores a record, moves its index entries, and returns it as it stood and as it stands.
func (t *table[T]) write(tx *bbolt.Tx, record T) (before, after *T, err error) {
	id := t.id(&record)
	if id == "" {
		return nil, nil, fmt.Errorf("%s without an id: %w", t.name, workflow.ErrUsage)
	}
	before, err = t.read(tx, id)
	if err != nil && !errors.Is(err, workflow.ErrNotFound) {
		return nil, nil, err
	}
	if err := t.permit(before, &record); err != nil {
		return nil, nil, fmt.Errorf("%s %q: %w", t.name, id, err)
	}
	after, err = t.put(tx, id, record)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %q: %w", t.name, id, err)
	}
	return before, after, reindex(tx, t.indexed(before), t.indexed(after))
}

// permit applies the table's rule and counts the revision.
func (t *table[T]) permit(before, record *T) error {
	s := t.stamp(record)
	if s.schema != nil {
		*s.schema = recordSchema
	}
	switch {
	case t.rule == overwritten:
		return nil
	case t.rule == writtenOnce && before != nil:
		return workflow.ErrExists
	case t.rule == writtenOnce:
		return nil
	}
	stored := uint64(0)
	if before != nil {
		stored = *t.stamp(before).revision
	}
	if *s.revision != stored {
		return fmt.Errorf("revision is %d, not %d: %w", stored, *s.revision, workflow.ErrConflict)
	}
	*s.revision++
	return nil
}

// put writes the record and returns it as a reader will see it: JSON replaces what is no UTF-8, and
// the indexes must say the same.
func (t *table[T]) put(tx *bbolt.Tx, id string, record T) (*T, error) {
	data, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", workflow.ErrUsage, err)
	}
	after := new(T)
	if err := json.Unmarshal(data, after); err != nil {
		return nil, fmt.Errorf("%w: %w", workflow.ErrUsage, err)
	}
	if t.id(after) != id {
		return nil, fmt.Errorf("id is no UTF-8: %w", workflow.ErrUsage)
	}
	if t.refs != nil {
		if err := requireDocuments(tx, t.refs(after)); err != nil {
			return nil, err
		}
	}
	return after, t.bucket(tx).Put([]byte(id), data)
}

// writeAll stores records in their order.
func (t *table[T]) writeAll(tx *bbolt.Tx, records []T) error {
	for _, record := range records {
		if _, _, err := t.write(tx, record); err != nil {
			return err
		}
	}
	return nil
}
