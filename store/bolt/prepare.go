package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// prepared is a document on its way into the database.
type prepared struct {
	workflow.Ref
	data []byte // nil for one that is in Blobs.
	blob bool
}

// prepare makes the large documents durable and reads the small ones; what is stored already is left out.
func (l *Ledger) prepare(ctx context.Context, documents []workflow.Document) ([]prepared, error) {
	var ready []prepared
	seen := map[workflow.Ref]bool{}
	for _, document := range documents {
		if seen[document.Ref] {
			continue
		}
		seen[document.Ref] = true
		known, err := l.HasDocument(ctx, document.Ref)
		if err != nil {
			return nil, err
		}
		if known {
			continue
		}
		next, err := l.prepareOne(ctx, document)
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", document.Hash, err)
		}
		ready = append(ready, next)
	}
	return ready, nil
}

func (l *Ledger) prepareOne(ctx context.Context, document workflow.Document) (prepared, error) {
	if document.IsZero() || document.Size < 0 || document.ReaderAt == nil {
		return prepared{}, fmt.Errorf("it needs a hash, a size and content: %w", workflow.ErrUsage)
	}
	if l.options.inline(document.Size) {
		data, err := readExactly(ctx, document)
		return prepared{Ref: document.Ref, data: data}, err
	}
	err := l.options.Blobs.Put(ctx, document.Hash, document.Size, document.Reader())
	if l.options.Fatal != nil && errors.Is(err, l.options.Fatal) {
		err = Unconfirmed(err)
		l.refuse(err)
	} else if full := l.noRoom(err); full != nil {
		err = full
	}
	return prepared{Ref: document.Ref, blob: true}, err
}

// readExactly returns the content if it is what its reference says.
func readExactly(ctx context.Context, document workflow.Document) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data := make([]byte, document.Size)
	if _, err := io.ReadFull(document.Reader(), data); err != nil {
		return nil, err
	}
	if found := workflow.HashOf(data); found != document.Hash {
		return nil, fmt.Errorf("content has the hash %s: %w", found, workflow.ErrUsage)
	}
	return data, nil
}

// putDocuments records what was prepared, unless another transaction did meanwhile.
func putDocuments(tx *bbolt.Tx, documents []prepared) error {
	for _, document := range documents {
		known, err := placeOf(tx, document.Hash)
		if err != nil {
			return err
		}
		if known != nil && known.Size != document.Size {
			return fmt.Errorf("document %s has %d bytes, not %d: %w", document.Hash, known.Size, document.Size, workflow.ErrUsage)
		}
		if known != nil {
			continue
		}
		if err := putDocument(tx, document); err != nil {
			return fmt.Errorf("document %s: %w", document.Hash, err)
		}
	}
	return nil
}

func putDocument(tx *bbolt.Tx, document prepared) error {
	entry, err := json.Marshal(place{Schema: recordSchema, Size: document.Size, Blob: document.blob})
	if err != nil {
		return err
	}
	if !document.blob {
		if err := tx.Bucket(contentBucket).Put(document.Hash[:], document.data); err != nil {
			return err
		}
	}
	return tx.Bucket(documentBucket).Put(document.Hash[:], entry)
}
