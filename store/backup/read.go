package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"contractd/workflow"
)

// Bounds of what is read. A manifest has about 110 bytes for each document.
const (
	maxManifest = 128 << 20
	maxPadding  = 1 << 20 // Zeros after the end, which some tools write.
)

// Sink takes what a backup holds. Each content ends with io.EOF only if it was all there and had its hash; it need not be
// read to the end. An error of the sink ends the reading and is returned.
type Sink interface {
	Database(ctx context.Context, ref workflow.Ref, content io.Reader) error
	Document(ctx context.Context, ref workflow.Ref, content io.Reader) error
}

// Read reads a backup to its end and returns its manifest. What is not whole gives an error wrapping workflow.ErrDamaged,
// what is no backup of ours workflow.ErrUsage, and what a newer program made workflow.ErrPolicy.
func Read(ctx context.Context, r io.Reader, sink Sink) (Manifest, error) {
	in := reader{tar.NewReader(contextReader{ctx, r})}
	manifest, err := in.manifest()
	if err != nil {
		return Manifest{}, fmt.Errorf("read backup: %w", err)
	}
	err = in.take(databaseName, manifest.Database, func(content io.Reader) error {
		return sink.Database(ctx, manifest.Database, content)
	})
	if err != nil {
		return manifest, fmt.Errorf("read backup: %w", err)
	}
	for _, ref := range manifest.Documents {
		err := in.take(documentName(ref), ref, func(content io.Reader) error { return sink.Document(ctx, ref, content) })
		if err != nil {
			return manifest, fmt.Errorf("read backup: %w", err)
		}
	}
	if err := in.end(r); err != nil {
		return manifest, fmt.Errorf("read backup: %w", err)
	}
	return manifest, nil
}

// reader reads the files of a backup in the one order that they have.
type reader struct{ *tar.Reader }

// next goes to the next file, which must be the one that is expected.
func (in reader) next(name string) (int64, error) {
	header, err := in.Next()
	switch {
	case errors.Is(err, io.EOF):
		return 0, fmt.Errorf("it ends before %s: %w", name, io.ErrUnexpectedEOF)
	case err != nil:
		return 0, err
	case header.Name != name || header.Typeflag != tar.TypeReg || header.Linkname != "":
		return 0, fmt.Errorf("it holds %q (%q) where %s is expected", header.Name, header.Typeflag, name)
	}
	for record := range header.PAXRecords {
		if record != "size" { // Of a file of 8 GiB or more.
			return 0, fmt.Errorf("%s has the unknown record %q", name, record)
		}
	}
	return header.Size, nil
}

func (in reader) manifest() (Manifest, error) {
	foreign := func(cause error) error {
		return workflow.WithHint(fmt.Errorf("it is no backup of contractd: %w: %w", cause, workflow.ErrUsage), "name a file that `contractd backup` wrote, as it was written: not packed again, not compressed")
	}
	size, err := in.next(manifestName)
	if err != nil {
		return Manifest{}, foreign(err)
	}
	if size > maxManifest {
		return Manifest{}, foreign(fmt.Errorf("its manifest has %d bytes", size))
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return Manifest{}, damaged(err)
	}
	var manifest Manifest
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&manifest); err != nil {
		return manifest, foreign(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return manifest, foreign(errors.New("something follows in its manifest"))
	}
	if err := manifest.check(); errors.Is(err, workflow.ErrPolicy) {
		return manifest, err
	} else if err != nil {
		return manifest, damaged(err)
	}
	return manifest, nil
}

// take hands one file to the sink and makes sure that all of it was right.
func (in reader) take(name string, ref workflow.Ref, use func(io.Reader) error) error {
	size, err := in.next(name)
	if err == nil && size != ref.Size {
		err = fmt.Errorf("%s has %d bytes, the manifest says %d", name, size, ref.Size)
	}
	if err != nil {
		return damaged(err)
	}
	content := &checked{r: in, digest: sha256.New(), name: name, want: ref}
	if err := use(content); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = io.Copy(io.Discard, content)
	return err
}

// checked is a content that ends with io.EOF only if it was what its reference says.
type checked struct {
	r      io.Reader
	digest hash.Hash
	name   string
	want   workflow.Ref
	read   int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.digest.Write(p[:n])
	c.read += int64(n)
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return n, damaged(fmt.Errorf("%s ends after %d of %d bytes: %w", c.name, c.read, c.want.Size, err))
	case c.read != c.want.Size || workflow.Hash(c.digest.Sum(nil)) != c.want.Hash:
		return n, damaged(fmt.Errorf("%s does not have the hash that the manifest says", c.name))
	}
	return n, io.EOF
}

// end makes sure that nothing follows.
func (in reader) end(r io.Reader) error {
	if header, err := in.Next(); err == nil {
		return damaged(fmt.Errorf("it holds %q, which the manifest does not name", header.Name))
	} else if !errors.Is(err, io.EOF) {
		return damaged(err)
	}
	rest, err := io.ReadAll(io.LimitReader(r, maxPadding+1))
	if err != nil {
		return damaged(err)
	}
	if len(rest) > maxPadding || len(bytes.Trim(rest, "\x00")) > 0 {
		return damaged(errors.New("something follows its end"))
	}
	return nil
}
