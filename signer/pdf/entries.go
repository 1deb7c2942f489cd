package pdf

import "slices"

// entry is an Entry as it is kept: a file may have a million of them.
type entry struct {
	number int32
	second int32 // generation, or index within the object stream
	kind   byte  // 0 free, 1 at an offset, 2 compressed: as in a cross-reference stream
	offset int64 // or the number of the object stream
}

const (
	kindFree = iota
	kindOffset
	kindCompressed
)

// entries is sorted by number, without duplicates.
type entries []entry

func (es entries) find(number int) (entry, bool) {
	i, ok := slices.BinarySearchFunc(es, number, func(e entry, n int) int { return int(e.number) - n })
	if !ok {
		return entry{}, false
	}
	return es[i], true
}

// sortEntries puts what a section said in order. One number with two different
// entries is read differently by different readers: refused.
func sortEntries(list []entry) (entries, error) {
	byNumber := func(a, b entry) int { return int(a.number) - int(b.number) }
	if !slices.IsSortedFunc(list, byNumber) {
		slices.SortStableFunc(list, byNumber)
	}
	out := list[:0]
	for i, e := range list {
		if i > 0 && e.number == out[len(out)-1].number {
			if e != out[len(out)-1] {
				return nil, damaged("object %d has two entries in one cross-reference section", e.number)
			}
			continue
		}
		out = append(out, e)
	}
	return out, nil
}

// merge lays newer over older, both of one revision. With freeYields, a free
// entry of newer hides nothing (ISO 32000-2, 7.5.8.4). Numbers in use in both
// at different places are returned as conflicts.
func merge(newer, older entries, freeYields bool) (out entries, conflicts []Ref) {
	if len(older) == 0 {
		return newer, nil
	}
	out = make(entries, 0, len(newer)+len(older))
	for len(newer) > 0 && len(older) > 0 {
		a, b := newer[0], older[0]
		switch {
		case a.number < b.number:
			out, newer = append(out, a), newer[1:]
			continue
		case a.number > b.number:
			out, older = append(out, b), older[1:]
			continue
		}
		if a != b && a.kind != kindFree && b.kind != kindFree {
			conflicts = append(conflicts, a.ref())
		}
		if freeYields && a.kind == kindFree {
			a = b
		}
		out, newer, older = append(out, a), newer[1:], older[1:]
	}
	return append(append(out, newer...), older...), conflicts
}

func (e entry) ref() Ref {
	if e.kind == kindCompressed {
		return Ref{Number: int(e.number)}
	}
	return Ref{int(e.number), int(e.second)}
}

func (e entry) export(revision int) Entry {
	out := Entry{Kind: EntryFree, Generation: int(e.second), Revision: revision}
	switch e.kind {
	case kindOffset:
		out.Kind, out.Offset = EntryOffset, e.offset
	case kindCompressed:
		out = Entry{Kind: EntryCompressed, Stream: int(e.offset), Index: int(e.second), Revision: revision}
	}
	return out
}
