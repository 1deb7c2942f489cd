package bolt

import (
	"context"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// Snapshot says what a copy of the database holds.
type Snapshot struct {
	Schema    int
	Head      workflow.Entry // The last entry of the journal.
	Documents []workflow.Ref // Those that are files beside the database, by their hashes.
}

// Snapshot writes the database as it stands at one moment, while others go on writing. Every document that it names is
// durable already and never changes, so that they can be copied afterwards. The longer w takes, the longer no page of
// the database is used again: give it a file, not a network.
func (l *Ledger) Snapshot(ctx context.Context, w io.Writer) (snapshot Snapshot, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) (err error) {
		if snapshot.Schema, err = readSchema(tx); err != nil {
			return err
		}
		if snapshot.Head, err = journalHead(tx); err != nil {
			return err
		}
		if snapshot.Documents, err = blobsOf(tx); err != nil {
			return err
		}
		_, err = tx.WriteTo(contextWriter{ctx, w})
		return err
	})
	if ended := ctx.Err(); err != nil && ended != nil { // bbolt keeps the words of w's error, not the error.
		err = ended
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("copy the database: %w", err)
	}
	return snapshot, nil
}

// blobsOf lists the documents that are files.
func blobsOf(tx *bbolt.Tx) ([]workflow.Ref, error) {
	var refs []workflow.Ref
	err := tx.Bucket(documentBucket).ForEach(func(key, _ []byte) error {
		if len(key) != len(workflow.Hash{}) {
			return damaged(fmt.Errorf("document named %x", key))
		}
		hash := workflow.Hash(key)
		found, err := placeOf(tx, hash)
		if err == nil && found.Blob {
			refs = append(refs, workflow.Ref{Hash: hash, Size: found.Size})
		}
		return err
	})
	return refs, err
}

// contextWriter ends a long copy when its context ends.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c contextWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
