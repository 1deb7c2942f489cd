package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"contractd/workflow"
)

// descriptor returns a file with exactly the document's bytes that can only be read. A document that is a file is opened
// once more, without a copy and also when it has no name any more; any other is copied into memory.
func descriptor(ctx context.Context, document workflow.Document) (*os.File, error) {
	if file := fileOf(document); file != nil {
		if again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", file.Fd())); err == nil {
			return again, nil
		}
	}
	memory, err := unix.MemfdCreate("document", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("take memory for a document: %w", err)
	}
	file := os.NewFile(uintptr(memory), "document")
	_, err = io.Copy(file, io.NewSectionReader(document, 0, document.Size))
	if err == nil {
		err = ctx.Err()
	}
	if err == nil { // Nobody writes to it any more.
		_, err = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("copy a document: %w", err), file.Close())
	}
	return file, nil
}
