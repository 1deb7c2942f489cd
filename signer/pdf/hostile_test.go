package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOverlappingObjectsMeetALimit has each object stand within the string of
// the one before, so that reading them all costs the square of the file.
func TestOverlappingObjectsMeetALimit(t *testing.T) {
	const n = 30_000
	b := newBuilder(document(1))
	b.pack(func(int) bool { return false })
	for i := range n {
		b.offsets[100+i] = b.w.at()
		b.w.text(fmt.Sprintf("%d 0 obj(", 100+i))
	}
	b.w.text(strings.Repeat(")endobj\n", n))
	b.table(nil, false)
	r := mustOpen(t, b.w.buf).Last()
	began := time.Now()
	_, err := r.Gaps()
	wantError(t, "overlapping objects", err, ErrLimit)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// TestFailingStreamIsNotTriedForever asks for many objects of one broken stream.
func TestFailingStreamIsNotTriedForever(t *testing.T) {
	for _, filter := range []Name{"FlateDecode", "ASCIIHexDecode"} {
		t.Run(string(filter), func(t *testing.T) { tryForever(t, filter) })
	}
}

func tryForever(t *testing.T, filter Name) {
	b := newBuilder(document(1))
	noise := deflated(nil, mixed(1<<20)).Raw
	b.put(20, &Stream{Dict: Dict{
		"Type": Name("ObjStm"), "N": Integer(1), "First": Integer(10), "Filter": filter,
	}, Raw: noise[:len(noise)/2]})
	b.pack(func(int) bool { return false })
	for i := range 10_000 {
		b.packed[1000+i] = i
	}
	b.stream = 20
	b.objects[20_000] = nil
	at := b.xrefStream()
	b.w.text(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at))
	f, err := open(b.w.buf, Limits{DecodedTotal: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 10_000; i++ {
		if _, err = f.Last().Object(Ref{1000 + i, 0}); err == nil {
			t.Fatal("a broken stream was read")
		}
	}
	wantError(t, "broken stream", err, ErrLimit)
}

func TestManyWidgetsMeetALimit(t *testing.T) {
	kids := "[" + strings.Repeat("40 0 R ", 30_000) + "]"
	b := appendix(t, fixture(t, "form-direct.pdf"), map[int]string{30: "<</T(a)/Kids 31 0 R>>", 31: kids, 40: "<<>>"}, "", "")
	_, err := mustOpen(t, b).Last().Fields()
	wantError(t, "widgets", err, ErrLimit)
}

func TestUpdateRefusesJunkBehindTheEnd(t *testing.T) {
	for _, junk := range []string{"junk", "\n0 0 obj", "%%EOF"} {
		u := NewUpdate(mustOpen(t, append(file(Table, document(1)), junk...)))
		u.Add(Integer(1))
		_, err := u.Build()
		wantError(t, junk, err, ErrDamaged)
	}
}

func TestUpdateKeepsNumbersInRange(t *testing.T) {
	b := bytes.Replace(file(Table, document(2)), []byte("/Size 12"), []byte("/Size 8388608"), 1)
	u := NewUpdate(mustOpen(t, b))
	u.Add(Integer(1))
	_, err := u.Build()
	wantError(t, "object number", err, ErrLimit)
}

func TestNewNumbersAreAboveEverySize(t *testing.T) {
	b := appendix(t, file(Table, document(1)), map[int]string{90: "(x)"}, "", "")
	b = appendix(t, b, map[int]string{3: "(y)"}, "", "/Root 1 0 R/Size 12")
	if ref := NewUpdate(mustOpen(t, b)).Add(nil); ref.Number != 100 {
		t.Errorf("new object is %s, want number 100", ref)
	}
}

func TestBuildTwiceGivesTheSame(t *testing.T) {
	for _, kind := range []XRefKind{Table, XStream} {
		u, _ := signed(t, mustOpen(t, file(kind, document(2))))
		a, b := build(t, u), build(t, u)
		if !slices.Equal(a.Bytes, b.Bytes) {
			t.Errorf("%s: two builds differ", kind)
		}
	}
}
