package pdf

// section reads the cross-reference section at off, without what follows it.
func (f *File) section(off int64) (Section, error) {
	if off <= 0 || off >= f.src.size {
		return Section{}, damaged("cross-reference section at %d, outside of the file", off)
	}
	p := f.parserAt(off, f.src.size)
	if p.skipWhite() == 'x' {
		return f.tableSection(p, off)
	}
	if p.err != nil {
		return Section{}, p.err
	}
	return f.streamSection(off)
}

// checkNumbers refuses entries at or beyond /Size, which ISO 32000-2, 7.5.5 lets
// readers ignore: some do.
func (s *Section) checkNumbers() error {
	size, ok := s.Trailer["Size"].(Integer)
	if !ok || size < 0 || size > maxObjectNumber+1 {
		return damaged("trailer of the section at %d has no usable /Size", s.Offset)
	}
	if n := len(s.entries); n > 0 && Integer(s.entries[n-1].number) >= size {
		return damaged("section at %d names object %d, but its /Size is %d", s.Offset, s.entries[n-1].number, size)
	}
	return nil
}

// position returns the direct integer under key, which is a place in the file.
func (s *Section) position(key Name) (int64, bool, error) {
	o, ok := s.Trailer[key]
	if !ok || o == nil {
		return 0, false, nil
	}
	n, ok := o.(Integer)
	if !ok {
		return 0, false, damaged("/%s of the section at %d is not an integer", string(key), s.Offset)
	}
	return int64(n), true, nil
}

// tail reads "startxref n %%EOF" behind a section and returns n.
func (f *File) tail(s *Section) (int64, error) {
	p := f.parserAt(s.Span.End, f.src.size)
	p.skipSpace()
	start := p.off
	n, err := p.startxref()
	if err != nil {
		return 0, err
	}
	s.Tail = Span{start, p.off}
	return n, nil
}

// startxref reads "startxref n %%EOF".
func (p *parser) startxref() (int64, error) {
	if err := p.keyword("startxref"); err != nil {
		return 0, err
	}
	p.skipWhite()
	n, err := p.unsigned(1 << 40)
	if err != nil {
		return 0, err
	}
	p.skipWhite()
	for _, c := range []byte("%%EOF") {
		if p.peek() != int(c) {
			return 0, p.fail("%%%%EOF is missing behind startxref")
		}
		p.next()
	}
	return n, nil
}

// charge counts entries against the limit for the whole file.
func (f *File) charge(entries int64) error {
	if entries > int64(f.limits.Objects-f.objects) {
		return exceeded("more than %d cross-reference entries", f.limits.Objects)
	}
	f.objects += int(entries)
	return nil
}
