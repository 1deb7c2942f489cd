package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Hash is the SHA-256 digest of a document. Its text form is 64 lower-case hexadecimal digits.
type Hash [sha256.Size]byte

// String returns the hexadecimal form.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns the first 12 digits, for people; never use it to look something up.
func (h Hash) Short() string { return h.String()[:12] }

// IsZero reports whether no digest was set.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler; the zero hash is the empty text.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return []byte(h.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*h = Hash{}
		return nil
	}
	parsed, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// ParseHash reads 64 hexadecimal digits.
func ParseHash(text string) (Hash, error) {
	var h Hash
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(h) {
		return Hash{}, fmt.Errorf("read hash %q: want 64 hexadecimal digits", text)
	}
	copy(h[:], raw)
	return h, nil
}

// HashOf returns the digest of data.
func HashOf(data []byte) Hash { return sha256.Sum256(data) }

// Ref names a document by its content.
type Ref struct {
	Hash Hash  `json:"hash"`
	Size int64 `json:"size"` // in bytes
}

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r.Hash.IsZero() }

// Document is content that can be read at any offset. Documents cross packages in this form,
// so that 20 MB files stream instead of standing in memory.
type Document struct {
	Ref
	io.ReaderAt
}

// Reader returns a reader over the whole document.
func (d Document) Reader() *io.SectionReader { return io.NewSectionReader(d.ReaderAt, 0, d.Size) }

// Identify reads all of r once and returns the document that it is.
func Identify(ctx context.Context, r io.ReaderAt, size int64) (Document, error) {
	digest := sha256.New()
	n, err := io.Copy(digest, contextReader{ctx, io.NewSectionReader(r, 0, size)})
	if err != nil {
		return Document{}, fmt.Errorf("hash document: %w", err)
	}
	if n != size {
		return Document{}, fmt.Errorf("hash document: read %d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	}
	return Document{Ref{Hash(digest.Sum(nil)), size}, r}, nil
}

// contextReader ends a long read when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
