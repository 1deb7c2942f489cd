package signtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
)

// raw writes PDF files and incremental updates by hand, with whatever faults a test wants.
type raw struct {
	buf     bytes.Buffer
	offsets map[int]int
}

func (r *raw) object(number int, body string) {
	if r.offsets == nil {
		r.offsets = map[int]int{}
	}
	r.offsets[number] = r.buf.Len()
	fmt.Fprintf(&r.buf, "%d 0 obj\n%s\nendobj\n", number, body)
}

// finish writes a classic table. Numbers in free are freed.
func (r *raw) finish(size int, trailer string, free ...int) []byte {
	start := r.buf.Len()
	r.buf.WriteString("xref\n")
	numbers := slices.Clone(free)
	for n := range r.offsets {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if slices.Contains(free, n) {
			fmt.Fprintf(&r.buf, "%d 1\n0000000000 %05d f \n", n, freeGeneration(n))
			continue
		}
		fmt.Fprintf(&r.buf, "%d 1\n%010d 00000 n \n", n, r.offsets[n])
	}
	fmt.Fprintf(&r.buf, "trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n", size, trailer, start)
	return r.buf.Bytes()
}

func freeGeneration(number int) int {
	if number == 0 {
		return 65535
	}
	return 1
}

// stream is the body of a stream object.
func stream(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// Objects of the draft. Each is what an attack changes.
const (
	draftCatalog  = 1
	draftPages    = 2
	draftPage     = 3 // And 4.
	draftContent  = 5 // And 6.
	draftFont     = 7
	draftForm     = 8
	draftField    = 9 // A text field, amount.
	draftLook     = 10
	draftPrepared = 11 // An empty signature field, Prepared.
	draftLink     = 12
	draftImage    = 13
	draftUnused   = 14 // In use, but nothing leads to it.
	draftSize     = 15
)

// Draft is a contract of two pages with a text field, a prepared signature field, a link and a shared image.
func Draft() []byte {
	var r raw
	r.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	r.object(draftCatalog, "<< /Type /Catalog /Pages 2 0 R /AcroForm 8 0 R >>")
	r.object(draftPages, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 595 842] "+
		"/Resources << /Font << /F1 7 0 R >> /XObject << /I 13 0 R >> >> >>")
	r.object(draftPage, "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [9 0 R 11 0 R 12 0 R] >>")
	r.object(draftPage+1, "<< /Type /Page /Parent 2 0 R /Contents 6 0 R >>")
	r.object(draftContent, stream("", "BT /F1 18 Tf 72 700 Td (Price: EUR 100.00) Tj ET /I Do"))
	r.object(draftContent+1, stream("", "BT /F1 18 Tf 72 700 Td (Second page) Tj ET /I Do"))
	r.object(draftFont, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	r.object(draftForm, "<< /Fields [9 0 R 11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>")
	r.object(draftField, "<< /Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V (100) /F 4 /P 3 0 R /Rect [72 600 300 630] "+
		"/DA (/F1 12 Tf 0 g) /AP << /N 10 0 R >> >>")
	r.object(draftLook, stream("/Type /XObject /Subtype /Form /BBox [0 0 228 30] /Resources << /Font << /F1 7 0 R >> >>",
		"/Tx BMC BT /F1 12 Tf 2 10 Td (100) Tj ET EMC"))
	r.object(draftPrepared, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Prepared) /F 4 /P 3 0 R /Rect [350 100 450 200] >>")
	r.object(draftLink, "<< /Type /Annot /Subtype /Link /Rect [72 500 200 520] /Dest [4 0 R /Fit] >>")
	r.object(draftImage, stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", "\x80"))
	r.object(draftUnused, "(unused)")
	return r.finish(draftSize, "/Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]", 0)
}

// Patch is a raw incremental update over a file.
type Patch struct {
	Objects map[int]string // Bodies by number; {N} stands for the Nth new number.
	Free    []int
	New     []string      // Bodies under new numbers.
	Offsets map[int]int64 // Entries that lead elsewhere.
	Junk    string        // Bytes between the objects and the table, of no object.
	Root    string        // Another catalog.
	Shrink  bool          // A /Size too small.
	Extra   string        // Further trailer keys.
}

// Apply appends the update with a classic table.
func (p Patch) Apply(in []byte) ([]byte, error) {
	f, err := open(in)
	if err != nil {
		return nil, err
	}
	last := f.Last()
	next := nextNumber(f)
	var r raw
	r.buf.Write(in)
	name := func(body string) string {
		for i := range p.New {
			body = strings.ReplaceAll(body, fmt.Sprintf("{%d}", i), fmt.Sprintf("%d 0 R", next+i))
		}
		return body
	}
	for number, body := range p.Objects {
		r.object(number, name(body))
	}
	for i, body := range p.New {
		r.object(next+i, name(body))
	}
	for number, off := range p.Offsets {
		if r.offsets == nil {
			r.offsets = map[int]int{}
		}
		r.offsets[number] = int(off)
	}
	r.buf.WriteString(p.Junk)
	size, root := next+len(p.New), p.Root
	if p.Shrink {
		size = draftSize
	}
	if root == "" {
		root = last.Root().String()
	}
	return r.finish(size, fmt.Sprintf("/Root %s /Prev %d %s", name(root), last.XRefOffset, p.Extra), p.Free...), nil
}

func nextNumber(f *pdf.File) int {
	next := 0
	for _, r := range f.Revisions() {
		if size, ok := r.Trailer["Size"].(pdf.Integer); ok {
			next = max(next, int(size))
		}
	}
	return next
}
