package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"contractd/workflow"
)

// Source opens what a manifest names.
type Source interface {
	// Database opens the copy of the database.
	Database(ctx context.Context) (io.ReadCloser, error)
	// Document opens a document. An error ends the backup: what cannot be read cannot be kept.
	Document(ctx context.Context, ref workflow.Ref) (io.ReadCloser, error)
}

// Write writes a backup. Content that is not what the manifest says ends it with an error wrapping workflow.ErrDamaged;
// what was written until then is refused by Read.
func Write(ctx context.Context, w io.Writer, manifest Manifest, source Source) error {
	manifest.Format = Format
	text, err := manifest.encode()
	if err != nil {
		return fmt.Errorf("write backup: manifest: %w", err)
	}
	out := &writer{tar.NewWriter(w), manifest.Made.UTC().Truncate(time.Second)}
	if err := out.begin(manifestName, int64(len(text))); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	database, err := source.Database(ctx)
	if err == nil {
		err = out.put(ctx, databaseName, manifest.Database, database)
	}
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	for _, ref := range manifest.Documents {
		document, err := source.Document(ctx, ref)
		if err == nil {
			err = out.put(ctx, documentName(ref), ref, document)
		}
		if err != nil {
			return fmt.Errorf("back up document %s: %w", ref.Hash, err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

type writer struct {
	*tar.Writer
	made time.Time
}

func (w *writer) begin(name string, size int64) error {
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.made})
}

// put writes one file, and closes its content.
func (w *writer) put(ctx context.Context, name string, ref workflow.Ref, content io.ReadCloser) error {
	defer content.Close() // Only read.
	if err := w.begin(name, ref.Size); err != nil {
		return err
	}
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, digest), io.LimitReader(contextReader{ctx, content}, ref.Size))
	switch {
	case err != nil:
		return err
	case n < ref.Size:
		return fmt.Errorf("it has %d of %d bytes: %w", n, ref.Size, workflow.ErrDamaged)
	case workflow.Hash(digest.Sum(nil)) != ref.Hash:
		return fmt.Errorf("its content has another hash: %w", workflow.ErrDamaged)
	}
	return nil
}

// contextReader ends a long copy when its context ends.
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
