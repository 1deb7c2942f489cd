package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"contractd/cmd/contractd/api"
	"contractd/store/backup"
	"contractd/workflow"
)

// storeCopy is a backup that is ready to be written: the database stands copied in the spool, the documents never change.
type storeCopy struct {
	house    *house
	manifest backup.Manifest
	file     *os.File
}

// backup implements api.Services.Backup.
func (h *house) backup(ctx context.Context) (api.Copy, error) {
	info, err := os.Stat(dataPath(h.cfg, "contractd.db"))
	if err == nil {
		err = h.room.Fits(info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("copy the database: %w", err)
	}
	file, err := os.CreateTemp(dataPath(h.cfg, "spool"), "spool-")
	if err != nil {
		return nil, fmt.Errorf("copy the database: %w", err)
	}
	// Without a name the space is freed by itself, however the process ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("copy the database: %w", errors.Join(err, file.Close()))
	}
	made := &storeCopy{house: h, file: file}
	if err := made.snapshot(ctx); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return made, nil
}

// snapshot copies the database and writes the manifest.
func (c *storeCopy) snapshot(ctx context.Context) error {
	at, digest := c.house.now(), sha256.New()
	snapshot, err := c.house.ledger.Snapshot(ctx, io.MultiWriter(c.file, digest))
	if err != nil {
		return err
	}
	info, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	c.manifest = backup.Manifest{
		Program: version(), Schema: snapshot.Schema, Made: at, Sequence: snapshot.Head.Sequence, Head: snapshot.Head.Hash,
		Database: workflow.Ref{Hash: workflow.Hash(digest.Sum(nil)), Size: info.Size()}, Documents: snapshot.Documents,
	}
	return nil
}

// Write implements api.Copy.
func (c *storeCopy) Write(ctx context.Context, w io.Writer) error {
	return backup.Write(ctx, w, c.manifest, c)
}

// Close implements api.Copy.
func (c *storeCopy) Close() error { return c.file.Close() }

// Database implements backup.Source.
func (c *storeCopy) Database(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(c.file, 0, c.manifest.Database.Size)), nil
}

// Document implements backup.Source.
func (c *storeCopy) Document(ctx context.Context, ref workflow.Ref) (io.ReadCloser, error) {
	document, closer, err := c.house.ledger.Document(ctx, ref)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{document.Reader(), closer}, nil
}
