package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// WalkDocuments visits every document, open for reading until visit returns. With a fault there is
// nothing to read. Content that no transaction recorded (a crash came between file and record) is
// visited last, with a fault wrapping workflow.ErrNotFound.
func (l *Ledger) WalkDocuments(ctx context.Context, visit func(document workflow.Document, fault error) error) error {
	err := l.walkKeys(ctx, documentBucket, func(hash workflow.Hash) error {
		return l.visitRecorded(ctx, hash, visit)
	})
	if err != nil {
		return err
	}
	err = l.walkKeys(ctx, contentBucket, func(hash workflow.Hash) error { return l.visitStray(ctx, hash, 0, visit) })
	if err != nil || l.options.Blobs == nil {
		return err
	}
	return l.options.Blobs.Walk(ctx, func(hash [32]byte, size int64) error { return l.visitStray(ctx, hash, size, visit) })
}

// walkKeys visits the hashes of a bucket between transactions.
func (l *Ledger) walkKeys(ctx context.Context, bucket []byte, visit func(workflow.Hash) error) error {
	for from := []byte(nil); ; {
		var batch [][]byte
		err := l.view(ctx, func(tx *bbolt.Tx) error {
			cursor := tx.Bucket(bucket).Cursor()
			for key, _ := cursor.Seek(from); key != nil && len(batch) <= journalBatch; key, _ = cursor.Next() {
				batch = append(batch, bytes.Clone(key))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(batch) > journalBatch {
			from, batch = batch[journalBatch], batch[:journalBatch]
		} else {
			from = nil
		}
		for _, key := range batch {
			if len(key) != len(workflow.Hash{}) {
				return damaged(fmt.Errorf("document named %x", key))
			}
			if err := visit(workflow.Hash(key)); err != nil {
				return err
			}
		}
		if from == nil {
			return nil
		}
	}
}

func (l *Ledger) visitRecorded(ctx context.Context, hash workflow.Hash, visit func(workflow.Document, error) error) error {
	found, err := l.place(ctx, hash)
	if err != nil || found == nil {
		return visit(workflow.Document{Ref: workflow.Ref{Hash: hash}}, err)
	}
	document := workflow.Document{Ref: workflow.Ref{Hash: hash, Size: found.Size}}
	content, err := l.openContent(hash, *found)
	if err != nil {
		return visit(document, err)
	}
	document.ReaderAt = content
	return closing(content, visit(document, nil))
}

func closing(content io.Closer, err error) error { return errors.Join(err, content.Close()) }

// visitStray visits content that is not recorded, or recorded as being elsewhere.
func (l *Ledger) visitStray(ctx context.Context, hash workflow.Hash, size int64, visit func(workflow.Document, error) error) error {
	found, err := l.place(ctx, hash)
	if err != nil || found != nil {
		return nil // Visited as recorded, with its fault.
	}
	ref := workflow.Ref{Hash: hash, Size: size}
	return visit(workflow.Document{Ref: ref}, fmt.Errorf("content that no record names: %w", workflow.ErrNotFound))
}

func (l *Ledger) place(ctx context.Context, hash workflow.Hash) (found *place, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = placeOf(tx, hash)
		return err
	})
	return found, err
}
