package mailbox

import (
	"bufio"
	"bytes"
	"io"
)

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
