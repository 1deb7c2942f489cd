//go:build !linux

package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"contractd/workflow"
)

// descriptor copies the document into a file without a name.
func descriptor(ctx context.Context, document workflow.Document) (*os.File, error) {
	file, err := os.CreateTemp("", "contractd-worker-")
	if err != nil {
		return nil, fmt.Errorf("copy a document: %w", err)
	}
	_, err = io.Copy(file, io.NewSectionReader(document, 0, document.Size))
	if err = errors.Join(err, os.Remove(file.Name()), ctx.Err()); err != nil {
		return nil, errors.Join(fmt.Errorf("copy a document: %w", err), file.Close())
	}
	return file, nil
}
