package pdf

// parser reads direct objects off a lexer under limits.
type parser struct {
	lexer
	limits *Limits
	items  int  // elements read so far
	spans  bool // places are places in the file
}

// fail reports what is wrong at the present place, unless the source itself failed.
func (p *parser) fail(format string, args ...any) error {
	if p.err != nil {
		return p.err
	}
	if p.peek() < 0 {
		format = "unexpected end: " + format
	}
	err := damaged(format, args...)
	return &placeError{at: p.off, err: err}
}

// object reads one object; what follows it stays unread.
func (p *parser) object(depth int) (Object, error) {
	if depth > p.limits.Depth {
		return nil, exceeded("objects nested deeper than %d at byte %d", p.limits.Depth, p.off)
	}
	p.items++
	if p.items > p.limits.Items {
		return nil, exceeded("more than %d elements in one object at byte %d", p.limits.Items, p.off)
	}
	c := p.skipSpace()
	switch {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(depth)
	case c == '<':
		return p.angle(depth)
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		return p.numberOrRef()
	}
	return p.constant()
}

func (p *parser) constant() (Object, error) {
	mark := p.lexer
	switch w := string(p.word(8)); w {
	case "null":
		return nil, nil
	case "true":
		return Bool(true), nil
	case "false":
		return Bool(false), nil
	default:
		p.back(mark)
		return nil, p.fail("%q is not an object", w)
	}
}

func (p *parser) array(depth int) (Object, error) {
	p.next()
	a := Array{}
	for p.skipSpace() != ']' {
		o, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, o)
	}
	p.next()
	return a, nil
}

func (p *parser) angle(depth int) (Object, error) {
	start := p.off
	p.next()
	if p.peek() != '<' {
		return p.hex(start)
	}
	p.next()
	return p.dict(depth)
}

// dict reads what follows <<. ISO 32000-2, 7.3.7 leaves the value of a key that stands twice undefined, so readers
// differ: refused, unless both values are the same, as digitorus/pdfsign writes /Version when it signs a second time.
func (p *parser) dict(depth int) (Dict, error) {
	d := Dict{}
	for {
		switch c := p.skipSpace(); c {
		case '/':
		case '>':
			p.next()
			if p.next() != '>' {
				return nil, p.fail("dictionary ends in a single >")
			}
			return d, nil
		default:
			return nil, p.fail("dictionary key is not a name")
		}
		k, err := p.name()
		if err != nil {
			return nil, err
		}
		value, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if first, twice := d[k]; twice && !Equal(first, value) {
			return nil, p.fail("dictionary has the key /%.40s twice, with different values", string(k))
		}
		d[k] = value
	}
}

func (p *parser) span(start int64) Span {
	if !p.spans {
		return Span{}
	}
	return Span{start, p.off}
}
