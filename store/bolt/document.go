package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// place says where a stored document is.
type place struct {
	Schema int   `json:"schema"`
	Size   int64 `json:"size"`
	Blob   bool  `json:"blob,omitempty"` // In Blobs; otherwise in the database.
}

// placeOf returns nil when the document is not stored.
func placeOf(tx *bbolt.Tx, hash workflow.Hash) (*place, error) {
	data := tx.Bucket(documentBucket).Get(hash[:])
	if data == nil {
		return nil, nil
	}
	var p place
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, damaged(fmt.Errorf("document %s: %w", hash, err))
	}
	if p.Schema > recordSchema {
		return nil, fmt.Errorf("document %s has schema %d: %w", hash, p.Schema, ErrNewer)
	}
	return &p, nil
}

// requireDocuments refuses references to what is not stored.
func requireDocuments(tx *bbolt.Tx, refs []workflow.Ref) error {
	for _, ref := range refs {
		if ref.IsZero() {
			continue
		}
		if _, err := findPlace(tx, ref); err != nil {
			return err
		}
	}
	return nil
}

// findPlace returns where the document is, or an error wrapping workflow.ErrNotFound.
func findPlace(tx *bbolt.Tx, ref workflow.Ref) (*place, error) {
	found, err := placeOf(tx, ref.Hash)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("document %s: %w", ref.Hash, workflow.ErrNotFound)
	}
	if found.Size != ref.Size {
		return nil, fmt.Errorf("document %s with %d bytes (it has %d): %w", ref.Hash, ref.Size, found.Size, workflow.ErrNotFound)
	}
	return found, nil
}

// HasDocument reports whether the document is stored.
func (l *Ledger) HasDocument(ctx context.Context, ref workflow.Ref) (bool, error) {
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		_, err := findPlace(tx, ref)
		return err
	})
	if errors.Is(err, workflow.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Document opens a stored document; the caller closes it. Its bytes are not hashed again.
func (l *Ledger) Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error) {
	var found *place
	err := l.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = findPlace(tx, ref)
		return err
	})
	if err != nil {
		return workflow.Document{}, nil, err
	}
	content, err := l.openContent(ref.Hash, *found)
	if err != nil {
		return workflow.Document{}, nil, err
	}
	return workflow.Document{Ref: ref, ReaderAt: content}, content, nil
}

// openContent opens what a place says; content that is not there, or not of that size, is damage.
func (l *Ledger) openContent(hash workflow.Hash, p place) (Content, error) {
	content, err := Content(nil), error(nil)
	switch {
	case !p.Blob:
		content, err = l.openInline(hash)
	case l.options.Blobs == nil:
		return nil, fmt.Errorf("document %s is a file, and no document folder is configured: %w", hash, workflow.ErrUsage)
	default:
		content, err = l.options.Blobs.Open(hash)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(fmt.Errorf("document %s: its content is missing: %w", hash, err))
	}
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", hash, err)
	}
	if size := content.Size(); size != p.Size {
		return nil, errors.Join(damaged(fmt.Errorf("document %s has %d of %d bytes", hash, size, p.Size)), content.Close())
	}
	return content, nil
}

// inlineContent reads a document out of the database, each time in a transaction of its own: a reader
// that kept one open would hold up writers. Stored documents never change, so the pieces fit.
type inlineContent struct {
	ledger *Ledger
	hash   workflow.Hash
	size   int64
}

func (l *Ledger) openInline(hash workflow.Hash) (Content, error) {
	content := inlineContent{ledger: l, hash: hash}
	err := l.view(context.Background(), func(tx *bbolt.Tx) error {
		data := tx.Bucket(contentBucket).Get(hash[:])
		if data == nil {
			return fs.ErrNotExist
		}
		content.size = int64(len(data))
		return nil
	})
	return content, err
}

// Size returns the number of bytes.
func (c inlineContent) Size() int64 { return c.size }

// Close implements io.Closer; nothing is held open.
func (c inlineContent) Close() error { return nil }

// ReadAt implements io.ReaderAt. It never waits for anything but the disk, so it needs no context.
func (c inlineContent) ReadAt(p []byte, offset int64) (n int, err error) {
	err = c.ledger.view(context.Background(), func(tx *bbolt.Tx) (err error) {
		n, err = bytes.NewReader(tx.Bucket(contentBucket).Get(c.hash[:])).ReadAt(p, offset)
		return err
	})
	return n, err
}
