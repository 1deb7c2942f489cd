package bolt

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrOwned says that another process uses the store.
	ErrOwned = errors.New("in use by another process")
	// ErrNewer says that a newer contractd wrote the store or the record.
	ErrNewer = errors.New("written by a newer contractd")
)

// DefaultInlineMax is the largest document that stays in the database where Options says nothing else.
const DefaultInlineMax = 256 << 10

// NoInline as Options.InlineMax gives every document to Blobs.
const NoInline = -1

// Content is a stored document, open for reading.
type Content = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Blobs keeps the documents that are too large for the database.
type Blobs interface {
	// Put makes the content durable before it returns, and refuses content that is not what hash and size say.
	Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error
	// Open returns an error wrapping fs.ErrNotExist when nothing has the hash; any other means that it cannot be read now.
	Open(hash [32]byte) (Content, error)
	// Stat returns the size; its errors are those of Open.
	Stat(hash [32]byte) (int64, error)
	// Walk visits everything stored; an error of visit ends it and is returned.
	Walk(ctx context.Context, visit func(hash [32]byte, size int64) error) error
}

// Options configures Open. The zero value of each but Path is its default.
type Options struct {
	Path      string           // The database file; its folder is created where it is missing.
	InlineMax int64            // Bytes; 0 is DefaultInlineMax, NoInline none at all.
	Blobs     Blobs            // nil keeps every document in the database.
	Fatal     error            // The error of Blobs after which nothing can be trusted; Apply then wraps workflow.ErrDamaged.
	Now       func() time.Time // For entries that come without a time; time.Now.
	Room      Room             // nil: only a write that fails tells.
}

// inline reports whether a document of this size stays in the database.
func (o Options) inline(size int64) bool {
	return o.Blobs == nil || size <= o.InlineMax
}

func (o Options) withDefaults() Options {
	if o.InlineMax == 0 {
		o.InlineMax = DefaultInlineMax
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
