package mailbox

import (
	"bufio"
	"bytes"
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

// fill decodes up to some kilobytes.
func (b *base64Reader) fill() {
	b.full = b.full[:0]
	for len(b.full) < 8<<10 && b.err == nil {
		c, err := b.in.ReadByte()
		switch {
		case err != nil:
			b.finish(err)
		case c == '=':
			b.padding()
		default:
			b.accept(c)
		}
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

// quotedReader decodes RFC 2045, 6.7: an equals sign that begins nothing stands for itself.
type quotedReader struct {
	in       *bufio.Reader
	space    []byte // White space that is dropped when a line end follows.
	full     []byte // What out is a part of; kept, to be written again.
	out      []byte
	repaired bool
	err      error
}

func newQuotedReader(r io.Reader) *quotedReader {
	return &quotedReader{in: bufio.NewReaderSize(r, 16<<10)}
}

// Repaired reports whether the text was not proper quoted-printable.
func (q *quotedReader) Repaired() bool { return q.repaired }

// Read implements io.Reader.
func (q *quotedReader) Read(p []byte) (int, error) {
	for len(q.out) == 0 && q.err == nil {
		q.fill()
		q.out = q.full
	}
	n := copy(p, q.out)
	q.out = q.out[n:]
	if n == 0 && q.err != nil {
		return 0, q.err
	}
	return n, nil
}

// fill decodes up to some kilobytes.
func (q *quotedReader) fill() {
	q.full = q.full[:0]
	for len(q.full) < 8<<10 && q.err == nil {
		c, err := q.in.ReadByte()
		if err != nil {
			q.err = err
			return // RFC 2045, 6.7 (3): white space at the end is not part of the text.
		}
		switch {
		case c == '\r' && !q.lineEnd(), c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '=':
			q.keep(c)
		case c == ' ' || c == '\t':
			q.space = append(q.space, c)
			if len(q.space) > 1000 {
				q.keepSpace()
			}
		case c == '=':
			q.escape()
		default: // A line end: the white space before it was added in transport.
			q.space = q.space[:0]
			q.full = append(q.full, c)
		}
	}
}

// lineEnd reports whether a line feed is next.
func (q *quotedReader) lineEnd() bool {
	next, err := q.in.Peek(1)
	return err == nil && next[0] == '\n'
}

func (q *quotedReader) keepSpace() {
	q.full = append(q.full, q.space...)
	q.space = q.space[:0]
}

func (q *quotedReader) keep(c byte) {
	q.keepSpace()
	q.full = append(q.full, c)
}

// escape reads what follows an equals sign: two hexadecimal digits, or a soft line end.
func (q *quotedReader) escape() {
	next, _ := q.in.Peek(2) // A short answer is the end of the text, judged below.
	if len(next) == 2 {
		high, low := unhex(next[0]), unhex(next[1])
		if high < 16 && low < 16 {
			q.discard(2)
			q.keep(high<<4 | low)
			return
		}
	}
	if q.softBreak() {
		return
	}
	q.repaired = true
	q.keep('=')
}

// softBreak passes over a line end, with the white space that transport put before it.
func (q *quotedReader) softBreak() bool {
	for ahead := 1; ahead <= 80; ahead++ {
		seen, _ := q.in.Peek(ahead) // A short answer is the end of the text.
		if len(seen) < ahead {
			if len(bytes.Trim(seen, " \t\r")) > 0 {
				return false
			}
			q.discard(len(seen))
			q.keepSpace()
			return true
		}
		switch seen[ahead-1] {
		case '\n':
			q.discard(ahead)
			q.keepSpace()
			return true
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return false
}

// discard passes over bytes that were peeked already.
func (q *quotedReader) discard(n int) {
	if _, err := q.in.Discard(n); err != nil {
		q.err = err
	}
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return junk
}

// decodeQuoted decodes a short text leniently and says whether it had to be repaired.
func decodeQuoted(text []byte) ([]byte, bool) {
	decoder := newQuotedReader(bytes.NewReader(append(text, '.'))) // The dot keeps spaces at the end.
	out, _ := io.ReadAll(decoder)                                  // Reading from memory cannot fail.
	return bytes.TrimSuffix(out, []byte(".")), decoder.Repaired()
}
