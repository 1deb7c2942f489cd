package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"contractd/workflow"
)

// openPlain opens a file of the caller as a document.
func openPlain(path string) (workflow.Document, io.Closer, error) {
	// Without O_NONBLOCK the opening of a named pipe would wait for ever.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return workflow.Document{}, nil, workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrNotFound), "check the file's name")
	}
	if err != nil {
		return workflow.Document{}, nil, workflow.WithHint(err, "the file must be readable by you")
	}
	document, err := describePlain(file)
	if err != nil {
		file.Close() // Only read.
		return workflow.Document{}, nil, fmt.Errorf("read %s: %w", path, err)
	}
	return document, file, nil
}

func describePlain(file *os.File) (workflow.Document, error) {
	info, err := file.Stat()
	if err != nil {
		return workflow.Document{}, err
	}
	if !info.Mode().IsRegular() {
		return workflow.Document{}, workflow.WithHint(errors.New("not a regular file"), "name a file, not a folder or a pipe")
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(file, 0, info.Size())); err != nil {
		return workflow.Document{}, err
	}
	document := workflow.Document{Ref: workflow.Ref{Size: info.Size()}, ReaderAt: file}
	digest.Sum(document.Hash[:0])
	return document, nil
}

// output is a file that appears whole or not at all.
type output struct {
	*os.File
	path  string
	force bool

	closed, done bool
}

// checkOutput refuses an output that is the input or that would replace a file without force.
func checkOutput(in, out string, force bool) error {
	there, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at the output: %w", err)
	case there.IsDir():
		return workflow.WithHint(fmt.Errorf("write %s, which is a folder: %w", out, workflow.ErrUsage), "name a file with -o")
	}
	if source, err := os.Stat(in); err == nil && os.SameFile(source, there) {
		return workflow.WithHint(fmt.Errorf("write %s, which is the input: %w", out, workflow.ErrUsage), "name another file with -o; the input is never changed")
	}
	if force {
		return nil
	}
	return existing(out)
}

func existing(out string) error {
	return workflow.WithHint(fmt.Errorf("write %s, which is there: %w", out, workflow.ErrExists), "name another file, or replace it with --force")
}

// createOutput makes a temporary file beside the output. Close removes it unless Commit came first.
func createOutput(path string, force bool) (*output, error) {
	// os.CreateTemp gives the file to its owner alone; here the umask decides, as with any file that a person makes.
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:10]+".tmp")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("create the output: %w", err), "name with -o a folder that exists and in which you may write")
	}
	return &output{File: file, path: path, force: force}, nil
}

// Commit makes the file durable and gives it its name.
func (o *output) Commit() error {
	err := errors.Join(o.Sync(), o.File.Close()) // Windows gives no other name to a file that is open.
	o.closed = true
	if err == nil {
		err = o.place()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	o.done = true
	return syncFolder(filepath.Dir(o.path))
}

// place renames the file. Without force it must not replace one that came meanwhile, which a link tells and a rename
// does not; a file system without links gets the rename.
func (o *output) place() error {
	if !o.force {
		err := os.Link(o.Name(), o.path)
		switch {
		case err == nil:
			return os.Remove(o.Name())
		case errors.Is(err, fs.ErrExist):
			return existing(o.path)
		}
	}
	return os.Rename(o.Name(), o.path)
}

// Close releases the file, and removes it when it was not committed.
func (o *output) Close() error {
	var err error
	if !o.closed {
		err = o.File.Close()
	}
	if !o.done {
		err = errors.Join(err, os.Remove(o.Name()))
	}
	return err
}
