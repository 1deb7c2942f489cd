//go:build failpoints

package cli

import (
	"context"
	"io"

	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
)

// Where in an act a point lies.
const (
	before = ":before"
	within = ":within" // Its last byte was read, and not yet confirmed.
	after  = ":after"  // It is done, and nobody has recorded so.
)

// pointedBlobs has points around the writing of a document's file.
type pointedBlobs struct{ bolt.Blobs }

func pointBlobs(blobs bolt.Blobs) bolt.Blobs { return pointedBlobs{blobs} }

// Put implements bolt.Blobs.
func (b pointedBlobs) Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error {
	points().reach(ctx, "document"+before)
	err := b.Blobs.Put(ctx, hash, size, endReader{content, func() { points().reach(ctx, "document"+within) }})
	if err == nil {
		points().reach(ctx, "document"+after)
	}
	return err
}

// endReader tells when its end was read: whoever copies has written everything by then.
type endReader struct {
	io.Reader
	end func()
}

func (r endReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.end()
	}
	return n, err
}

// lastByte is a document that tells when its last byte is read.
type lastByte struct {
	io.ReaderAt
	size int64
	told func()
}

func (l lastByte) ReadAt(p []byte, offset int64) (int, error) {
	n, err := l.ReaderAt.ReadAt(p, offset)
	if offset+int64(n) >= l.size {
		l.told()
	}
	return n, err
}

func pointDocument(ctx context.Context, name string, raw workflow.Document) workflow.Document {
	raw.ReaderAt = lastByte{raw.ReaderAt, raw.Size, func() { points().reach(ctx, name+within) }}
	return raw
}

type pointedSealer struct{ outbound.Sealer }

func pointSealer(sealer outbound.Sealer) outbound.Sealer { return pointedSealer{sealer} }

// Seal implements outbound.Sealer.
func (s pointedSealer) Seal(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
	points().reach(ctx, "seal"+before)
	sealed, err := s.Sealer.Seal(ctx, key, contract, in)
	points().reach(ctx, "seal"+after)
	return sealed, err
}

type pointedChecker struct{ outbound.Checker }

func pointChecker(checker outbound.Checker) outbound.Checker { return pointedChecker{checker} }

// Check implements outbound.Checker.
func (c pointedChecker) Check(ctx context.Context, draft, sealed workflow.Document, batches []workflow.Batch) (outbound.SelfCheck, error) {
	points().reach(ctx, "self-check"+before)
	check, err := c.Checker.Check(ctx, draft, sealed, batches)
	points().reach(ctx, "self-check"+after)
	return check, err
}

type pointedSender struct{ outbound.Sender }

func pointSender(sender outbound.Sender) outbound.Sender { return pointedSender{sender} }

// Send implements outbound.Sender.
func (s pointedSender) Send(ctx context.Context, envelope workflow.Envelope, raw workflow.Document) (string, error) {
	points().reach(ctx, "mail"+before)
	answer, err := s.Sender.Send(ctx, envelope, pointDocument(ctx, "mail", raw))
	points().reach(ctx, "mail"+after)
	return answer, err
}

type pointedSentFolder struct{ outbound.SentFolder }

func pointSentFolder(folder outbound.SentFolder) outbound.SentFolder {
	return pointedSentFolder{folder}
}

// Append implements outbound.SentFolder.
func (f pointedSentFolder) Append(ctx context.Context, messageID string, raw workflow.Document) error {
	points().reach(ctx, "sent-copy"+before)
	err := f.SentFolder.Append(ctx, messageID, pointDocument(ctx, "sent-copy", raw))
	points().reach(ctx, "sent-copy"+after)
	return err
}

type pointedMailbox struct{ inbound.Mailbox }

func pointMailbox(mailbox inbound.Mailbox) inbound.Mailbox { return pointedMailbox{mailbox} }

// Fetch implements inbound.Mailbox.
func (m pointedMailbox) Fetch(ctx context.Context, cursor workflow.Cursor, take func(context.Context, workflow.Incoming, io.Reader) error) error {
	return m.Mailbox.Fetch(ctx, cursor, func(ctx context.Context, incoming workflow.Incoming, raw io.Reader) error {
		points().reach(ctx, "fetch"+before)
		if raw != nil { // nil says that the message cannot be had.
			raw = endReader{raw, func() { points().reach(ctx, "fetch"+within) }}
		}
		return take(ctx, incoming, raw)
	})
}

// File implements inbound.Mailbox.
func (m pointedMailbox) File(ctx context.Context, place workflow.Place, shelf workflow.Shelf) error {
	points().reach(ctx, "filing"+before)
	err := m.Mailbox.File(ctx, place, shelf)
	points().reach(ctx, "filing"+after)
	return err
}
