package pdf

import (
	"fmt"
	"strconv"
)

const (
	maxNumberLength = 400     // characters of a number; a float64 in full needs 309
	maxObjectNumber = 8388607 // ISO 32000-1, Annex C.2
	maxGeneration   = 65535
)

// placeError says at which byte an object is broken.
type placeError struct {
	at  int64
	err error
}

func (e *placeError) Error() string { return fmt.Sprintf("%v (at byte %d)", e.err, e.at) }
func (e *placeError) Unwrap() error { return e.err }

func (p *parser) numberOrRef() (Object, error) {
	mark := p.lexer
	w := p.word(maxNumberLength)
	o, err := number(w)
	if err != nil {
		p.back(mark)
		return nil, p.fail("%.20q is not a number", w)
	}
	if n, ok := o.(Integer); ok && isDigit(int(w[0])) && n <= maxObjectNumber {
		if ref, ok := p.reference(int(n)); ok {
			return ref, nil
		}
	}
	return o, nil
}

// reference looks for "generation R" behind an integer.
func (p *parser) reference(n int) (Ref, bool) {
	mark := p.lexer
	if c := p.peek(); c < 0 || !isWhite(byte(c)) && c != '%' {
		return Ref{}, false
	}
	gen := 0
	c := p.skipSpace()
	for digits := 0; isDigit(c) && digits < 5; digits++ {
		gen = gen*10 + c - '0'
		p.next()
		c = p.peek()
	}
	if p.off > mark.off && c >= 0 && (isWhite(byte(c)) || c == '%') && p.skipSpace() == 'R' {
		p.next()
		if c := p.peek(); c < 0 || !isRegular(byte(c)) {
			return Ref{n, gen}, true
		}
	}
	p.back(mark)
	return Ref{}, false
}

// number converts [+-]digits[.digits]; ISO 32000-2, 7.3.3 knows no exponent.
func number(w []byte) (Object, error) {
	digits, points := 0, 0
	for i, c := range w {
		switch {
		case isDigit(int(c)):
			digits++
		case c == '.':
			points++
		case (c == '+' || c == '-') && i == 0:
		default:
			return nil, strconv.ErrSyntax
		}
	}
	if digits == 0 || points > 1 {
		return nil, strconv.ErrSyntax
	}
	if points == 0 {
		n, err := strconv.ParseInt(string(w), 10, 64)
		return Integer(n), err
	}
	f, err := strconv.ParseFloat(string(w), 64)
	return Real(f), err
}
