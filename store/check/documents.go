package check

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"contractd/workflow"
)

// document hashes one document. It implements the visit of Source.Documents.
func (c *checker) document(ctx context.Context, document workflow.Document, fault error) error {
	subject := "document/" + document.Hash.String()
	named := c.mentioned[document.Hash]
	switch {
	case errors.Is(fault, workflow.ErrNotFound) && !named:
		c.find(KindOrphan, subject, "%v", fault)
		return nil
	case errors.Is(fault, workflow.ErrNotFound):
		return nil // Told as missing: no record of the store leads to it.
	case fault != nil:
		c.find(KindDocument, subject, "%v", fault)
		c.stored[document.Ref] = true
		return ctx.Err()
	}
	c.report.Documents++
	c.stored[document.Ref] = true
	if !named {
		c.find(KindOrphan, subject, "no record names it")
	}
	if err := c.stamped(document); err != nil {
		c.find(KindDocument, subject, "read timestamp: %v", err)
	}
	return c.content(ctx, subject, document)
}

// content compares a document, and each beginning that a record claims of it, with its hash.
func (c *checker) content(ctx context.Context, subject string, document workflow.Document) error {
	digest := sha256.New()
	begins := slices.SortedFunc(slices.Values(c.begins[document.Ref]), func(a, b prefix) int { return cmp.Compare(a.Size, b.Size) })
	read := int64(0)
	for _, begin := range append(begins, prefix{Ref: document.Ref}) {
		if begin.Size > document.Size {
			c.find(KindDocument, begin.subject, "document %s cannot begin with the longer %s", document.Hash, begin.Hash)
			continue
		}
		n, err := copyPart(ctx, digest, document, read, begin.Size)
		read += n
		c.report.Bytes += n
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			c.find(KindDocument, subject, "read byte %d: %v", read, err)
			return nil
		}
		c.compare(subject, begin, workflow.Hash(digest.Sum(nil)))
	}
	return nil
}

func (c *checker) compare(subject string, begin prefix, found workflow.Hash) {
	switch {
	case found == begin.Hash:
	case begin.subject == "":
		c.find(KindDocument, subject, "its content has the hash %s", found)
	default:
		c.find(KindDocument, begin.subject, "%s does not begin with %s, to which the seal was added", subject, begin.Hash)
	}
}

// copyPart reads a part in pieces, so that an end of the context is noticed in between.
func copyPart(ctx context.Context, w io.Writer, r io.ReaderAt, from, to int64) (int64, error) {
	const piece = 4 << 20
	copied := int64(0)
	for from+copied < to {
		if err := ctx.Err(); err != nil {
			return copied, err
		}
		length := min(piece, to-from-copied)
		n, err := io.Copy(w, io.NewSectionReader(r, from+copied, length))
		copied += n
		if err == nil && n < length {
			err = fmt.Errorf("it ends there: %w", io.ErrUnexpectedEOF)
		}
		if err != nil {
			return copied, err
		}
	}
	return copied, nil
}

// missingDocuments reports the documents that records need and the store does not have.
func (c *checker) missingDocuments() {
	for ref, subject := range c.needed {
		if !c.stored[ref] {
			c.find(KindReference, subject, "it names document %s of %d bytes, which is not stored", ref.Hash, ref.Size)
		}
	}
}
