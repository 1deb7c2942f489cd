package pdf

import (
	"fmt"
	"slices"
	"testing"
)

func TestFields(t *testing.T) {
	f := mustOpen(t, fixture(t, "form-indirect.pdf"))
	fields, err := f.Last().Fields()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, fd := range fields {
		got = append(got, fmt.Sprintf("%s %s %s %d %v", fd.Name, fd.Type, Text(fd.Value), fd.Flags, fd.Widgets))
	}
	want := []string{
		"乙方.名称 Tx 供应商 0 [36 0 R 37 0 R]",
		"乙方.日期 Tx  1 [35 0 R]",
		"签章 Sig  0 [33 0 R]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields are %q, want %q", got, want)
	}
	f = mustOpen(t, fixture(t, "cairo.pdf"))
	if fields, err := f.Last().Fields(); fields != nil || err != nil {
		t.Errorf("fields without a form: %v, %v", fields, err)
	}
}

func TestFieldTreesThatAreNone(t *testing.T) {
	base := fixture(t, "form-direct.pdf")
	for name, c := range map[string]struct {
		objects map[int]string
		want    error
		count   int
	}{
		"own ancestor":   {map[int]string{30: "<</T(a)/Kids[31 0 R]>>", 31: "<</T(b)/Kids[30 0 R]>>"}, ErrDamaged, 0},
		"listed twice":   {map[int]string{30: "<</T(a)/Kids[31 0 R 31 0 R]>>", 31: "<</T(b)/FT/Tx>>"}, nil, 1},
		"direct widget":  {map[int]string{30: "<</T(a)/Kids[<</Subtype/Widget>>]>>"}, ErrDamaged, 0},
		"no dictionary":  {map[int]string{30: "[1]"}, ErrDamaged, 0},
		"kids no array":  {map[int]string{30: "<</T(a)/Kids/No>>"}, ErrDamaged, 0},
		"null":           {map[int]string{30: "null"}, nil, 0},
		"nameless level": {map[int]string{30: "<</T(a)/FT/Tx/Kids[31 0 R]>>", 31: "<</Kids[32 0 R]>>", 32: "<</Subtype/Widget>>"}, nil, 1},
		"mixed kids":     {map[int]string{30: "<</T(a)/FT/Tx/Kids[31 0 R 32 0 R]>>", 31: "<</T(b)>>", 32: "<</Subtype/Widget>>"}, nil, 2},
	} {
		fields, err := mustOpen(t, appendix(t, base, c.objects, "", "")).Last().Fields()
		if c.want != nil {
			wantError(t, name, err, c.want)
		} else if err != nil || len(fields) != c.count {
			t.Errorf("%s: %d fields, %v; want %d", name, len(fields), err, c.count)
		}
	}
}

func TestFieldLimits(t *testing.T) {
	deep := map[int]string{}
	for i := range 100 {
		deep[30+i] = fmt.Sprintf("<</T(a)/Kids[%d 0 R]>>", 31+i)
	}
	b := appendix(t, fixture(t, "form-direct.pdf"), deep, "", "/Root 1 0 R/Size 1000")
	_, err := mustOpen(t, b).Last().Fields()
	wantError(t, "deep form", err, ErrLimit)
	f, err := open(fixture(t, "form-indirect.pdf"), Limits{Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Last().Fields()
	wantError(t, "wide form", err, ErrLimit)
}

// TestFormChangesAreFew looks at which objects an update of the form rewrites.
func TestFormChangesAreFew(t *testing.T) {
	for name, want := range map[string][]Ref{
		"cairo.pdf":         nil, // catalog and page are rewritten, see below
		"form-direct.pdf":   {{1, 0}, {10, 0}},
		"form-indirect.pdf": {{30, 0}, {31, 0}, {38, 0}},
	} {
		b := fixture(t, name)
		f := mustOpen(t, b)
		u, _ := signed(t, f)
		g := mustOpen(t, append(b, build(t, u).Bytes...))
		var old []Ref
		for _, ref := range g.Last().Changed() {
			if o, err := f.Last().Object(ref); err == nil && o != nil {
				old = append(old, ref)
			}
		}
		if want == nil {
			want = []Ref{f.Last().Root(), mustPages(t, f)[0].Ref}
			slices.SortFunc(want, compareRefs)
		}
		if !slices.Equal(old, want) {
			t.Errorf("%s: rewritten %v, want %v", name, old, want)
		}
		// The second signature needs the form alone, and a page without direct annotations.
		u, _ = signed(t, g)
		if _, rewritten := u.pending[g.Last().Root()]; rewritten != (name == "form-direct.pdf") {
			t.Errorf("%s: catalog rewritten for the second signature: %v", name, rewritten)
		}
		if form, err := g.Last().Form(); err != nil || form["SigFlags"] != Object(Integer(3)) {
			t.Errorf("%s: /SigFlags is %v, %v", name, form["SigFlags"], err)
		}
	}
}

func mustPages(t *testing.T, f *File) []Page {
	t.Helper()
	pages, err := f.Last().Pages()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestDirectAnnotationsStay(t *testing.T) {
	b := fixture(t, "form-direct.pdf")
	f := mustOpen(t, b)
	u, field := signed(t, f)
	g := mustOpen(t, append(b, build(t, u).Bytes...))
	before, _ := mustPages(t, f)[0].Dict["Annots"].(Array)
	after, _ := mustPages(t, g)[0].Dict["Annots"].(Array)
	if !Equal(after, append(slices.Clone(before), field)) {
		t.Errorf("/Annots are %v, were %v", after, before)
	}
	if o, err := f.Last().Catalog(); err != nil || len(o["AcroForm"].(Dict)["Fields"].(Array)) != 1 {
		t.Errorf("the read objects were changed: %v, %v", o, err)
	}
}

func TestUpdateRefuses(t *testing.T) {
	f := mustOpen(t, appendix(t, file(Table, document(1)), map[int]string{
		1: "<</Pages 2 0 R/AcroForm[]>>", 10: "<</Type/Page/Annots/No>>"}, "", ""))
	u := NewUpdate(f)
	wantError(t, "form", u.AppendFields(Ref{1, 0}), ErrDamaged)
	wantError(t, "annotations", u.AppendAnnots(Ref{10, 0}, Ref{1, 0}), ErrDamaged)
	wantError(t, "no page", u.AppendAnnots(Ref{77, 0}, Ref{1, 0}), ErrDamaged)
	if _, err := u.Build(); err == nil {
		t.Error("an update without objects was built")
	}
	u.Add(Dict{"ByteRange": ByteRangeSlot{}})
	if _, err := u.Build(); err == nil {
		t.Error("a byte range without contents was built")
	}
	u.Add(Dict{"Contents": Reserved{4}})
	tail := build(t, u)
	if err := tail.SetContents(make([]byte, 5)); err == nil {
		t.Error("five bytes fit into four")
	}
	for _, der := range []string{"\xff\xff\xff\xff", "\xaa"} {
		if err := tail.SetContents([]byte(der)); err != nil {
			t.Error(err)
		}
	}
	if got := tail.Bytes[tail.Contents.Start-tail.Base : tail.Contents.End-tail.Base]; string(got) != "<aa000000>" {
		t.Errorf("contents are %s", got)
	}
}

func TestEqual(t *testing.T) {
	f := mustOpen(t, file(Table, document(1)))
	s, err := f.Last().Object(Ref{3, 0})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.(*Stream).Encoded()
	if err != nil {
		t.Fatal(err)
	}
	copied := &Stream{Dict: with(s.(*Stream).Dict, Dict{"Length": Ref{7, 0}}), Raw: raw}
	same := [][2]Object{
		{nil, nil}, {Integer(1), Real(1)}, {String{Value: []byte("a"), Hex: true}, String{Value: []byte("a"), Span: Span{1, 2}}},
		{Dict{"A": nil, "B": Integer(1)}, Dict{"B": Integer(1), "C": nil}}, {Array{Ref{1, 0}}, Array{Ref{1, 0}}}, {s, copied}, {s, s},
	}
	for _, p := range same {
		if !Equal(p[0], p[1]) || !Equal(p[1], p[0]) || !Equal(Clone(p[0]), p[1]) {
			t.Errorf("%v and %v differ", p[0], p[1])
		}
	}
	other := &Stream{Dict: copied.Dict, Raw: append(slices.Clone(raw), 0)}
	for _, p := range [][2]Object{
		{nil, Bool(false)}, {Integer(1), Integer(2)}, {Integer(1), Name("1")}, {Dict{"A": Integer(1)}, Dict{}}, {Array{}, Array{nil}},
		{Ref{1, 0}, Ref{1, 1}}, {s, other}, {s, copied.Dict}, {Name("a"), String{Value: []byte("a")}}, {Real(1), Bool(true)},
	} {
		if Equal(p[0], p[1]) || Equal(p[1], p[0]) {
			t.Errorf("%v and %v are equal", p[0], p[1])
		}
	}
}
