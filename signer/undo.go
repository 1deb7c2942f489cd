package signer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Undone is what Undo took away.
type Undone struct {
	BatchID     string // Empty when the signature was not made by this program.
	Signatures  int
	Certificate *x509.Certificate
	Size        int64    // Of the output.
	SHA256      [32]byte // Of the output.
}

// Undo writes to out the file as it was before its last batch. It refuses with workflow.ErrPolicy unless the last
// revision is one whole signature by a certificate that own accepts, with workflow.ErrIntegrity if that does not hold.
// Signatures of other programs are taken back to the end of the line after the end-of-file marker before them.
func (s *Sealer) Undo(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, own func(*x509.Certificate) bool) (Undone, error) {
	undone, err := s.undo(ctx, in, size, own)
	if err == nil {
		digest := sha256.New()
		err = s.copy(ctx, in, undone.Size, io.MultiWriter(digest, out))
		digest.Sum(undone.SHA256[:0])
	}
	if err != nil {
		return Undone{}, fmt.Errorf("undo the last seal: %w", err)
	}
	return undone, nil
}

// undo peels revisions off as long as they belong to the same batch.
func (s *Sealer) undo(ctx context.Context, in io.ReaderAt, size int64, own func(*x509.Certificate) bool) (Undone, error) {
	undone := Undone{Size: size}
	for {
		top, err := s.topSignature(ctx, in, undone.Size)
		if undone.Signatures > 0 && (errors.Is(err, workflow.ErrPolicy) || err == nil && !top.sameBatch(undone)) {
			return undone, nil
		}
		if err != nil {
			return Undone{}, err
		}
		if err := top.check(own); err != nil {
			return Undone{}, err
		}
		undone.Signatures++
		undone.BatchID, undone.Certificate, undone.Size = top.batch, top.certificate, top.before
	}
}

func (t *top) sameBatch(u Undone) bool { return t.batch != "" && t.batch == u.BatchID }

// top is the signature that is the last revision of a file.
type top struct {
	in          io.ReaderAt
	batch       string
	ranges      [4]int64
	contents    []byte
	certificate *x509.Certificate
	before      int64 // Size of the file before it.
}

// topSignature finds the one signature that covers the whole file and came with its last revision.
func (s *Sealer) topSignature(ctx context.Context, in io.ReaderAt, size int64) (*top, error) {
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return nil, err
	}
	last := file.Last()
	if last.Prev == nil {
		return nil, fmt.Errorf("%w: nothing was added to the file since it was made", workflow.ErrPolicy)
	}
	now, err := signatures(last)
	if err != nil {
		return nil, err
	}
	earlier, err := signatures(last.Prev)
	if err != nil {
		return nil, err
	}
	var found *top
	for _, signature := range now {
		if t, ok := covering(signature, size); ok && t.ranges[1] >= last.Start {
			t.in, found = in, t
		}
	}
	if found == nil || len(now) != len(earlier)+1 {
		return nil, fmt.Errorf("%w: the last revision is not one whole signature", workflow.ErrPolicy)
	}
	found.before, err = boundary(in, last, found.before)
	return found, err
}

// signatures returns the signature dictionaries of the form, each once.
func signatures(rev *pdf.Revision) ([]pdf.Dict, error) {
	fields, err := rev.Fields()
	if err != nil {
		return nil, blame(err)
	}
	var all []pdf.Dict
	seen := map[pdf.Ref]bool{}
	for _, f := range fields {
		if f.Type != "Sig" || f.Value == nil {
			continue
		}
		if ref, ok := f.Value.(pdf.Ref); ok {
			if seen[ref] {
				continue
			}
			seen[ref] = true
		}
		signature, err := rev.Dict(f.Value)
		if err != nil {
			return nil, blame(err)
		}
		all = append(all, signature)
	}
	return all, nil
}

// covering reports whether the byte range is the whole file but for the /Contents token of this very dictionary.
func covering(signature pdf.Dict, size int64) (*top, bool) {
	numbers, _ := signature["ByteRange"].(pdf.Array)
	contents, ok := signature["Contents"].(pdf.String)
	if !ok || len(numbers) != 4 {
		return nil, false
	}
	t := &top{contents: contents.Value, batch: pdf.Text(signature[batchKey])}
	for i, o := range numbers {
		n, ok := o.(pdf.Integer)
		if !ok || n < 0 {
			return nil, false
		}
		t.ranges[i] = int64(n)
	}
	if before, ok := signature[beforeKey].(pdf.Integer); ok {
		t.before = int64(before)
	}
	whole := t.ranges[0] == 0 && t.ranges[1] == contents.Span.Start && t.ranges[2] == contents.Span.End &&
		t.ranges[3] == size-t.ranges[2]
	return t, whole
}
