package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// Gaps returns the byte ranges of this revision that belong to no object named
// by its own sections, no cross-reference section, no trailer and no comment.
// A comment that holds a word by which repairing readers find objects is a gap
// too. This reads every object of the revision.
func (r *Revision) Gaps() ([]Span, error) {
	spans, err := r.occupied()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(spans, func(a, b Span) int { return int(a.Start - b.Start) })
	var gaps []Span
	at := r.Start
	for _, s := range append(spans, Span{r.End, r.End}) {
		if s.Start > at {
			gap, err := r.file.gap(at, s.Start)
			if err != nil {
				return nil, err
			}
			if gap.Len() > 0 {
				gaps = append(gaps, gap)
			}
		}
		at = max(at, s.End)
	}
	return gaps, nil
}

func (r *Revision) occupied() ([]Span, error) {
	var spans []Span
	for _, s := range r.Sections {
		spans = append(spans, s.Span)
		if s.Tail.End > 0 {
			spans = append(spans, s.Tail)
		}
	}
	for _, e := range r.own {
		if e.kind != kindOffset || e.offset < r.Start || e.offset >= r.End {
			continue
		}
		in, err := r.readAt(e, r)
		if err != nil {
			return nil, fmt.Errorf("read object %s: %w", e.ref(), err)
		}
		spans = append(spans, in.span)
	}
	return spans, nil
}

// gap returns what is left of [start,end) without white space and harmless
// comments before it.
func (f *File) gap(start, end int64) (Span, error) {
	p := f.parserAt(start, end)
	for p.skipWhite() == '%' {
		mark := p.off
		if !p.harmlessComment() {
			return Span{mark, end}, p.err
		}
	}
	return Span{p.off, end}, p.err
}

const maxComment = 1024

func (p *parser) harmlessComment() bool {
	var line []byte
	for c := p.peek(); c >= 0 && c != '\r' && c != '\n'; c = p.peek() {
		if line = append(line, byte(c)); len(line) > maxComment {
			return false
		}
		p.next()
	}
	noLetter := func(c rune) bool { return c < 'A' || c > 'Z' && c < 'a' || c > 'z' }
	for _, word := range bytes.FieldsFunc(line, noLetter) {
		switch string(word) {
		case "obj", "endobj", "xref", "startxref", "trailer", "EOF":
			return false
		}
	}
	return true
}
