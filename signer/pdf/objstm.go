package pdf

// containers keeps decoded object streams, up to the limit for one.
type containers struct {
	unpacked map[*Stream]*container
	held     int64
}

// container is a decoded object stream. ISO 32000-2, 7.5.7.
type container struct {
	data    []byte // behind /First
	numbers []int
	offsets []int
	objects map[int]Object // by index, as far as asked for
}

// compressed returns the object of an entry that rev wrote. Its object stream
// must be the one of that time: a later revision that replaces the stream
// would change objects that it does not name.
func (r *Revision) compressed(e entry, rev *Revision) (Object, error) {
	now, holder, ok := r.lookup(int(e.offset))
	then, _, _ := rev.lookup(int(e.offset))
	if !ok || now.kind != kindOffset || now.second != 0 {
		return nil, damaged("there is no object stream %d", e.offset)
	}
	if now != then {
		return nil, damaged("object stream %d was replaced by a later revision", e.offset)
	}
	in, err := r.readAt(now, holder)
	if err != nil {
		return nil, err
	}
	st, ok := in.object.(*Stream)
	if !ok || st.Dict.Name("Type") != "ObjStm" {
		return nil, damaged("object %d is not an object stream", e.offset)
	}
	c, err := r.container(st)
	if err != nil {
		return nil, err
	}
	return c.object(r.file, e)
}

func (r *Revision) container(st *Stream) (*container, error) {
	f := r.file
	if c := f.unpacked[st]; c != nil {
		return c, nil
	}
	if f.nesting >= maxNesting {
		return nil, damaged("object streams depend on one another in a circle")
	}
	f.nesting++
	defer func() { f.nesting-- }()
	data, err := r.Decode(st)
	if err != nil {
		return nil, err
	}
	c, err := f.newContainer(st.Dict, data)
	if err != nil {
		return nil, err
	}
	f.held += int64(len(data))
	if f.unpacked == nil || f.held > f.limits.Decoded {
		f.unpacked, f.held = map[*Stream]*container{}, int64(len(data))
	}
	f.unpacked[st] = c
	return c, nil
}

func (f *File) newContainer(d Dict, data []byte) (*container, error) {
	n, ok1 := d["N"].(Integer)
	first, ok2 := d["First"].(Integer)
	if !ok1 || !ok2 || n < 0 || first < 0 || int64(first) > int64(len(data)) || n > first {
		return nil, damaged("object stream has no usable /N and /First")
	}
	c := &container{data: data[first:], objects: map[int]Object{}}
	p := f.parserOf(data[:first])
	for range n {
		p.skipSpace()
		number, err := p.unsigned(maxObjectNumber)
		if err != nil {
			return nil, err
		}
		p.skipSpace()
		off, err := p.unsigned(int64(len(c.data)))
		if err != nil {
			return nil, err
		}
		c.numbers = append(c.numbers, int(number))
		c.offsets = append(c.offsets, int(off))
	}
	return c, nil
}

func (c *container) object(f *File, e entry) (Object, error) {
	i := int(e.second)
	if i >= len(c.numbers) || c.numbers[i] != int(e.number) {
		return nil, damaged("element %d of object stream %d is not object %d", i, e.offset, e.number)
	}
	if o, ok := c.objects[i]; ok {
		return o, nil
	}
	end := len(c.data)
	if i+1 < len(c.offsets) && c.offsets[i+1] > c.offsets[i] {
		end = c.offsets[i+1]
	}
	if err := f.mayParse(); err != nil {
		return nil, err
	}
	p := f.parserOf(c.data[c.offsets[i]:end])
	o, err := p.object(0)
	f.parsed += p.off
	if err != nil {
		return nil, err
	}
	c.objects[i] = o
	return o, nil
}
