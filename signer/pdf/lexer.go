package pdf

// lexer walks over the bytes [off,end) of a source, or of a buffer if src is
// nil. It is a value: a copy marks a place to return to.
type lexer struct {
	src *source
	buf []byte // unread bytes at hand
	off int64  // place of buf[0] in the file or buffer
	end int64
	err error // why the source could not be read
}

func (l *lexer) fill() bool {
	if l.src == nil || l.off >= l.end || l.err != nil {
		return false
	}
	buf, err := l.src.at(l.off)
	if err != nil {
		l.err = err
		return false
	}
	if int64(len(buf)) > l.end-l.off {
		buf = buf[:l.end-l.off]
	}
	l.buf = buf
	return len(buf) > 0
}

// peek returns the next byte, or -1 at the end.
func (l *lexer) peek() int {
	if len(l.buf) == 0 && !l.fill() {
		return -1
	}
	return int(l.buf[0])
}

// next consumes the byte that peek returned.
func (l *lexer) next() int {
	c := l.peek()
	if c >= 0 {
		l.buf = l.buf[1:]
		l.off++
	}
	return c
}

func (l *lexer) seek(off int64) {
	if d := off - l.off; d >= 0 && d <= int64(len(l.buf)) {
		l.buf = l.buf[d:]
	} else {
		l.buf = nil
	}
	l.off = off
}

// back returns to a marked place, but not to before a failure of the source.
func (l *lexer) back(mark lexer) {
	mark.err = l.err
	*l = mark
}

// skipWhite passes over white space and returns the next byte.
func (l *lexer) skipWhite() int {
	for {
		c := l.peek()
		if c < 0 || !isWhite(byte(c)) {
			return c
		}
		l.next()
	}
}

// skipSpace passes over white space and comments and returns the next byte.
func (l *lexer) skipSpace() int {
	for {
		c := l.skipWhite()
		if c != '%' {
			return c
		}
		l.skipLine()
	}
}

// skipLine passes to the end-of-line, and not over it.
func (l *lexer) skipLine() {
	for c := l.peek(); c >= 0 && c != '\r' && c != '\n'; c = l.peek() {
		l.next()
	}
}

// skipEOL passes over one end-of-line marker if there is one.
func (l *lexer) skipEOL() bool {
	switch l.peek() {
	case '\r':
		l.next()
		if l.peek() == '\n' {
			l.next()
		}
	case '\n':
		l.next()
	default:
		return false
	}
	return true
}

// word reads up to max regular characters.
func (l *lexer) word(max int) []byte {
	var buf [16]byte
	w := buf[:0]
	for c := l.peek(); c >= 0 && isRegular(byte(c)) && len(w) < max; c = l.peek() {
		w = append(w, byte(c))
		l.next()
	}
	return w
}

// ISO 32000-2, 7.2.3: the three classes of characters.
const (
	classRegular = iota
	classWhite
	classDelimiter
)

var classes = func() (t [256]byte) {
	for _, c := range "\x00\t\n\f\r " {
		t[c] = classWhite
	}
	for _, c := range "()<>[]{}/%" {
		t[c] = classDelimiter
	}
	return t
}()

func isWhite(c byte) bool   { return classes[c] == classWhite }
func isRegular(c byte) bool { return classes[c] == classRegular }
func isDigit(c int) bool    { return c >= '0' && c <= '9' }

func hexValue(c int) int {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}
