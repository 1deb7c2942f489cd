package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Tail is what an Update appends to its input.
type Tail struct {
	Base      int64  // size of the input
	Bytes     []byte // to be written behind it
	Contents  Span   // the Reserved token with its angle brackets, in the output; zero if there is none
	ByteRange Span   // the ByteRangeSlot, in the output; zero if there is none
}

// Size returns the size of the output.
func (t *Tail) Size() int64 { return t.Base + int64(len(t.Bytes)) }

// Ranges returns the four numbers of the /ByteRange: all but the Reserved token.
func (t *Tail) Ranges() [4]int64 {
	if t.Contents.End == 0 {
		return [4]int64{0, t.Size(), t.Size(), 0}
	}
	return [4]int64{0, t.Contents.Start, t.Contents.End, t.Size() - t.Contents.End}
}

// setByteRange fills the slot, which needs the Reserved token to leave out.
func (t *Tail) setByteRange() error {
	if t.ByteRange.End == 0 {
		return nil
	}
	if t.Contents.End == 0 {
		return errors.New("a ByteRangeSlot stands without a Reserved string")
	}
	r := t.Ranges()
	text := fmt.Sprintf("[%d %d %d %d]", r[0], r[1], r[2], r[3])
	copy(t.Bytes[t.ByteRange.Start-t.Base:t.ByteRange.End-t.Base], text)
	return nil
}

// CoveredTail returns the two covered parts of the tail alone: what follows the
// input up to the Reserved token, and what follows that token. Whoever has the
// digest state of the input already goes on with these.
func (t *Tail) CoveredTail() (before, after []byte) {
	if t.Contents.End == 0 {
		return t.Bytes, nil
	}
	return t.Bytes[:t.Contents.Start-t.Base], t.Bytes[t.Contents.End-t.Base:]
}

// Covered reads the bytes that the byte range covers: the input up to Base from
// in, the rest from the tail.
func (t *Tail) Covered(in io.ReaderAt) io.Reader {
	before, after := t.CoveredTail()
	return io.MultiReader(io.NewSectionReader(in, 0, t.Base), bytes.NewReader(before), bytes.NewReader(after))
}

// SetContents writes der into the Reserved string and zeros behind it. It fails
// if der is too long, and leaves the tail as it was.
func (t *Tail) SetContents(der []byte) error {
	room := (t.Contents.Len() - 2) / 2
	if t.Contents.End == 0 || int64(len(der)) > room {
		return fmt.Errorf("set contents: %d bytes do not fit into the %d reserved", len(der), max(room, 0))
	}
	digits := t.Bytes[t.Contents.Start-t.Base+1 : t.Contents.End-t.Base-1]
	n := hex.Encode(digits, der)
	for i := n; i < len(digits); i++ {
		digits[i] = '0'
	}
	return nil
}

// Output reads the whole output: the input from in, then the tail.
func (t *Tail) Output(in io.ReaderAt) *io.SectionReader {
	return io.NewSectionReader(joined{in, t}, 0, t.Size())
}

// joined is input and tail as one.
type joined struct {
	in io.ReaderAt
	t  *Tail
}

// ReadAt implements io.ReaderAt.
func (j joined) ReadAt(p []byte, off int64) (n int, err error) {
	if off < j.t.Base {
		n, err = j.in.ReadAt(p[:min(int64(len(p)), j.t.Base-off)], off)
		if n == len(p) || off+int64(n) < j.t.Base {
			return n, err
		}
	}
	m := copy(p[n:], j.t.Bytes[min(off+int64(n)-j.t.Base, int64(len(j.t.Bytes))):])
	if n += m; n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
