package signtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"contractd/signer/pdf"
)

// entry is one entry of a cross-reference stream written by hand: type, then two numbers.
type entry struct {
	number int
	kind   byte
	a      int
	b      int
}

// finishStream writes a cross-reference stream, which takes the object number it is given.
func (r *raw) finishStream(number, size int, keys string, compressed ...entry) []byte {
	start := r.buf.Len()
	entries := append([]entry{{number, 1, start, 0}}, compressed...)
	for n, off := range r.offsets {
		entries = append(entries, entry{n, 1, off, 0})
	}
	var index []string
	var data bytes.Buffer
	for _, e := range entries {
		index = append(index, fmt.Sprintf("%d 1", e.number))
		data.WriteByte(e.kind)
		_ = binary.Write(&data, binary.BigEndian, uint32(e.a)) // A buffer takes it all.
		_ = binary.Write(&data, binary.BigEndian, uint16(e.b)) // Likewise.
	}
	fmt.Fprintf(&r.buf, "%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", number, stream(fmt.Sprintf(
		"/Type /XRef /Size %d /W [1 4 2] /Index [%s] %s", size, strings.Join(index, " "), keys), data.String()), start)
	return r.buf.Bytes()
}

// objectStream is the body of an object stream without a filter.
func objectStream(numbers []int, bodies ...string) string {
	var head, body strings.Builder
	for i, n := range numbers {
		fmt.Fprintf(&head, "%d %d ", n, body.Len())
		body.WriteString(bodies[i] + " ")
	}
	return stream(fmt.Sprintf("/Type /ObjStm /N %d /First %d", len(numbers), head.Len()), head.String()+body.String())
}

const (
	packedStream = 5
	packedXRef   = 6
	packedSize   = 7
)

// packedDraft is a contract whose catalog, pages and prepared field lie in an object stream.
func packedDraft() []byte {
	var r raw
	r.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	r.object(4, stream("", "BT /F1 18 Tf 72 700 Td (Price: EUR 100.00) Tj ET"))
	r.object(packedStream, objectStream([]int{1, 2, 3}, packedBodies("0 0 595 842")...))
	return r.finishStream(packedXRef, packedSize, "/Root 1 0 R", entry{1, 2, packedStream, 0}, entry{2, 2, packedStream, 1}, entry{3, 2, packedStream, 2})
}

func packedBodies(box string) []string {
	return []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [" + box + "] >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"}
}

// streamAttacks use object streams and hybrid files; verification.md, 5 and 10.
func streamAttacks() []recipe {
	return []recipe{
		{"object-stream-replaced", failed, "needs-repair", "", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(packedDraft(), Ink{By: l.Ours, Boxes: []Box{seal(1, 100, 100)}})
			if err != nil {
				return nil, err
			}
			f, err := open(out)
			if err != nil {
				return nil, err
			}
			var r raw
			r.buf.Write(out)
			r.object(packedStream, objectStream([]int{1, 2, 3}, packedBodies("0 0 595 400")...))
			next := nextNumber(f)
			return r.finishStream(next, next+1, fmt.Sprintf("/Root 1 0 R /Prev %d", f.Last().XRefOffset)), nil
		}},
		{"page-tree-out-of-its-stream", failed, "changed-page", "", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(packedDraft(), Ink{By: l.Ours, Boxes: []Box{seal(1, 100, 100)}})
			if err != nil {
				return nil, err
			}
			return appendUpdate(out, func(u *pdf.Update, _ *pdf.File) error {
				u.Set(pdf.Ref{Number: 2}, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{pdf.Ref{Number: 3}}, "Count": pdf.Integer(1),
					"MediaBox": pdf.Rect{Right: 595, Top: 400}.Array()})
				return nil
			})
		}},
		{"two-places-for-one-object", failed, "hybrid-conflict", "", true, func(l *Lab, _ []byte) ([]byte, error) {
			return l.Sign(hybrid(true), Ink{By: l.Ours})
		}},
	}
}

// hybrid is a draft as Word writes it: a table, and a cross-reference stream for what old readers must not see. With a
// conflict, both have the content in use, at different places.
func hybrid(conflict bool) []byte {
	var r, hidden raw
	r.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, body := range packedBodies("0 0 595 842") {
		r.object(i+1, body)
	}
	r.object(4, stream("", "BT /F1 18 Tf 72 700 Td (Price: EUR 100.00) Tj ET"))
	hidden.buf = r.buf
	hidden.offsets = map[int]int{}
	if conflict {
		hidden.object(4, stream("", evilText))
	} else {
		hidden.object(7, "(only for new readers)")
	}
	at := hidden.buf.Len()
	body := hidden.finishStream(8, 9, "")
	r.buf.Reset()
	r.buf.Write(body[:bytes.LastIndex(body, []byte("startxref"))])
	free := []int{0, 5, 6, 7, 8}
	return r.finish(9, fmt.Sprintf("/Root 1 0 R /XRefStm %d", at), free...)
}
