package pdf

// streamSection reads a cross-reference stream. All that is needed to read it
// must be direct, for nothing can be looked up yet.
func (f *File) streamSection(off int64) (Section, error) {
	s := Section{Kind: XStream, Offset: off}
	in, err := f.indirectAt(off, f.src.size, refuseRef)
	if err != nil {
		return s, err
	}
	st, ok := in.object.(*Stream)
	if !ok || st.Dict.Name("Type") != "XRef" {
		return s, damaged("no cross-reference section at %d", off)
	}
	s.Span, s.Trailer = in.span, st.Dict
	data, err := f.decode(st, func(o Object) (Object, error) {
		if ref, ok := o.(Ref); ok {
			return refuseRef(ref)
		}
		return o, nil
	})
	if err != nil {
		return s, err
	}
	list, err := f.rows(&s, data)
	if err != nil {
		return s, err
	}
	if s.entries, err = sortEntries(list); err != nil {
		return s, err
	}
	return s, s.checkNumbers()
}

func refuseRef(ref Ref) (Object, error) {
	return nil, damaged("cross-reference stream depends on object %s", ref)
}

// rows reads the entries by /W and /Index. ISO 32000-2, 7.5.8.2 and 7.5.8.3.
func (f *File) rows(s *Section, data []byte) ([]entry, error) {
	w, err := widths(s.Trailer)
	if err != nil {
		return nil, err
	}
	index, ok := s.Trailer["Index"].(Array)
	if !ok {
		index = Array{Integer(0), s.Trailer["Size"]}
	}
	if len(index)%2 != 0 {
		return nil, damaged("/Index of the section at %d is odd", s.Offset)
	}
	var list []entry
	for i := 0; i < len(index); i += 2 {
		first, ok1 := index[i].(Integer)
		count, ok2 := index[i+1].(Integer)
		if !ok1 || !ok2 || first < 0 || count < 0 || first > maxObjectNumber || count > maxObjectNumber+1-first {
			return nil, damaged("/Index of the section at %d is out of range", s.Offset)
		}
		if err := f.charge(int64(count)); err != nil {
			return nil, err
		}
		if int64(count)*int64(w.total()) > int64(len(data)) {
			return nil, damaged("cross-reference stream at %d is shorter than its /Index", s.Offset)
		}
		for n := first; n < first+count; n++ {
			e, err := w.entry(data)
			if err != nil {
				return nil, err
			}
			s.Loose = s.Loose || w[0] > 0 && bigEndian(data[:w[0]]) > kindCompressed // Poppler reconstructs.
			e.number = int32(n)
			list, data = append(list, e), data[w.total():]
		}
	}
	return list, nil
}

type fieldWidths [3]int

func (w fieldWidths) total() int { return w[0] + w[1] + w[2] }

func widths(d Dict) (w fieldWidths, err error) {
	a, _ := d["W"].(Array)
	if len(a) != 3 {
		return w, damaged("cross-reference stream has no /W of three fields")
	}
	for i := range w {
		n, ok := a[i].(Integer)
		if !ok || n < 0 || n > 8 {
			return w, damaged("cross-reference stream has a field of unusable width")
		}
		w[i] = int(n)
	}
	if w[1] == 0 {
		return w, damaged("cross-reference stream has no field for offsets")
	}
	return w, nil
}

func (w fieldWidths) entry(row []byte) (entry, error) {
	kind := uint64(kindOffset) // 7.5.8.3: the default if the field has no width
	if w[0] > 0 {
		kind = bigEndian(row[:w[0]])
	}
	offset := bigEndian(row[w[0] : w[0]+w[1]])
	second := bigEndian(row[w[0]+w[1] : w.total()])
	switch kind {
	case kindOffset:
		if offset > 1<<40 || second > maxGeneration {
			return entry{}, damaged("cross-reference stream entry is out of range")
		}
		if offset == 0 {
			return entry{second: int32(second)}, nil
		}
	case kindCompressed:
		if offset > maxObjectNumber || second > maxObjectNumber {
			return entry{}, damaged("cross-reference stream entry is out of range")
		}
	default: // 7.5.8.3, Table 18: any other type is null
		return entry{second: int32(min(second, maxGeneration))}, nil
	}
	return entry{kind: byte(kind), offset: int64(offset), second: int32(second)}, nil
}

func bigEndian(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}
