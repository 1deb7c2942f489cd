// Package backup is the form of a backup: one tar file with a manifest, the database, and the documents beside it.
//
// It promises that what Read hands on is complete and has the hashes that the manifest says, that nothing else is in the
// file, and that no name in it is used as a path. The manifest comes first and vouches for the rest; nothing
// vouches for the manifest, so a backup is as trustworthy as the place where it is kept. It holds contracts and
// suppliers' data in clear, but neither configuration nor PINs nor passwords, which never are in the store.
package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"time"

	"contractd/workflow"
)

// Format is the version of the form that this program writes and reads.
const Format = 1

// The names within a backup. Unpacked by tar alone, it is a data folder.
const (
	manifestName = "manifest.json"
	databaseName = "contractd.db"
)

// documentName is that of the file in the document folder.
func documentName(ref workflow.Ref) string {
	digits := ref.Hash.String()
	return path.Join("documents", digits[:2], digits[2:])
}

// Manifest says what a backup holds.
type Manifest struct {
	Format    int            `json:"format"`
	Program   string         `json:"program"` // Version of the contractd that made it.
	Schema    int            `json:"schema"`  // Of the database.
	Made      time.Time      `json:"made"`
	Sequence  uint64         `json:"sequence"` // Of the journal's last entry …
	Head      workflow.Hash  `json:"head"`     // … and its hash.
	Database  workflow.Ref   `json:"database"`
	Documents []workflow.Ref `json:"documents"` // In the order of their hashes.
}

// Bytes returns the size of everything but the manifest.
func (m Manifest) Bytes() int64 {
	total := m.Database.Size
	for _, ref := range m.Documents {
		total += ref.Size
	}
	return total
}

// check refuses a manifest that cannot be true.
func (m Manifest) check() error {
	if m.Format != Format {
		return workflow.WithHint(fmt.Errorf("its form is %d, this program knows %d: %w", m.Format, Format, workflow.ErrPolicy), "install the contractd that made it, or a newer one")
	}
	if m.Database.IsZero() || m.Database.Size <= 0 || m.Made.IsZero() {
		return errors.New("the manifest names no database")
	}
	total, last := m.Database.Size, workflow.Hash{}
	for _, ref := range m.Documents {
		if ref.Size < 0 || ref.Size > math.MaxInt64-total {
			return fmt.Errorf("the manifest gives document %s a size of %d", ref.Hash, ref.Size)
		}
		total += ref.Size
		if string(ref.Hash[:]) <= string(last[:]) {
			return fmt.Errorf("the manifest names document %s out of order", ref.Hash)
		}
		last = ref.Hash
	}
	return nil
}

func (m Manifest) encode() ([]byte, error) {
	if m.Documents == nil {
		m.Documents = []workflow.Ref{}
	}
	text, err := json.Marshal(m)
	return append(text, '\n'), err
}

// damaged marks a backup that is not whole; a reading that somebody ended says nothing about it.
func damaged(cause error) error {
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return workflow.WithHint(fmt.Errorf("%w: the backup is not whole: %w", workflow.ErrDamaged, cause), "copy it again from where it is kept, or take an older one; nothing was restored")
}
