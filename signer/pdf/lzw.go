package pdf

const (
	lzwClear = 256
	lzwEnd   = 257
	lzwMax   = 4096
)

// unpackLZW undoes LZWDecode up to just over max bytes. ISO 32000-2, 7.4.4.2.
func (p parameters) unpackLZW(data []byte, max int64) ([]byte, error) {
	early, err := p.integer("EarlyChange", 1, 0, 1)
	if err != nil {
		return nil, err
	}
	d := lzwState{bits: bitReader{data: data}, early: early}
	d.clear()
	for int64(len(d.out)) <= max {
		code, ok := d.bits.read(d.width)
		if !ok || code == lzwEnd {
			return d.out, nil // data without the end marker is common
		}
		if code == lzwClear {
			d.clear()
			continue
		}
		if err := d.emit(code); err != nil {
			return nil, err
		}
	}
	return d.out, nil
}

// lzwState keeps each entry of the table as a piece of what was put out already.
type lzwState struct {
	bits  bitReader
	early int
	width int
	next  int // the next free code
	last  Span
	table [lzwMax]Span
	out   []byte
}

func (d *lzwState) clear() { d.width, d.next, d.last = 9, lzwEnd+1, Span{} }

func (d *lzwState) emit(code int) error {
	start := int64(len(d.out))
	switch {
	case code < lzwClear:
		d.out = append(d.out, byte(code))
	case code < d.next:
		d.out = append(d.out, d.out[d.table[code].Start:d.table[code].End]...)
	case code == d.next && d.last.Len() > 0:
		d.out = append(d.out, d.out[d.last.Start:d.last.End]...)
		d.out = append(d.out, d.out[d.last.Start])
	default:
		return damaged("LZW code %d is not in the table", code)
	}
	// The entry is the piece before with the first byte of this one, and both
	// stand side by side.
	if d.last.Len() > 0 && d.next < lzwMax {
		d.table[d.next] = Span{d.last.Start, d.last.End + 1}
		d.next++
	}
	d.last = Span{start, int64(len(d.out))}
	for d.width < 12 && d.next+d.early >= 1<<d.width {
		d.width++
	}
	return nil
}

// bitReader takes bits from the high end of each byte.
type bitReader struct {
	data []byte
	acc  uint32
	n    int
}

func (b *bitReader) read(width int) (int, bool) {
	for b.n < width {
		if len(b.data) == 0 {
			return 0, false
		}
		b.acc = b.acc<<8 | uint32(b.data[0])
		b.data = b.data[1:]
		b.n += 8
	}
	b.n -= width
	return int(b.acc >> b.n & (1<<width - 1)), true
}
