package bolt

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// table keeps one kind of record as JSON.
type table[T any] struct {
	name  string
	id    func(*T) string
	stamp func(*T) stamp
	facts func(*T) []fact         // What the indexes say of it; nil for none.
	refs  func(*T) []workflow.Ref // Documents that must be stored; nil for none.
	rule  rule
}

// stamp is where a record has its schema version and its revision; nil where it has none.
type stamp struct {
	schema   *int
	revision *uint64
}

// rule says when a record may be written over.
type rule int

const (
	revised     rule = iota // When the writer knew the last revision.
	writtenOnce             // Never.
	overwritten             // Always.
)

// keeper is a table without its type, for what concerns all of them.
type keeper interface {
	kind() string
	walk(tx *bbolt.Tx, visit func(key string, record any, facts []fact, fault error) error) error
}

func (t *table[T]) kind() string { return t.name }

func (t *table[T]) bucket(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte(t.name)) }

// read returns the record, or an error wrapping workflow.ErrNotFound.
func (t *table[T]) read(tx *bbolt.Tx, id string) (*T, error) {
	data := t.bucket(tx).Get([]byte(id))
	if data == nil {
		return nil, fmt.Errorf("%s %q: %w", t.name, id, workflow.ErrNotFound)
	}
	return t.decode(id, data)
}

func (t *table[T]) decode(id string, data []byte) (*T, error) {
	record := new(T)
	if err := json.Unmarshal(data, record); err != nil {
		return nil, damaged(fmt.Errorf("%s %q: %w", t.name, id, err))
	}
	if s := t.stamp(record); s.schema != nil && *s.schema > recordSchema {
		return nil, fmt.Errorf("%s %q has schema %d, this program knows up to %d: %w", t.name, id, *s.schema, recordSchema, ErrNewer)
	}
	if found := t.id(record); found != id {
		return nil, damaged(fmt.Errorf("%s %q says that it is %q", t.name, id, found))
	}
	return record, nil
}

// readAll returns the records with the ids, in their order. An index that leads nowhere is damage.
func (t *table[T]) readAll(tx *bbolt.Tx, ids []string) ([]T, error) {
	var records []T
	for _, id := range ids {
		record, err := t.read(tx, id)
		if err != nil {
			return nil, fmt.Errorf("an index leads to it: %w", err)
		}
		records = append(records, *record)
	}
	return records, nil
}

// ids returns all ids in their order.
func (t *table[T]) ids(tx *bbolt.Tx) []string {
	var ids []string
	cursor := t.bucket(tx).Cursor()
	for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
		ids = append(ids, string(key))
	}
	return ids
}

// indexed returns what the indexes say of a record; nil stands for no record.
func (t *table[T]) indexed(record *T) []fact {
	if record == nil || t.facts == nil {
		return nil
	}
	return once(t.facts(record))
}

func (t *table[T]) walk(tx *bbolt.Tx, visit func(key string, record any, facts []fact, fault error) error) error {
	return t.bucket(tx).ForEach(func(key, data []byte) error {
		record, err := t.decode(string(key), data)
		if err != nil {
			return visit(string(key), nil, nil, err)
		}
		return visit(string(key), *record, t.indexed(record), nil)
	})
}
