package mailbox

import (
	"bufio"
	"io"
)

// decoder reads a transfer encoding leniently and remembers whether it had to.
type decoder interface {
	io.Reader
	Repaired() bool // Complete only after Read returned an error.
}

// plain is content that is not encoded (7bit, 8bit, binary).
type plain struct{ io.Reader }

// Repaired is always false: there is nothing to read wrongly.
func (plain) Repaired() bool { return false }

// base64Reader decodes RFC 2045, 6.8, with what real mail adds: junk between the characters,
// missing padding, a footer behind it.
type base64Reader struct {
	in       *bufio.Reader
	sextets  uint32
	count    int    // Sextets collected, 0 to 3.
	full     []byte // What out is a part of; kept, to be written again.
	out      []byte
	repaired bool
	err      error
}

func newBase64Reader(r io.Reader) *base64Reader {
	return &base64Reader{in: bufio.NewReaderSize(r, 16<<10)}
}

// Repaired reports whether the text was not proper base64.
func (b *base64Reader) Repaired() bool { return b.repaired }

// Read implements io.Reader.
func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.out) == 0 && b.err == nil {
		b.fill()
		b.out = b.full
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	if n == 0 && b.err != nil {
		return 0, b.err
	}
	return n, nil
}

// fill decodes what is buffered, at most some kilobytes.
func (b *base64Reader) fill() {
	b.full = b.full[:0]
	if _, err := b.in.Peek(1); err != nil {
		b.finish(err)
		return
	}
	text, _ := b.in.Peek(min(b.in.Buffered(), 8<<10)) // What is buffered can be seen.
	for i, c := range text {
		if c == '=' {
			b.discard(i + 1)
			b.padding()
			return
		}
		b.accept(c)
	}
	b.discard(len(text))
}

// discard passes over bytes that were seen already.
func (b *base64Reader) discard(n int) {
	if _, err := b.in.Discard(n); err != nil {
		b.err = err
	}
}

// accept takes one character of the alphabet and passes over everything else.
func (b *base64Reader) accept(c byte) {
	value := sextet[c]
	if value == skipped {
		return
	}
	if value == junk {
		b.repaired = true
		return
	}
	b.sextets = b.sextets<<6 | uint32(value)
	if b.count++; b.count == 4 {
		b.full = append(b.full, byte(b.sextets>>16), byte(b.sextets>>8), byte(b.sextets))
		b.sextets, b.count = 0, 0
	}
}

// padding ends the text at its padding; what stands behind is not ours.
func (b *base64Reader) padding() {
	proper := b.count >= 2
	second := b.count == 2 // Another equals sign is due.
	for proper {
		c, err := b.in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			b.err = err
			return
		}
		switch {
		case sextet[c] == skipped:
		case c == '=' && second:
			second = false
		default:
			proper = false
		}
	}
	b.repaired = b.repaired || !proper || second
	b.flush()
	b.err = io.EOF
}

// finish ends a text without padding.
func (b *base64Reader) finish(err error) {
	b.err = err
	if err == io.EOF && b.count > 0 {
		b.repaired = true
		b.flush()
	}
}

// flush writes the bytes that two or three remaining sextets make.
func (b *base64Reader) flush() {
	switch b.count {
	case 2:
		b.full = append(b.full, byte(b.sextets>>4))
	case 3:
		b.full = append(b.full, byte(b.sextets>>10), byte(b.sextets>>2))
	}
	b.count = 0
}

const (
	junk    = 0xff
	skipped = 0xfe
)

// sextet maps a byte to its value, junk, or skipped for white space.
var sextet = func() (table [256]byte) {
	for i := range table {
		table[i] = junk
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	for _, c := range []byte(" \t\r\n") {
		table[c] = skipped
	}
	return table
}()
