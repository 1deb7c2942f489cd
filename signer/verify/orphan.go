package verify

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

const maxOrphans = 1000

// orphans looks for signature dictionaries that no field leads to: other readers list or even believe them.
// verification.md, 4.
func (c *fileCase) orphans() error {
	offsets, err := c.search([]byte("/ByteRange"))
	if err != nil {
		return err
	}
	starts := map[int][]start{}
	for _, off := range offsets {
		orphan, err := c.orphanAt(off, starts)
		if err != nil {
			return err
		}
		if orphan {
			c.blame(workflow.ReasonOrphanSignature, "the signature dictionary around byte %d belongs to no field", off)
			return nil
		}
	}
	return nil
}

// orphanAt says whether a byte stands in a signature dictionary that was never met.
func (c *fileCase) orphanAt(off int64, starts map[int][]start) (bool, error) {
	for _, r := range c.file.Revisions() {
		if off < r.Start || off >= r.End {
			continue
		}
		if starts[r.Index] == nil {
			starts[r.Index] = startsOf(r)
		}
		ref, ok := holder(starts[r.Index], off)
		if !ok || slices.ContainsFunc(c.found, func(s *signature) bool { return s.key == ref }) {
			return false, nil
		}
		span, err := r.Span(ref)
		if err != nil || off >= span.End {
			return false, err
		}
		o, err := r.Object(ref)
		if err != nil {
			return false, err
		}
		dict, ok := o.(pdf.Dict)
		return ok && dict.Has("ByteRange") && dict.Has("Contents"), nil
	}
	return false, nil
}

// start is where an object of a revision begins.
type start struct {
	at  int64
	ref pdf.Ref
}

func startsOf(r *pdf.Revision) []start {
	starts := []start{}
	for _, ref := range r.Changed() {
		if e, ok := r.Entry(ref); ok && e.Kind == pdf.EntryOffset {
			starts = append(starts, start{e.Offset, ref})
		}
	}
	slices.SortFunc(starts, func(a, b start) int { return cmp.Compare(a.at, b.at) })
	return starts
}

// holder finds the object that begins nearest before an offset.
func holder(starts []start, off int64) (pdf.Ref, bool) {
	i, found := slices.BinarySearchFunc(starts, off, func(s start, off int64) int { return cmp.Compare(s.at, off) })
	if !found {
		i--
	}
	if i < 0 {
		return pdf.Ref{}, false
	}
	return starts[i].ref, true
}

// search finds a text in the raw bytes of the file.
func (c *fileCase) search(text []byte) ([]int64, error) {
	const chunk = 64 << 10
	buffer := make([]byte, chunk+len(text))
	var offsets []int64
	for at := int64(0); at < c.doc.Size && len(offsets) < maxOrphans; at += chunk {
		if err := c.ctx.Err(); err != nil {
			return nil, err
		}
		n, err := c.doc.ReadAt(buffer[:min(int64(len(buffer)), c.doc.Size-at)], at)
		if err != nil && err != io.EOF {
			return nil, err
		}
		part := buffer[:n]
		for from := 0; ; {
			i := bytes.Index(part[from:], text)
			if i < 0 || from+i >= chunk {
				break
			}
			offsets = append(offsets, at+int64(from+i))
			from += i + 1
		}
	}
	return offsets, nil
}
