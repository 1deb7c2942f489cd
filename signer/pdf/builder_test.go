package pdf

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// builder makes whole files, independent of Update but for the serialisation.
type builder struct {
	objects map[int]Object
	trailer Dict
	w       writer
	offsets map[int]int64
	packed  map[int]int // number → index within the object stream
	stream  int         // number of the object stream
}

func newBuilder(objects map[int]Object) *builder {
	b := &builder{objects: objects, offsets: map[int]int64{}, packed: map[int]int{}}
	b.trailer = Dict{"Root": Ref{1, 0}, "ID": Array{TextString("first"), TextString("second")}}
	if objects[9] != nil {
		b.trailer["Info"] = Ref{9, 0}
	}
	b.w.text("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return b
}

func (b *builder) next() int {
	n := 0
	for _, m := range []map[int]int64{b.offsets} {
		for k := range m {
			n = max(n, k)
		}
	}
	for k := range b.objects {
		n = max(n, k)
	}
	return n + 1
}

func (b *builder) put(n int, o Object) {
	b.offsets[n] = b.w.at()
	u := &Update{}
	if err := u.write(&b.w, Ref{Number: n}, o); err != nil {
		panic(err)
	}
}

// pack puts the objects that keep names into an object stream, all others plain.
func (b *builder) pack(keep func(n int) bool) {
	var head, body writer
	for _, n := range slices.Sorted(maps.Keys(b.objects)) {
		if _, isStream := b.objects[n].(*Stream); isStream || !keep(n) {
			b.put(n, b.objects[n])
			continue
		}
		b.packed[n] = len(b.packed)
		head.text(fmt.Sprintf("%d %d ", n, body.at()))
		body.object(b.objects[n], 0)
		body.text("\n")
	}
	if len(b.packed) > 0 {
		b.stream = b.next()
		d := Dict{"Type": Name("ObjStm"), "N": Integer(len(b.packed)), "First": Integer(head.at())}
		b.put(b.stream, deflated(d, append(head.buf, body.buf...)))
	}
}

// table writes a table of what is not packed. Packed objects stand in it as
// free, or else not at all, since poppler and MuPDF do not look into /XRefStm
// for what the table calls free.
func (b *builder) table(trailer Dict, free bool) int64 {
	at := b.w.at()
	size := b.next()
	b.w.text("xref\n0 1\n0000000000 65535 f \n")
	for n := 1; n < size; n++ {
		if off, ok := b.offsets[n]; ok {
			b.w.text(fmt.Sprintf("%d 1\n%010d 00000 n \n", n, off))
		} else if free {
			b.w.text(fmt.Sprintf("%d 1\n0000000000 65535 f \n", n))
		}
	}
	b.end(at, trailer)
	return at
}

func (b *builder) end(at int64, trailer Dict) {
	d := maps.Clone(b.trailer)
	d["Size"] = Integer(b.next())
	maps.Copy(d, trailer)
	b.w.text("trailer\n")
	b.w.object(d, 0)
	b.w.text(fmt.Sprintf("\nstartxref\n%d\n%%%%EOF\n", at))
}

// xrefStream writes a cross-reference stream of all objects, compressed with a
// predictor as most writers do.
func (b *builder) xrefStream() int64 {
	n, at := b.next(), b.w.at()
	b.offsets[n] = at
	var rows []byte
	for i := 0; i <= n; i++ {
		row := [7]byte{0, 0, 0, 0, 0, 0xff, 0xff}
		if off, ok := b.offsets[i]; ok {
			row = [7]byte{1, byte(off >> 24), byte(off >> 16), byte(off >> 8), byte(off)}
		} else if index, ok := b.packed[i]; ok {
			row = [7]byte{2, 0, 0, byte(b.stream >> 8), byte(b.stream), byte(index >> 8), byte(index)}
		}
		rows = append(rows, 0)
		rows = append(rows, row[:]...)
	}
	d := maps.Clone(b.trailer)
	maps.Copy(d, Dict{
		"Type": Name("XRef"), "W": Array{Integer(1), Integer(4), Integer(2)}, "Size": Integer(n + 1),
		"DecodeParms": Dict{"Predictor": Integer(12), "Columns": Integer(7)},
	})
	b.put(n, deflated(d, rows))
	return at
}

// file writes the objects with one kind of cross-reference sections.
func file(kind XRefKind, objects map[int]Object) []byte { return fileWith(kind, objects, false) }

func fileWith(kind XRefKind, objects map[int]Object, free bool) []byte {
	b := newBuilder(objects)
	hide := func(n int) bool { return kind == XStream || kind == Hybrid && n > 4 }
	b.pack(hide)
	switch kind {
	case Table:
		b.table(nil, true)
	case XStream:
		at := b.xrefStream()
		b.w.text(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at))
	case Hybrid:
		at := b.xrefStream()
		delete(b.offsets, b.next()-1) // hidden from readers that know tables only
		delete(b.offsets, b.stream)
		b.objects[b.next()+1] = nil // keep /Size above what is hidden
		b.table(Dict{"XRefStm": Integer(at)}, free)
	}
	return b.w.buf
}

// wordFile has the shape that Word writes: a full table, then an empty one
// whose trailer names the cross-reference stream for it.
func wordFile(objects map[int]Object) []byte {
	b := newBuilder(objects)
	b.pack(func(n int) bool { return n > 4 })
	stm := b.xrefStream()
	prev := b.table(nil, true)
	at := b.w.at()
	b.w.text("xref\n0 0\n")
	b.end(at, Dict{"Prev": Integer(prev), "XRefStm": Integer(stm)})
	return b.w.buf
}

// document is a contract of n pages; its numbers 5 to 9 may be hidden.
func document(pages int) map[int]Object {
	content := "BT /F0 18 Tf 72 770 Td (Purchase contract NJ-2026-014) Tj ET 72 110 160 80 re S"
	objects := map[int]Object{
		1: Dict{"Type": Name("Catalog"), "Pages": Ref{2, 0}},
		3: deflated(Dict{}, []byte(content)),
		4: Dict{"Type": Name("Font"), "Subtype": Name("Type1"), "BaseFont": Name("Helvetica")},
		5: Dict{"Font": Dict{"F0": Ref{4, 0}}},
		9: Dict{"Title": TextString("采购合同 小山层"), "Producer": TextString("contractd (tests)")},
	}
	var kids Array
	for i := range pages {
		kids = append(kids, Ref{10 + i, 0})
		objects[10+i] = Dict{"Type": Name("Page"), "Parent": Ref{2, 0}, "Contents": Ref{3, 0}}
	}
	objects[2] = Dict{
		"Type": Name("Pages"), "Kids": kids, "Count": Integer(pages), "Resources": Ref{5, 0},
		"MediaBox": Array{Integer(0), Integer(0), Integer(595), Integer(842)},
	}
	return objects
}

// bulky is a document with a stream of so many bytes that do not compress.
func bulky(kind XRefKind, pages, size int) []byte {
	objects := document(pages)
	noise := make([]byte, size)
	r := rand.NewChaCha8([32]byte{1})
	if _, err := r.Read(noise); err != nil {
		panic(err)
	}
	objects[10+pages] = &Stream{Dict: Dict{"Type": Name("Noise")}, Raw: noise}
	objects[10] = with(objects[10].(Dict), Dict{"PieceInfo": Dict{"Noise": Ref{10 + pages, 0}}})
	return file(kind, objects)
}

func with(d, more Dict) Dict {
	d = maps.Clone(d)
	maps.Copy(d, more)
	return d
}

func TestBuilderKinds(t *testing.T) {
	for _, kind := range []XRefKind{Table, XStream, Hybrid} {
		f := mustOpen(t, file(kind, document(3)))
		if got := f.Last().Kind; got != kind {
			t.Errorf("kind is %s, want %s", got, kind)
		}
	}
}
