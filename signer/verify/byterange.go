package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// ranges checks each signature's byte range; verification.md, 1.
func (c *fileCase) ranges() error {
	for _, s := range c.found {
		if err := c.byteRange(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *fileCase) byteRange(s *signature) error {
	contents, ok := s.dict["Contents"].(pdf.String)
	switch {
	case s.dict == nil:
		s.fail(workflow.ReasonByteRange, "the field's value is not a dictionary")
		return nil
	case !ok || len(contents.Value) == 0 || !contents.Hex || contents.Span.Len() == 0:
		s.fail(workflow.ReasonContents, "/Contents is not a hexadecimal string of this dictionary")
		return nil
	}
	s.contents = contents
	span, fault := readByteRange(s.dict["ByteRange"], c.doc.Size)
	if fault == "" && (span[1] != contents.Span.Start || span[2] != contents.Span.End) {
		fault = fmt.Sprintf("the gap %d to %d is not the value at %d to %d", span[1], span[2], contents.Span.Start, contents.Span.End)
	}
	if fault != "" {
		s.fail(workflow.ReasonByteRange, "%s", fault)
		return nil
	}
	s.span = span
	return c.coverage(s)
}

// readByteRange wants exactly four integers from 0 on, without overlap or overflow.
func readByteRange(o pdf.Object, size int64) (span [4]int64, fault string) {
	array, ok := o.(pdf.Array)
	if !ok || len(array) != 4 {
		return span, "/ByteRange is not an array of four integers"
	}
	for i, e := range array {
		n, ok := e.(pdf.Integer)
		if !ok || n < 0 || int64(n) > size {
			return span, fmt.Sprintf("/ByteRange holds %v", e)
		}
		span[i] = int64(n)
	}
	if span[0] != 0 || span[1] >= span[2] || span[2]+span[3] > size {
		return span, fmt.Sprintf("/ByteRange is %v in a file of %d bytes", span, size)
	}
	return span, ""
}

// coverage finds the revision that the signature ends with.
func (c *fileCase) coverage(s *signature) error {
	end := s.span[2] + s.span[3]
	for _, r := range slices.Backward(c.file.Revisions()) {
		if end < r.Marker {
			continue
		}
		white, err := c.white(r.End, end)
		if err != nil {
			return err
		}
		if !white {
			break
		}
		s.covered, s.out.Revision, s.out.Coverage = r, r.Index, workflow.CoversRevision
		if rest, err := c.white(end, c.doc.Size); err != nil {
			return err
		} else if rest && r == c.file.Last() {
			s.out.Coverage = workflow.CoversFile
		}
		c.reached(s)
		return nil
	}
	s.fail(workflow.ReasonCoverage, "byte %d is not the end of a revision", end)
	return nil
}

// reached wants what leads to a signature to be covered by it; verification.md, 4.
func (c *fileCase) reached(s *signature) {
	if s.first.Index > s.covered.Index {
		s.fail(workflow.ReasonOrphanSignature, "no field of revision %d, which it covers, led to it", s.covered.Index)
		return
	}
	for _, u := range s.uses {
		if u.since.Index > s.covered.Index {
			s.fail(workflow.ReasonSharedValue, "field %q points at it since revision %d only", u.field.Name, u.since.Index)
		}
	}
}

const maxWhite = 64 << 10

// white says whether bytes [from,to) are white space only.
func (c *fileCase) white(from, to int64) (bool, error) {
	if to <= from {
		return true, nil
	}
	if to-from > maxWhite {
		return false, nil
	}
	part := make([]byte, to-from)
	if _, err := c.doc.ReadAt(part, from); err != nil && int64(len(part)) != c.doc.Size-from {
		return false, fmt.Errorf("read bytes %d to %d: %w", from, to, err)
	}
	return len(bytes.Trim(part, "\x00\t\n\f\r ")) == 0, nil
}

// order sorts the signatures by what they cover, so that hashing and comparing go forward.
func (c *fileCase) order() error {
	slices.SortStableFunc(c.found, func(a, b *signature) int {
		return cmp.Compare(a.end(), b.end())
	})
	return nil
}

// end is where the covered bytes end; beyond every file if nothing is covered.
func (s *signature) end() int64 {
	if s.covered == nil {
		return 1 << 62
	}
	return s.span[2] + s.span[3]
}
