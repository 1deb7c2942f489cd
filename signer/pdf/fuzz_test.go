package pdf

import (
	"bytes"
	"errors"
	"testing"
)

// fuzzLimits keep one run short; what they refuse is refused as it would be.
var fuzzLimits = Limits{
	Objects: 2000, Revisions: 20, Depth: 20, Items: 5000, Token: 100_000, Decoded: 1 << 20, DecodedTotal: 4 << 20, Nodes: 200,
}

// FuzzOpen reads all there is of a file, and updates it: nothing may panic, and
// every refusal has one of the named reasons. The input is a whole file, or else
// the objects of a revision, so that mutations reach what lies behind offsets.
func FuzzOpen(f *testing.F) {
	for _, name := range append(readable(f), "encrypted.pdf") {
		if b := fixture(f, name); len(b) < 8000 {
			f.Add(b, true)
		}
	}
	for _, kind := range []XRefKind{Table, XStream, Hybrid} {
		f.Add(updated(f, file(kind, document(1))), true)
		f.Add(file(kind, indirectForm()), true)
	}
	for _, objects := range []map[int]Object{indirectForm(), directForm(), boxes(), document(1)} {
		f.Add(bodies(objects), false)
	}
	f.Add([]byte("<</Type/ObjStm/N 2/First 8/Length 30>>\nstream\n1 0 2 9 <</A 1>> <</Pages 2 0 R>>   \nendstream"), false)
	base := file(Table, document(1))
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		if !whole {
			b = appendix(t, base, split(b), "", "")
		}
		file, err := open(b, fuzzLimits)
		if !named(err) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		for _, r := range file.Revisions() {
			walkRevision(t, r)
		}
		checkUpdateOf(t, file, b)
	})
}

const between = "\nendobj\n"

// bodies is what split takes apart: object 1, 2, 3 …
func bodies(objects map[int]Object) []byte {
	var w writer
	for n := 1; n < 40; n++ {
		if s, ok := objects[n].(*Stream); ok {
			w.object(with(s.Dict, Dict{"Length": Integer(len(s.Raw))}), 0)
			w.text("\nstream\n" + string(s.Raw) + "\nendstream")
		} else {
			w.object(objects[n], 0)
		}
		w.text(between)
	}
	return w.buf
}

func split(b []byte) map[int]string {
	objects := map[int]string{}
	for i, body := range bytes.SplitN(b, []byte(between), 60) {
		objects[i+1] = string(body)
	}
	return objects
}

func named(err error) bool {
	for _, known := range []error{nil, ErrNotPDF, ErrEncrypted, ErrDamaged, ErrLimit, ErrFilter} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

func walkRevision(t *testing.T, r *Revision) {
	errs := make([]error, 0, 8)
	_, err := r.Pages()
	errs = append(errs, err)
	_, err = r.Fields()
	errs = append(errs, err)
	_, err = r.Info()
	errs = append(errs, err)
	gaps, err := r.Gaps()
	errs = append(errs, err)
	for _, g := range gaps {
		if g.Start < r.Start || g.End > r.End || g.Len() <= 0 {
			t.Fatalf("gap %v of revision %d to %d", g, r.Start, r.End)
		}
	}
	for _, ref := range append(r.Changed(), r.Freed()...) {
		o, err := r.Object(ref)
		errs = append(errs, err)
		if err == nil && !Equal(o, Clone(o)) {
			t.Fatalf("%s differs from its clone", ref)
		}
		if s, ok := o.(*Stream); ok {
			_, err = r.Decode(s)
			errs = append(errs, err)
		}
	}
	for _, err := range errs {
		if !named(err) {
			t.Fatal(err)
		}
	}
}

// checkUpdateOf appends a revision to whatever was accepted, which must then
// be read as one more.
func checkUpdateOf(t *testing.T, f *File, b []byte) {
	trailing, err := f.Trailing()
	if err != nil || trailing.Len() > 0 {
		return
	}
	u := NewUpdate(f)
	ref := u.Add(TextString("小山层"))
	tail, err := u.Build()
	if err != nil {
		if !named(err) {
			t.Fatal(err)
		}
		return
	}
	g, err := open(append(bytes.Clone(b), tail.Bytes...), Limits{})
	if err != nil {
		t.Fatalf("updated file: %v", err)
	}
	o, err := g.Last().Object(ref)
	if err != nil || Text(o) != "小山层" || len(g.Revisions()) != len(f.Revisions())+1 {
		t.Fatalf("new object is %v, %v; %d revisions became %d", o, err, len(f.Revisions()), len(g.Revisions()))
	}
}

// FuzzLexer parses an object, writes it and parses it again.
func FuzzLexer(f *testing.F) {
	for _, s := range []string{
		"[1 0 R 2 3 /A#42 (a\\)b) <4e6> true null -1.5]", "<</A<</B[<<>>]>>/C 1 0 R>>", "((\\(\\053\\\r\n)", "%c\n+.5", "<</A 1/A 2>>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file := &File{limits: fuzzLimits}
		o, err := file.parserOf(b).object(0)
		if !named(err) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		var w writer
		w.object(o, 0)
		again, err := (&File{limits: Limits{}.withDefaults()}).parserOf(w.buf).object(0)
		if w.err != nil || err != nil || !Equal(o, again) {
			t.Fatalf("%#v was written as %q and read as %#v (%v, %v)", o, w.buf, again, w.err, err)
		}
		Text(o)
	})
}

var fuzzFilters = []Name{"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "DCTDecode", "Crypt"}

// FuzzDecode runs every filter with every predictor over any bytes.
func FuzzDecode(f *testing.F) {
	for i := range fuzzFilters {
		f.Add(mixed(50), uint8(i), 12, 1, 8, 5, 1)
	}
	f.Add(deflated(nil, mixed(500)).Raw, uint8(0), 15, 3, 8, 4, 1)
	f.Add(deflated(nil, mixed(500)).Raw, uint8(0), 2, 3, 4, 4, 1)
	f.Add(lzwEarly(mixed(500)), uint8(1), 2, 1, 16, 4, 1)
	f.Add([]byte("z87cURD]i,\"Ebo80~>"), uint8(3), 1, 1, 8, 1, 0)
	f.Fuzz(func(t *testing.T, b []byte, filter uint8, predictor, colors, bits, columns, early int) {
		parms := Dict{
			"Predictor": Integer(predictor), "Colors": Integer(colors), "BitsPerComponent": Integer(bits),
			"Columns": Integer(columns), "EarlyChange": Integer(early),
		}
		name := fuzzFilters[int(filter)%len(fuzzFilters)]
		d := Dict{"Filter": Array{name, Name("RunLengthDecode")}, "DecodeParms": Array{parms}}
		if filter >= 128 {
			d["Filter"] = name
		}
		file := &File{limits: fuzzLimits.withDefaults()}
		out, err := file.decode(&Stream{Dict: d, Raw: bytes.Clone(b)}, func(o Object) (Object, error) { return o, nil })
		if !named(err) || err == nil && int64(len(out)) > fuzzLimits.Decoded {
			t.Fatalf("%d bytes, %v", len(out), err)
		}
	})
}
