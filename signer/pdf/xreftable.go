package pdf

import "strings"

const entryLength = 20 // ISO 32000-2, 7.5.4

// tableSection reads "xref", its subsections and the trailer dictionary.
func (f *File) tableSection(p *parser, off int64) (Section, error) {
	s := Section{Kind: Table, Offset: off, Span: Span{Start: p.off}}
	if err := p.keyword("xref"); err != nil {
		return s, err
	}
	var list []entry
	s.line(p)
	for s.skipTo(p); isDigit(p.peek()); s.skipTo(p) {
		var err error
		if list, err = f.subsection(p, &s, list); err != nil {
			return s, err
		}
	}
	if err := p.keyword("trailer"); err != nil {
		return s, err
	}
	p.skipSpace()
	o, err := p.object(0)
	if err != nil {
		return s, err
	}
	var ok bool
	if s.Trailer, ok = o.(Dict); !ok {
		return s, p.fail("trailer is not a dictionary")
	}
	s.Span.End = p.off
	if s.entries, err = sortEntries(list); err != nil {
		return s, err
	}
	return s, s.checkNumbers()
}

// skipTo passes to the next subsection or the trailer. MuPDF repairs a file with anything between subsections, but
// itself writes an empty line before the trailer.
func (s *Section) skipTo(p *parser) {
	from := p.off
	if p.skipSpace(); isDigit(p.peek()) && p.off > from {
		s.Loose = true
	}
	if p.off-from > 4 {
		s.Loose = true
	}
}

// line passes to the next line: one space may stand before its end.
func (s *Section) line(p *parser) {
	if p.peek() == ' ' {
		p.next()
	}
	s.Loose = !p.skipEOL() || s.Loose
	s.strictly(p, "", 0, 0)
}

// strictly passes over white space, of which there may be so much of certain characters.
func (s *Section) strictly(p *parser, white string, least, most int64) {
	from := p.off
	for c := p.peek(); c >= 0 && isWhite(byte(c)); c = p.peek() {
		s.Loose = s.Loose || !strings.ContainsRune(white, rune(c))
		p.next()
	}
	s.Loose = s.Loose || p.off-from < least || p.off-from > most
}

func (f *File) subsection(p *parser, s *Section, list []entry) ([]entry, error) {
	first, err := p.unsigned(maxObjectNumber)
	if err != nil {
		return nil, err
	}
	s.strictly(p, " ", 1, 1)
	count, err := p.unsigned(1 << 40)
	if err != nil {
		return nil, err
	}
	s.Loose = s.Loose || count == 0 && first != 0
	if err := f.charge(count); err != nil {
		return nil, err
	}
	if first+count > maxObjectNumber+1 {
		return nil, p.fail("object number beyond %d", maxObjectNumber)
	}
	s.line(p)
	for n := first; n < first+count; n++ {
		e, fixed, err := p.tableEntry()
		if err != nil {
			return nil, err
		}
		s.Loose = s.Loose || !fixed
		e.number = int32(n)
		list = append(list, e)
	}
	return list, nil
}

// tableEntry reads one entry: at its fixed width where it keeps to it, else
// word by word, for some writers end entries with a line feed alone.
func (p *parser) tableEntry() (e entry, fixed bool, err error) {
	var across [entryLength]byte
	ahead := p.buf
	if len(ahead) < entryLength { // It lies across the end of what was read at once.
		mark := p.lexer
		for i := range across {
			across[i] = byte(max(p.next(), 0))
		}
		p.back(mark)
		ahead = across[:]
	}
	if e, ok := fixedEntry(ahead[:entryLength]); ok {
		p.seek(p.off + entryLength)
		return e, true, nil
	}
	e, err = p.looseEntry()
	return e, false, err
}

func (p *parser) looseEntry() (entry, error) {
	p.skipWhite()
	offset, err := p.unsigned(9_999_999_999)
	if err != nil {
		return entry{}, err
	}
	p.skipWhite()
	gen, err := p.unsigned(maxGeneration + 1)
	if err != nil {
		return entry{}, err
	}
	p.skipWhite()
	switch c := p.next(); c {
	case 'n', 'f':
		if c == 'n' && gen > maxGeneration {
			return entry{}, p.fail("generation greater than %d", maxGeneration)
		}
		p.skipWhite()
		return tableEntryOf(offset, gen, byte(c)), nil
	}
	return entry{}, p.fail("cross-reference entry is neither n nor f")
}

func fixedEntry(b []byte) (entry, bool) {
	offset, ok1 := fixedNumber(b[:10])
	gen, ok2 := fixedNumber(b[11:16])
	if b[17] == 'f' {
		gen = min(gen, maxGeneration) // mutool clean writes 65536 for what is free; a free number has none to keep.
	}
	ok := ok1 && ok2 && gen <= maxGeneration && b[10] == ' ' && b[16] == ' ' && endsEntry(b[18], b[19])
	if !ok || b[17] != 'n' && b[17] != 'f' {
		return entry{}, false
	}
	return tableEntryOf(offset, gen, b[17]), true
}

// endsEntry wants one of the three pairs of ISO 32000-2, 7.5.4.
func endsEntry(a, b byte) bool {
	return a == ' ' && (b == '\r' || b == '\n') || a == '\r' && b == '\n'
}

func fixedNumber(b []byte) (v int64, ok bool) {
	for _, c := range b {
		if !isDigit(int(c)) {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

// tableEntryOf counts an object in use at offset 0 as free, as some writers
// mark unused numbers and as no reader can read it.
func tableEntryOf(offset, gen int64, kind byte) entry {
	if kind == 'f' || offset == 0 {
		return entry{kind: kindFree, second: int32(min(gen, maxGeneration))}
	}
	return entry{kind: kindOffset, offset: offset, second: int32(gen)}
}
