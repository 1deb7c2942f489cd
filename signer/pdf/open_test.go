package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

var testContext = context.Background()

func open(b []byte, limits Limits) (*File, error) {
	return Open(testContext, bytes.NewReader(b), int64(len(b)), limits)
}

func mustOpen(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := open(b, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	good := string(file(Table, document(2)))
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":              {"", ErrNotPDF},
		"text":               {strings.Repeat("hello ", 500), ErrNotPDF},
		"encrypted":          {string(fixture(t, "encrypted.pdf")), ErrEncrypted},
		"header alone":       {"%PDF-1.7\n", ErrDamaged},
		"no startxref":       {strings.Replace(good, "startxref", "startxxxx", 1), ErrDamaged},
		"startxref is wrong": {strings.Replace(good, "startxref\n", "startxref\n1", 1), ErrDamaged},
		"startxref is 0":     {good + "startxref\n0\n%%EOF\n", ErrDamaged},
		"no marker":          {strings.Replace(good, "%%EOF", "", 1), ErrDamaged},
		"no root":            {strings.Replace(good, "/Root", "/Ruut", 1), ErrDamaged},
		"root is not there":  {strings.Replace(good, "/Root 1 0 R", "/Root 8 0 R", 1), ErrDamaged},
		"no size":            {strings.Replace(good, "/Size", "/Sizo", 1), ErrDamaged},
		"size too small":     {strings.Replace(good, "/Size 12", "/Size 11", 1), ErrDamaged},
		"size too large":     {strings.Replace(good, "/Size 12", "/Size 9999999999", 1), ErrDamaged},
		"key twice":          {strings.Replace(good, "/Size 12", "/Size 12/Size 13", 1), ErrDamaged},
		"entry twice":        {strings.Replace(good, "xref\n0 1\n", "xref\n9 1\n0000000001 00000 n \n0 1\n", 1), ErrDamaged},
		"prev loops":         {strings.Replace(good, "/Root", fmt.Sprintf("/Prev %d/Root", strings.Index(good, "xref")), 1), ErrDamaged},
		"prev is negative":   {strings.Replace(good, "/Root", "/Prev -1/Root", 1), ErrDamaged},
		"offsets are moved":  {"%junk\n" + good, ErrDamaged},
		"junk of 2 kB":       {good + strings.Repeat("junk", 500), ErrDamaged},
	} {
		_, err := open([]byte(c.text), Limits{})
		wantError(t, name, err, c.want)
	}
}

func TestTruncatedFilesAreDamaged(t *testing.T) {
	for _, kind := range []XRefKind{Table, XStream, Hybrid} {
		b := file(kind, document(1))
		for n := len("%PDF-"); n < len(b)-len("\n"); n++ {
			if _, err := open(b[:n], Limits{}); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%s cut to %d of %d bytes: %v, want damage", kind, n, len(b), err)
			}
		}
	}
}

func TestOpenKeepsToLimits(t *testing.T) {
	b := file(XStream, document(5))
	for name, limits := range map[string]Limits{
		"file": {FileSize: 100}, "objects": {Objects: 5}, "depth": {Depth: 1}, "items": {Items: 3}, "token": {Token: 3},
		"decoded": {Decoded: 20}, "total": {DecodedTotal: 150},
	} {
		f, err := open(b, limits)
		if err == nil {
			_, err = f.Last().Pages()
		}
		wantError(t, name, err, ErrLimit)
	}
	_, err := open(updated(t, updated(t, b)), Limits{Revisions: 2})
	wantError(t, "revisions", err, ErrLimit)
	f, err := open(b, Limits{Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Last().Pages()
	wantError(t, "pages", err, ErrLimit)
}

func TestOlderStartxrefMustLeadToItsSection(t *testing.T) {
	b := updated(t, file(Table, document(1)))
	b = bytes.Replace(b, []byte("startxref\n"), []byte("startxref "), 1) // still right
	if _, err := open(b, Limits{}); err != nil {
		t.Error(err)
	}
	at := bytes.Index(b, []byte("startxref ")) + len("startxref ")
	b[at] = '9'
	_, err := open(b, Limits{})
	wantError(t, "startxref of an older revision", err, ErrDamaged)
}

// updated is b with one more revision that sets /Lang in the catalog.
func updated(t testing.TB, b []byte) []byte {
	t.Helper()
	f := mustOpen(t, b)
	u := NewUpdate(f)
	if err := u.SetCatalog(Dict{"Lang": TextString(fmt.Sprintf("zh-%d", len(f.Revisions())))}); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(b), build(t, u).Bytes...)
}

func build(t testing.TB, u *Update) *Tail {
	t.Helper()
	tail, err := u.Build()
	if err != nil {
		t.Fatal(err)
	}
	return tail
}

// brokenReader fails behind its first bytes.
type brokenReader struct{ good []byte }

func (r brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off < int64(len(r.good)) {
		return copy(p, r.good[off:]), nil
	}
	return 0, os.ErrDeadlineExceeded
}

func TestFailingReaderIsNotDamage(t *testing.T) {
	b := bulky(Table, 1, 100_000)
	_, err := Open(testContext, brokenReader{b[:2000]}, int64(len(b)), Limits{})
	wantError(t, "broken reader", err, os.ErrDeadlineExceeded)
	if errors.Is(err, ErrDamaged) {
		t.Errorf("a failing disk is called damage: %v", err)
	}
	_, err = Open(testContext, bytes.NewReader(b), int64(len(b))+10, Limits{})
	wantError(t, "file shorter than stated", err, ErrDamaged)
}

func TestContextEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(testContext)
	cancel()
	b := bulky(Table, 1, 1000)
	_, err := Open(ctx, bytes.NewReader(b), int64(len(b)), Limits{})
	wantError(t, "cancelled", err, context.Canceled)
	_, err = (&source{ctx: ctx, r: bytes.NewReader(b), size: int64(len(b))}).at(0)
	wantError(t, "cancelled while reading", err, context.Canceled)
}

func TestHeaderJunkLeavesOffsetsAbsolute(t *testing.T) {
	objects := document(1)
	b := newBuilder(objects)
	b.w.buf = append([]byte("HTTP junk\r\n"), b.w.buf...)
	b.pack(func(int) bool { return false })
	b.table(nil, false)
	f := mustOpen(t, b.w.buf)
	if f.Version() != "1.7" {
		t.Errorf("version is %q", f.Version())
	}
	gaps, err := f.Last().Gaps()
	if err != nil || len(gaps) != 1 || gaps[0].Start != 0 {
		t.Errorf("gaps are %v, %v; want the junk", gaps, err)
	}
}

// countingReader counts what is read.
type countingReader struct {
	*bytes.Reader
	n int
}

func (r *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(p, off)
	r.n += n
	return n, err
}

func TestOpenReadsOnlyWhatIsAsked(t *testing.T) {
	b := bulky(Table, 100, 20<<20)
	r := &countingReader{Reader: bytes.NewReader(b)}
	f, err := Open(testContext, r, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := f.Last().Pages()
	if err != nil || len(pages) != 100 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	if r.n > 10*blockSize {
		t.Errorf("%d bytes of %d were read", r.n, len(b))
	}
}

func TestFreeGenerationOfMutool(t *testing.T) {
	good := string(file(Table, document(1)))
	free := strings.Replace(good, "0000000000 65535 f", "0000000000 65536 f", 1)
	if free == good {
		t.Fatal("the file has no free entry")
	}
	if _, err := Open(t.Context(), strings.NewReader(free), int64(len(free)), Limits{}); err != nil {
		t.Errorf("a file by mutool clean: %v", err)
	}
	used := strings.Replace(good, " 00000 n", " 65536 n", 1)
	if _, err := Open(t.Context(), strings.NewReader(used), int64(len(used)), Limits{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("an object of that generation: %v", err)
	}
}

// TestLooseTables tells tables of the standard's form from those that some viewers repair, wherever an entry lies in
// what is read at once.
func TestLooseTables(t *testing.T) {
	var r bytes.Buffer
	r.WriteString("%PDF-1.7\n")
	var table strings.Builder
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R >>"}
	for range 5000 {
		objects = append(objects, "1")
	}
	for i, body := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", r.Len())
		fmt.Fprintf(&r, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	for name, c := range map[string]struct {
		table string
		loose bool
	}{
		"of the standard": {table.String(), false},
		"with CRLF":       {strings.ReplaceAll(table.String(), " \n", "\r\n"), false},
		"with a tab":      {strings.Replace(table.String(), " 00000", "\t00000", 1), true},
		"of 19 bytes":     {strings.Replace(table.String(), " \n", "\n", 1), true},
		"of 21 bytes":     {strings.Replace(table.String(), " \n", "  \n", 1), true},
	} {
		data := fmt.Sprintf("%sxref\n0 1\n0000000000 65535 f \n1 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n",
			r.String(), len(objects), c.table, len(objects)+1, r.Len())
		f, err := Open(context.Background(), strings.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := f.Last().Sections[0].Loose; got != c.loose {
			t.Errorf("%s: loose is %t", name, got)
		}
	}
}
