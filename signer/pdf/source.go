package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	blockSize  = 4 << 10
	blockSlots = 256
)

// source reads the file through a small cache of blocks, so that objects
// scattered over it cost few reads and the file is never held as a whole. A
// block that was handed out is never overwritten: lexers keep slices of it.
type source struct {
	ctx   context.Context // of Open, see File
	r     io.ReaderAt
	size  int64
	slots [blockSlots]struct {
		number int64 // 1 + the block's number; 0 is empty
		data   []byte
	}
}

// at returns the bytes from off to the end of its block; none behind the end.
func (s *source) at(off int64) ([]byte, error) {
	if off < 0 || off >= s.size {
		return nil, nil
	}
	n := off / blockSize
	slot := &s.slots[n%blockSlots]
	if slot.number != n+1 {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		data, err := s.read(n*blockSize, min(blockSize, s.size-n*blockSize))
		if err != nil {
			return nil, err
		}
		slot.number, slot.data = n+1, data
	}
	return slot.data[off-n*blockSize:], nil
}

// read returns n bytes at off without the cache.
func (s *source) read(off, n int64) ([]byte, error) {
	buf := make([]byte, n)
	got, err := s.r.ReadAt(buf, off)
	if int64(got) == n {
		return buf, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil, damaged("the file ends before byte %d of %d", off+n, s.size)
	}
	return nil, fmt.Errorf("read %d bytes at %d: %w", n, off, err)
}
