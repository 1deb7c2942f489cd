package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// appendix appends a hand-written revision of classic form: objects by number,
// as text, and further text before the table.
func appendix(t testing.TB, in []byte, objects map[int]string, junk, trailer string) []byte {
	t.Helper()
	f := mustOpen(t, in)
	b := bytes.NewBuffer(bytes.Clone(in))
	var rows strings.Builder
	for _, n := range slices.Sorted(func(yield func(int) bool) {
		for n := range objects {
			if !yield(n) {
				return
			}
		}
	}) {
		if objects[n] == "free" {
			fmt.Fprintf(&rows, "%d 1\n0000000000 00001 f \n", n)
			continue
		}
		fmt.Fprintf(&rows, "%d 1\n%010d 00000 n \n", n, b.Len())
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	b.WriteString(junk)
	if trailer == "" {
		trailer = "/Root 1 0 R/Size 100"
	}
	at := b.Len()
	fmt.Fprintf(b, "xref\n%strailer\n<<%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", rows.String(), trailer, f.Last().XRefOffset, at)
	return b.Bytes()
}

func TestEachRevisionKeepsItsWord(t *testing.T) {
	for _, kind := range []XRefKind{Table, XStream, Hybrid} {
		one := file(kind, document(2))
		three := updated(t, updated(t, one))
		f := mustOpen(t, three)
		if len(f.Revisions()) != 3 || f.Last().Index != 2 {
			t.Fatalf("%s: %d revisions", kind, len(f.Revisions()))
		}
		for i, want := range []string{"", "zh-1", "zh-2"} {
			r := f.Revisions()[i]
			cat, err := r.Catalog()
			if err != nil || Text(cat["Lang"]) != want {
				t.Errorf("%s: /Lang of revision %d is %q, %v", kind, i, Text(cat["Lang"]), err)
			}
			if e, ok := r.Entry(Ref{1, 0}); !ok || e.Revision != i {
				t.Errorf("%s: catalog of revision %d was written by %d", kind, i, e.Revision)
			}
			if i > 0 && (r.Start != r.Prev.End || r.Prev != f.Revisions()[i-1]) {
				t.Errorf("%s: revision %d begins at %d, behind %d", kind, i, r.Start, r.Prev.End)
			}
		}
		if f.Revisions()[0].End != int64(len(one)) || f.Last().End != int64(len(three)) {
			t.Errorf("%s: revisions end at %d and %d", kind, f.Revisions()[0].End, f.Last().End)
		}
		if got := f.Last().Changed()[0]; got != (Ref{1, 0}) {
			t.Errorf("%s: last revision changed %v", kind, f.Last().Changed())
		}
	}
}

func TestRevisionNamesWhatItChangesAndFrees(t *testing.T) {
	in := appendix(t, file(Table, document(1)), map[int]string{9: "free", 20: "(new)", 3: "<</A 1>>"}, "", "")
	r := mustOpen(t, in).Last()
	if !slices.Equal(r.Changed(), []Ref{{3, 0}, {20, 0}}) || !slices.Equal(r.Freed(), []Ref{{9, 1}}) || r.Empty() {
		t.Errorf("changed %v, freed %v", r.Changed(), r.Freed())
	}
	if o, err := r.Object(Ref{9, 0}); o != nil || err != nil {
		t.Errorf("freed object is %v, %v", o, err)
	}
	if o, err := r.Prev.Object(Ref{9, 0}); o == nil || err != nil {
		t.Errorf("freed object was lost in the revision before: %v, %v", o, err)
	}
	if o, err := r.Object(Ref{50, 0}); o != nil || err != nil {
		t.Errorf("a reference to nothing is %v, %v; want null", o, err)
	}
	if o, err := r.Object(Ref{20, 1}); !errors.Is(err, ErrDamaged) { // Null to the standard, the object to viewers.
		t.Errorf("a reference with another generation is %v, %v; want damage", o, err)
	}
	s, err := r.Span(Ref{20, 0})
	if err != nil || string(in[s.Start:s.End]) != "20 0 obj\n(new)\nendobj" {
		t.Errorf("span of the new object is %q, %v", in[s.Start:s.End], err)
	}
	if !mustOpen(t, appendix(t, in, nil, "", "")).Last().Empty() {
		t.Error("revision without entries is not empty")
	}
}

func TestGapsNameBytesThatBelongToNothing(t *testing.T) {
	base := file(Table, document(1))
	for junk, want := range map[string]int{
		"": 0, "\n \x00\t": 0, "% a comment\n": 0, "%\xe2\xe3\n%about objects and cross-references\n": 0,
		"50 0 obj\n(hidden)\nendobj\n": 1, "junk": 1, "% 50 0 obj (hidden) endobj\n": 1, "%%EOF\n": 1,
	} {
		gaps, err := mustOpen(t, appendix(t, base, map[int]string{20: "(new)"}, junk, "")).Last().Gaps()
		if err != nil || len(gaps) != want {
			t.Errorf("%q gives gaps %v, %v; want %d", junk, gaps, err, want)
		}
	}
	for _, name := range readable(t) {
		f := mustOpen(t, fixture(t, name))
		if gaps, err := f.Last().Gaps(); err != nil || len(gaps) > 0 {
			t.Errorf("%s has gaps %v, %v", name, gaps, err)
		}
	}
}

func TestSkippedRevisionIsAGap(t *testing.T) {
	base := file(Table, document(1))
	first := mustOpen(t, base).Last().XRefOffset
	two := appendix(t, base, map[int]string{20: "(skipped)"}, "", "")
	three := appendix(t, two, map[int]string{21: "(new)"}, "", "")
	at := bytes.LastIndex(three, []byte("/Prev "))
	end := at + bytes.IndexByte(three[at:], '>')
	copy(three[at:end], fmt.Sprintf("/Prev %0*d", end-at-len("/Prev "), first))
	f := mustOpen(t, three)
	gaps, err := f.Last().Gaps()
	if err != nil || len(f.Revisions()) != 2 || len(gaps) == 0 {
		t.Errorf("%d revisions, gaps %v, %v", len(f.Revisions()), gaps, err)
	}
}

func TestTrailing(t *testing.T) {
	base := file(Table, document(1))
	for junk, want := range map[string]int64{"": 0, "\n\n \x00": 0, "junk": 4, " junk": 4, "%%EOF\n": 6} {
		s, err := mustOpen(t, append(bytes.Clone(base), junk...)).Trailing()
		if err != nil || s.Len() != want {
			t.Errorf("%q: trailing %v, %v", junk, s, err)
		}
	}
}

func TestLaterBytesCannotSpeakForEarlierRevisions(t *testing.T) {
	base := file(Table, document(1))
	base = appendix(t, base, map[int]string{20: "(x)"}, "", "")
	text := string(base) // object 20 moves behind the end of its revision
	at := strings.Index(text, "20 0 obj")
	text = strings.Replace(text, fmt.Sprintf("%010d", at), fmt.Sprintf("%010d", len(text)), 1)
	f := mustOpen(t, []byte(text+"20 0 obj\n(later)\nendobj\n"))
	o, err := f.Last().Object(Ref{20, 0})
	wantError(t, fmt.Sprint(o), err, ErrDamaged)
	if !slices.Equal(f.Last().Strays(), []Ref{{20, 0}}) {
		t.Errorf("strays are %v", f.Last().Strays())
	}
}

func TestReplacedObjectStreamIsRefused(t *testing.T) {
	base := file(XStream, document(1))
	f := mustOpen(t, base)
	e, _ := f.Last().Entry(Ref{9, 0})
	if e.Kind != EntryCompressed {
		t.Fatalf("object 9 is %s", e.Kind)
	}
	st, err := f.Last().Object(Ref{e.Stream, 0})
	if err != nil {
		t.Fatal(err)
	}
	u := NewUpdate(f)
	u.Set(Ref{e.Stream, 0}, st)
	g := mustOpenLast(t, append(bytes.Clone(base), build(t, u).Bytes...))
	wantError(t, "object of a replaced stream", g, ErrDamaged)
}

// mustOpenLast returns the error of reading b, be it at once or at object 9.
func mustOpenLast(t *testing.T, b []byte) error {
	t.Helper()
	f, err := open(b, Limits{})
	if err != nil {
		return err
	}
	_, err = f.Last().Object(Ref{9, 0})
	return err
}

func TestObjectsThatDependOnThemselves(t *testing.T) {
	base := file(Table, document(1))
	for name, objects := range map[string]map[int]string{
		"length":      {20: "<</Length 20 0 R>>\nstream\n\nendstream"},
		"lengths":     {20: "<</Length 21 0 R>>\nstream\n\nendstream", 21: "<</Length 20 0 R>>\nstream\n\nendstream"},
		"references":  {20: "21 0 R", 21: "20 0 R"},
		"bare CR":     {20: "<</Length 1>>\nstream\rx\nendstream"},
		"wrong place": {20: "(x)\nendobj\n21 0 obj\n(y)", 21: "]"},
	} {
		r := mustOpen(t, appendix(t, base, objects, "", "")).Last()
		o, err := r.Resolve(Ref{20, 0})
		if err == nil {
			_, err = r.Resolve(Ref{21, 0})
		}
		wantError(t, fmt.Sprintf("%s: %v", name, o), err, ErrDamaged)
	}
}

func TestStreamLengthIsThatOfTheRevision(t *testing.T) {
	base := file(Table, document(1))
	body := "<</Length 21 0 R>>\nstream\n12345678\nendstream"
	two := appendix(t, base, map[int]string{20: body, 21: "8"}, "", "")
	three := appendix(t, two, map[int]string{21: "4"}, "", "")
	f := mustOpen(t, three)
	for range 2 { // whatever was read before
		o, err := f.Last().Object(Ref{20, 0})
		wantError(t, fmt.Sprint(o), err, ErrDamaged) // four bytes do not lead to endstream
		o, err = f.Revisions()[1].Object(Ref{20, 0})
		if err != nil || o.(*Stream).Data.Len() != 8 {
			t.Errorf("stream of the earlier revision is %v, %v", o, err)
		}
	}
}

func TestEncryptInAnyTrailerCounts(t *testing.T) {
	base := file(Table, document(1))
	enc := appendix(t, base, nil, "", "/Root 1 0 R/Size 100/Encrypt<<>>")
	_, err := open(enc, Limits{})
	wantError(t, "encrypted", err, ErrEncrypted)
	clear := bytes.Replace(base, []byte("/Root"), []byte("/Encrypt<<>>/Root"), 1)
	prev := bytes.Index(clear, []byte("xref"))
	at := len(clear)
	clear = fmt.Appendf(clear, "xref\n0 0\ntrailer\n<</Root 1 0 R/Size 12/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", prev, at)
	_, err = open(clear, Limits{})
	wantError(t, "encrypted before", err, ErrEncrypted)
}
