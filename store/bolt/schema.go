package bolt

import (
	"context"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// recordSchema is the version of every kind of record that this program writes.
const recordSchema = 1

// migration changes a store from one schema version to the next.
type migration func(*bbolt.Tx) error

// migrations lead to the current schema: the first from version 1 to 2, and so on.
var migrations = []migration{createBuckets, indexContracts, createBuckets}

var (
	metaBucket     = []byte("meta")
	journalBucket  = []byte("journal")
	documentBucket = []byte("document")
	contentBucket  = []byte("content")
	schemaKey      = []byte("schema")
)

// initialize builds an empty store of the current schema.
func initialize(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	return writeSchema(tx, 1+len(migrations))
}

// createBuckets makes what is not there yet; by itself it leads from version 1 to 2, which has API keys and the hold, and
// from 3 to 4, which has appearances.
func createBuckets(tx *bbolt.Tx) error {
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("create bucket %s: %w", name, err)
		}
	}
	return nil
}

// indexContracts adds what the indexes did not say of contracts before; it leads from version 2 to 3, which has an index
// of deadlines.
func indexContracts(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	for _, id := range contracts.ids(tx) {
		contract, err := contracts.read(tx, id)
		if err != nil {
			return err
		}
		if err := reindex(tx, nil, contracts.indexed(contract)); err != nil {
			return err
		}
	}
	return nil
}

func bucketNames() [][]byte {
	names := [][]byte{metaBucket, journalBucket, documentBucket, contentBucket}
	for _, k := range keepers {
		names = append(names, []byte(k.kind()))
	}
	for _, name := range indexes {
		names = append(names, []byte(name))
	}
	return names
}

func writeSchema(tx *bbolt.Tx, version int) error {
	return tx.Bucket(metaBucket).Put(schemaKey, []byte(strconv.Itoa(version)))
}

func readSchema(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return 0, damaged(fmt.Errorf("it is no store of contractd"))
	}
	version, err := strconv.Atoi(string(meta.Get(schemaKey)))
	if err != nil || version < 1 {
		return 0, damaged(fmt.Errorf("schema version is %q", meta.Get(schemaKey)))
	}
	return version, nil
}

// migrate brings the store to the schema that the steps lead to, in one transaction, and refuses a newer one.
func (l *Ledger) migrate(ctx context.Context, steps []migration) error {
	current, stored := 1+len(steps), 0
	err := l.view(ctx, func(tx *bbolt.Tx) (err error) {
		stored, err = readSchema(tx)
		return err
	})
	switch {
	case err != nil:
		return err
	case stored > current:
		err := fmt.Errorf("schema version is %d, this program knows up to %d: %w", stored, current, ErrNewer)
		return workflow.WithHint(err, "install the contractd that wrote it, or a newer one")
	case stored < current:
		return l.update(ctx, func(tx *bbolt.Tx) error { return migrateFrom(tx, stored, steps) })
	}
	return l.view(ctx, requireBuckets)
}

func migrateFrom(tx *bbolt.Tx, stored int, steps []migration) error {
	for version := stored; version <= len(steps); version++ {
		if err := steps[version-1](tx); err != nil {
			return fmt.Errorf("migrate from schema %d to %d: %w", version, version+1, err)
		}
	}
	if err := requireBuckets(tx); err != nil {
		return err
	}
	return writeSchema(tx, 1+len(steps))
}

func requireBuckets(tx *bbolt.Tx) error {
	for _, name := range bucketNames() {
		if tx.Bucket(name) == nil {
			return damaged(fmt.Errorf("bucket %s is missing", name))
		}
	}
	return nil
}
