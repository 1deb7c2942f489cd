package pdf

import "fmt"

// link is one step of the /Prev chain: a section, with its /XRefStm section.
type link struct {
	Section
	hidden *Section // what /XRefStm names
	start  int64    // what the startxref behind the section says
	open   error    // why no startxref is behind it: legal for a first page's section
	prev   int64    // 0 for the oldest
}

// chain follows /Prev from the newest section on.
func (f *File) chain(start int64) ([]link, error) {
	var links []link
	seen := map[int64]bool{}
	for off := start; ; {
		if seen[off] {
			return nil, damaged("/Prev leads back to the section at %d", off)
		}
		if len(links) >= f.limits.Revisions {
			return nil, exceeded("more than %d cross-reference sections", f.limits.Revisions)
		}
		seen[off] = true
		l, err := f.link(off)
		if err != nil {
			return nil, fmt.Errorf("read cross-reference section at %d: %w", off, err)
		}
		links = append(links, l)
		if l.prev == 0 {
			return links, nil
		}
		off = l.prev
	}
}

func (f *File) link(off int64) (l link, err error) {
	if l.Section, err = f.section(off); err != nil {
		return l, err
	}
	if l.Trailer.Has("Encrypt") {
		return l, ErrEncrypted
	}
	l.start, l.open = f.tail(&l.Section)
	prev, ok, err := l.position("Prev")
	if err != nil {
		return l, err
	}
	if ok && prev <= 0 {
		return l, damaged("/Prev is %d", prev)
	}
	l.prev = prev
	hidden, ok, err := l.position("XRefStm")
	if err != nil || !ok || l.Kind != Table {
		return l, err
	}
	s, err := f.section(hidden)
	if err == nil && s.Kind != XStream {
		err = damaged("/XRefStm does not lead to a stream")
	}
	l.hidden = &s
	return l, err
}

// group makes revisions of the chain, oldest first.
func (f *File) group(links []link) error {
	n := len(links)
	if n >= 2 && links[n-2].Offset < links[n-1].Offset {
		if err := f.checkLinearized(links[n-2], links[n-1]); err != nil {
			return err
		}
		if err := f.add(links[n-1], links[n-2], links[n-1]); err != nil {
			return err
		}
		n -= 2
	} else if n >= 2 && links[n-2].completes(links[n-1]) {
		if err := f.add(links[n-2], links[n-2], links[n-1]); err != nil {
			return err
		}
		n -= 2
	}
	for n--; n >= 0; n-- {
		if err := f.add(links[n], links[n]); err != nil {
			return err
		}
	}
	return nil
}

// completes says whether l is the empty section by which Word, in the same act
// of saving, names the cross-reference stream for the table before it.
func (l link) completes(before link) bool {
	return l.hidden != nil && len(l.entries) == 0 && l.hidden.Span.End <= before.Span.Start
}

// checkLinearized accepts a /Prev that leads forward in the one case where it
// must: from the first page's section to the main one. ISO 32000-2, Annex F.3.
func (f *File) checkLinearized(first, main link) error {
	p := f.parserAt(0, headerWindow)
	for p.skipSpace(); !isDigit(p.peek()) && p.peek() >= 0; p.skipSpace() {
		p.skipLine() // junk before the header
	}
	_, err := p.header()
	var o Object
	if err == nil {
		o, err = p.object(0)
	}
	if d, ok := o.(Dict); err != nil || !ok || !d.Has("Linearized") {
		return damaged("/Prev of the section at %d leads forward to %d", first.Offset, main.Offset)
	}
	if main.start != first.Offset {
		return damaged("startxref of a linearized file says %d, not %d", main.start, first.Offset)
	}
	return nil
}
