package signer

import (
	"crypto/x509"
	"fmt"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

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
func topSignature(in io.ReaderAt, file *pdf.File) (*top, error) {
	last := file.Last()
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
		if t, ok := covering(signature, file.Size()); ok && t.ranges[1] >= last.Start {
			t.in, found = in, t
		}
	}
	if found == nil || len(now) != len(earlier)+1 {
		return nil, fmt.Errorf("%w: the last revision is not one whole signature", workflow.ErrPolicy)
	}
	found.before, err = boundary(in, last, found.before)
	return found, err
}

// signatures returns the signature dictionaries of the form but document timestamps, each once.
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
		if signature.Name("SubFilter") != "ETSI.RFC3161" { // A timestamp authority seals nothing.
			all = append(all, signature)
		}
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
