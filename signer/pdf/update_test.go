package pdf

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
)

// signed is what a signature needs: field, widget, form, mark on the page.
func signed(t testing.TB, f *File) (*Update, Ref) {
	t.Helper()
	u := NewUpdate(f)
	pages, err := f.Last().Pages()
	if err != nil {
		t.Fatal(err)
	}
	sig := u.Add(Dict{
		"Type": Name("Sig"), "Filter": Name("Adobe.PPKLite"), "SubFilter": Name("ETSI.CAdES.detached"),
		"Contents": Reserved{100}, "ByteRange": ByteRangeSlot{}, "Reason": TextString(`合同(小山层)\`),
	})
	form := FlateStream(Dict{
		"Type": Name("XObject"), "Subtype": Name("Form"),
		"BBox": Array{Integer(0), Integer(0), Integer(1), Integer(1)},
	}, []byte("0 0 1 1 re f"))
	m := pages[0].FromMillimetres()
	field := u.Add(Dict{
		"Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Sig"), "T": TextString("甲方签章"), "V": sig,
		"F": Integer(132), "P": pages[0].Ref, "Rect": m.Bounds(Rect{20, 40, 60, 80}).Array(), "AP": Dict{"N": u.Add(form)},
	})
	for _, err := range []error{u.AppendAnnots(pages[0].Ref, field), u.AppendFields(field), u.SetSigFlags(3)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return u, field
}

func TestUpdatesOfAllProducers(t *testing.T) {
	for _, name := range readable(t) {
		t.Run(name, func(t *testing.T) { checkUpdate(t, fixture(t, name)) })
	}
	for _, kind := range []XRefKind{Table, XStream, Hybrid} {
		t.Run(string(kind)+" of 100 pages", func(t *testing.T) { checkUpdate(t, file(kind, document(100))) })
	}
	t.Run("20 MB", func(t *testing.T) { checkUpdate(t, bulky(XStream, 3, 20<<20)) })
	t.Run("no end-of-line", func(t *testing.T) {
		checkUpdate(t, bytes.TrimSuffix(file(Table, document(1)), []byte("\n")))
	})
}

func checkUpdate(t *testing.T, in []byte) {
	f := mustOpen(t, in)
	u, field := signed(t, f)
	tail := build(t, u)
	if err := tail.SetContents([]byte{0x30, 0x03, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(in), tail.Bytes...)
	checkTail(t, in, out, tail)
	g := mustOpen(t, out)
	checkRevision(t, f, g)
	fields, err := g.Last().Fields()
	if err != nil {
		t.Fatal(err)
	}
	before, err := f.Last().Fields()
	if err != nil || len(fields) != len(before)+1 {
		t.Fatalf("%d fields became %d, %v", len(before), len(fields), err)
	}
	checkSignatureField(t, g, fields[len(fields)-1], field, tail)
	checkTools(t, f, out)
}

func checkTail(t *testing.T, in, out []byte, tail *Tail) {
	t.Helper()
	if tail.Base != int64(len(in)) || tail.Size() != int64(len(out)) {
		t.Errorf("base %d and size %d of %d and %d bytes", tail.Base, tail.Size(), len(in), len(out))
	}
	if !bytes.HasSuffix(out, []byte("\n%%EOF\n")) {
		t.Errorf("output ends in %q", out[len(out)-20:])
	}
	last := in[len(in)-1]
	if line := tail.Bytes[0] == '\n'; line == (last == '\n' || last == '\r') {
		t.Errorf("behind %q the tail begins with %q", last, tail.Bytes[0])
	}
	token := out[tail.Contents.Start:tail.Contents.End]
	if want := "<3003010203" + strings.Repeat("0", 190) + ">"; string(token) != want {
		t.Errorf("contents are %.40s…", token)
	}
	covered, err := io.ReadAll(tail.Covered(bytes.NewReader(in)))
	want := append(bytes.Clone(out[:tail.Contents.Start]), out[tail.Contents.End:]...)
	if err != nil || !bytes.Equal(covered, want) {
		t.Errorf("covered bytes are wrong: %d of %d, %v", len(covered), len(want), err)
	}
	whole, err := io.ReadAll(tail.Output(bytes.NewReader(in)))
	if err != nil || !bytes.Equal(whole, out) {
		t.Errorf("output is wrong: %d of %d bytes, %v", len(whole), len(out), err)
	}
}

// checkRevision compares the new revision with what an incremental update may be.
func checkRevision(t *testing.T, before, after *File) {
	t.Helper()
	old, last := before.Last(), after.Last()
	if len(after.Revisions()) != len(before.Revisions())+1 {
		t.Fatalf("%d revisions became %d", len(before.Revisions()), len(after.Revisions()))
	}
	wantKind := old.Kind
	if wantKind == Hybrid {
		wantKind = Table
	}
	prev, _ := last.Trailer["Prev"].(Integer)
	if last.Kind != wantKind || int64(prev) != old.XRefOffset || last.Trailer.Has("XRefStm") {
		t.Errorf("kind %s after %s, /Prev %d after %d", last.Kind, old.Kind, prev, old.XRefOffset)
	}
	for _, k := range []Name{"Root", "Info"} {
		if !Equal(last.Trailer[k], old.Trailer[k]) {
			t.Errorf("/%s became %v", string(k), last.Trailer[k])
		}
	}
	checkID(t, old.Trailer["ID"], last.Trailer["ID"])
	gaps, err := last.Gaps()
	trailing, err2 := after.Trailing()
	if err != nil || err2 != nil || len(gaps) > 0 || trailing.Len() > 0 || len(last.Strays()) > 0 || last.Empty() {
		t.Errorf("gaps %v, trailing %v, strays %v (%v, %v)", gaps, trailing, last.Strays(), err, err2)
	}
	for _, ref := range old.Changed() { // what the earlier revision said stays
		a, err := old.Object(ref)
		b, err2 := after.Revisions()[old.Index].Object(ref)
		if err != nil || err2 != nil || !Equal(a, b) {
			t.Errorf("%s differs in the earlier revision (%v, %v)", ref, err, err2)
		}
	}
}

func checkID(t *testing.T, old, now Object) {
	t.Helper()
	a, ok := old.(Array)
	if !ok {
		if now != nil {
			t.Errorf("an /ID was made up: %v", now)
		}
		return
	}
	b := now.(Array)
	if !Equal(a[0], b[0]) || Equal(a[1], b[1]) {
		t.Errorf("/ID %v became %v", a, b)
	}
}

func checkSignatureField(t *testing.T, g *File, got Field, ref Ref, tail *Tail) {
	t.Helper()
	if got.Ref != ref || got.Name != "甲方签章" || got.Type != "Sig" || len(got.Widgets) != 1 || got.Widgets[0] != ref {
		t.Errorf("field is %+v", got)
	}
	sig, err := g.Last().Dict(got.Value)
	if err != nil {
		t.Fatal(err)
	}
	if s := sig["Contents"].(String); s.Span != tail.Contents || hex.EncodeToString(s.Value[:5]) != "3003010203" {
		t.Errorf("/Contents at %v, want %v", s.Span, tail.Contents)
	}
	r := tail.Ranges()
	want := Array{Integer(r[0]), Integer(r[1]), Integer(r[2]), Integer(r[3])}
	if !Equal(sig["ByteRange"], want) || r[2]+r[3] != g.Size() {
		t.Errorf("/ByteRange is %v, want %v", sig["ByteRange"], want)
	}
	if Text(sig["Reason"]) != `合同(小山层)\` {
		t.Errorf("/Reason is %q", Text(sig["Reason"]))
	}
	page, err := g.Last().Pages()
	if err != nil {
		t.Fatal(err)
	}
	annots, err := g.Last().Array(page[0].Dict["Annots"])
	if err != nil || len(annots) == 0 || annots[len(annots)-1] != Object(ref) {
		t.Errorf("/Annots are %v, %v", annots, err)
	}
}
