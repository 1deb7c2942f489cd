package pdf

// name reads a name from its solidus on.
func (p *parser) name() (Name, error) {
	p.next()
	var buf [32]byte
	n := buf[:0]
	for c := p.peek(); c >= 0 && isRegular(byte(c)); c = p.peek() {
		p.next()
		if c == '#' {
			c = p.escapedByte()
		}
		if n = append(n, byte(c)); len(n) > p.limits.Token {
			return "", exceeded("name longer than %d bytes at byte %d", p.limits.Token, p.off)
		}
	}
	return Name(n), p.err
}

// escapedByte reads the two digits behind #. A # without them stands for
// itself, as in PDF 1.1.
func (p *parser) escapedByte() int {
	mark := p.lexer
	hi, lo := hexValue(p.next()), hexValue(p.next())
	if hi < 0 || lo < 0 {
		p.back(mark)
		return '#'
	}
	return hi<<4 | lo
}

// hex reads a hexadecimal string whose < at start has been consumed.
func (p *parser) hex(start int64) (Object, error) {
	var v []byte
	half := -1
	for {
		c := p.skipWhite()
		if c == '>' {
			break
		}
		d := hexValue(c)
		if d < 0 {
			return nil, p.fail("hexadecimal string holds another character than 0-9 A-F")
		}
		p.next()
		if half < 0 {
			half = d
			continue
		}
		if v = append(v, byte(half<<4|d)); len(v) > p.limits.Token {
			return nil, exceeded("string longer than %d bytes at byte %d", p.limits.Token, start)
		}
		half = -1
	}
	p.next()
	if half >= 0 { // ISO 32000-2, 7.3.4.3: a missing last digit is 0
		v = append(v, byte(half<<4))
	}
	return String{Value: v, Hex: true, Span: p.span(start)}, nil
}

// literal reads a string in parentheses.
func (p *parser) literal() (Object, error) {
	start := p.off
	p.next()
	var v []byte
	for open := 1; ; {
		c := p.next()
		switch c {
		case -1:
			return nil, p.fail("string in parentheses has no end")
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return String{Value: v, Span: p.span(start)}, nil
			}
		case '\r': // ISO 32000-2, 7.3.4.2: any end-of-line reads as \n
			if p.peek() == '\n' {
				p.next()
			}
			c = '\n'
		case '\\':
			if c = p.escape(); c < 0 {
				continue
			}
		}
		if v = append(v, byte(c)); len(v) > p.limits.Token {
			return nil, exceeded("string longer than %d bytes at byte %d", p.limits.Token, start)
		}
	}
}

// escape reads what follows a backslash; -1 if it stands for nothing.
func (p *parser) escape() int {
	c := p.peek()
	if c >= '0' && c <= '7' {
		v := 0
		for i := 0; i < 3 && p.peek() >= '0' && p.peek() <= '7'; i++ {
			v = v<<3 | (p.next() - '0')
		}
		return v & 0xff // 7.3.4.2: high-order overflow is ignored
	}
	if p.skipEOL() {
		return -1
	}
	p.next()
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}
