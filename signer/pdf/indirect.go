package pdf

// indirect is an object as it stands in the file.
type indirect struct {
	ref      Ref
	object   Object
	span     Span // from its number to behind endobj
	borrowed bool // the stream's /Length is a reference: depends on the revision
}

// lengthFunc resolves the /Length of a stream that is a reference.
type lengthFunc func(Ref) (Object, error)

// indirectAt reads "n g obj … endobj" at off. All of it must end before end.
func (f *File) indirectAt(off, end int64, length lengthFunc) (in indirect, err error) {
	if err := f.mayParse(); err != nil {
		return in, err
	}
	p := f.parserAt(off, end)
	defer func() {
		f.parsed += p.off - off
		if s, ok := in.object.(*Stream); ok {
			f.parsed -= s.Data.Len()
		}
	}()
	p.skipWhite()
	in.span.Start = p.off
	if in.ref, err = p.header(); err != nil {
		return in, err
	}
	if in.object, err = p.object(0); err != nil {
		return in, err
	}
	p.skipSpace()
	if d, ok := in.object.(Dict); ok && p.peek() == 's' {
		_, in.borrowed = d["Length"].(Ref)
		st, err := p.stream(d, length)
		if err != nil {
			return in, err
		}
		in.object = st
		p.skipSpace()
	}
	if err := p.keyword("endobj"); err != nil {
		return in, err
	}
	in.span.End = p.off
	return in, nil
}

// mayParse stops at a multiple of what reading everything once takes: entries
// that point into one another's strings would cost the square of it.
func (f *File) mayParse() error {
	if max := 16<<20 + 4*(f.src.size+f.decoded); f.parsed > max {
		return exceeded("more than %d bytes parsed: objects overlap", max)
	}
	return f.src.ctx.Err()
}

// header reads "n g obj".
func (p *parser) header() (Ref, error) {
	n, err := p.unsigned(maxObjectNumber)
	if err != nil {
		return Ref{}, err
	}
	p.skipSpace()
	g, err := p.unsigned(maxGeneration)
	if err != nil {
		return Ref{}, err
	}
	p.skipSpace()
	return Ref{int(n), int(g)}, p.keyword("obj")
}

// unsigned reads a plain decimal number.
func (p *parser) unsigned(max int64) (int64, error) {
	if !isDigit(p.peek()) {
		return 0, p.fail("a number is missing")
	}
	var v int64
	for isDigit(p.peek()) {
		v = v*10 + int64(p.next()-'0')
		if v > max {
			return 0, p.fail("number greater than %d", max)
		}
	}
	return v, nil
}

func (p *parser) keyword(want string) error {
	mark := p.lexer
	if w := p.word(len(want) + 1); string(w) != want {
		p.back(mark)
		return p.fail("%q where %q must stand", w, want)
	}
	return nil
}

// stream reads from the keyword on. ISO 32000-2, 7.3.8.1: the keyword is
// followed by CR LF or LF, never by CR alone.
func (p *parser) stream(d Dict, length lengthFunc) (*Stream, error) {
	if err := p.keyword("stream"); err != nil {
		return nil, err
	}
	if p.peek() == '\r' {
		p.next()
	}
	if p.next() != '\n' {
		return nil, p.fail("no line feed behind the keyword stream")
	}
	n, err := p.streamLength(d, length)
	if err != nil {
		return nil, err
	}
	s := &Stream{Dict: d, Data: Span{p.off, p.off + n}, src: p.src}
	p.seek(s.Data.End)
	p.skipWhite()
	return s, p.keyword("endstream")
}

func (p *parser) streamLength(d Dict, length lengthFunc) (int64, error) {
	o := d["Length"]
	if ref, ok := o.(Ref); ok {
		var err error
		if o, err = length(ref); err != nil {
			return 0, err
		}
	}
	n, ok := o.(Integer)
	if !ok || n < 0 || int64(n) > p.end-p.off {
		return 0, p.fail("stream has no usable /Length")
	}
	return int64(n), nil
}

func (f *File) parserAt(off, end int64) *parser {
	return &parser{lexer: lexer{src: f.src, off: off, end: min(end, f.src.size)}, limits: &f.limits, spans: true}
}

func (f *File) parserOf(data []byte) *parser {
	return &parser{lexer: lexer{buf: data, end: int64(len(data))}, limits: &f.limits}
}
