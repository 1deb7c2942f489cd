package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

func TestLinearizedIsOneRevision(t *testing.T) {
	for name, sections := range map[string]int{"qpdf-linearized.pdf": 2, "qpdf-linearized-objstm.pdf": 2} {
		b := fixture(t, name)
		f := mustOpen(t, b)
		if len(f.Revisions()) != 1 || len(f.Last().Sections) != sections || f.Last().End != int64(len(b)) {
			t.Errorf("%s: %d revisions, %d sections, end %d of %d", name, len(f.Revisions()), len(f.Last().Sections), f.Last().End, len(b))
		}
		if g := mustOpen(t, updated(t, b)); len(g.Revisions()) != 2 {
			t.Errorf("%s with an update: %d revisions", name, len(g.Revisions()))
		}
		_, err := open(bytes.Replace(b, []byte("/Linearized"), []byte("/Loneorized"), 1), Limits{})
		wantError(t, name+" that does not say so", err, ErrDamaged)
	}
}

func TestHybridFiles(t *testing.T) {
	for name, b := range map[string][]byte{
		"hidden": fileWith(Hybrid, document(2), false), "free": fileWith(Hybrid, document(2), true), "Word": wordFile(document(2)),
	} {
		f := mustOpen(t, b)
		r := f.Last()
		info, err := r.Info()
		if err != nil || Text(info["Title"]) != "采购合同 小山层" || r.Kind != Hybrid || len(f.Revisions()) != 1 {
			t.Errorf("%s: %d revisions, kind %s, info %v, %v", name, len(f.Revisions()), r.Kind, info, err)
		}
		if len(r.Conflicts()) > 0 || r.Empty() {
			t.Errorf("%s: conflicts %v", name, r.Conflicts())
		}
	}
	b := newBuilder(document(1))
	b.pack(func(n int) bool { return n == 9 })
	stm := b.xrefStream()
	delete(b.packed, 9) // in the stream it is compressed, in the table it stands elsewhere
	b.put(9, Dict{"Title": TextString("other")})
	b.table(Dict{"XRefStm": Integer(stm)}, true)
	if got := mustOpen(t, b.w.buf).Last().Conflicts(); !slices.Equal(got, []Ref{{9, 0}}) {
		t.Errorf("conflicts are %v", got)
	}
}

// TestEntriesThatNameNothing has an object in use at offset 0, and one of a type
// that ISO 32000-2 does not know.
func TestEntriesThatNameNothing(t *testing.T) {
	table := bytes.Replace(file(Table, document(1)), []byte("\n8 1\n0000000000 65535 f"), []byte("\n8 1\n0000000000 00000 n"), 1)
	b := newBuilder(document(1))
	b.pack(func(int) bool { return false })
	at, n := b.w.at(), b.next()
	b.offsets[n] = at
	var rows []byte
	for i := range n + 1 {
		row := []byte{5, 0, 0, 0}
		if off, ok := b.offsets[i]; ok {
			row = []byte{1, byte(off >> 8), byte(off), 0}
		}
		rows = append(rows, row...)
	}
	d := Dict{"Type": Name("XRef"), "W": Array{Integer(1), Integer(2), Integer(1)}, "Size": Integer(n + 1)}
	b.put(n, &Stream{Dict: with(b.trailer, d), Raw: rows})
	b.w.text(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at))
	for name, data := range map[string][]byte{"table": table, "stream": b.w.buf} {
		if o, err := mustOpen(t, data).Last().Object(Ref{8, 0}); o != nil || err != nil {
			t.Errorf("%s: object 8 is %v, %v; want null", name, o, err)
		}
	}
}

func TestHybridUpdateMayNotReachBack(t *testing.T) {
	base := file(Hybrid, document(1))
	stm, _ := mustOpen(t, base).Last().Trailer["XRefStm"].(Integer)
	late := appendix(t, updated(t, base), nil, "", fmt.Sprintf("/Root 1 0 R/Size 100/XRefStm %d", stm))
	_, err := open(late, Limits{})
	wantError(t, "/XRefStm into an earlier revision", err, ErrDamaged)
}
