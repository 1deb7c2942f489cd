package pdf

import (
	"bytes"
	"fmt"
	"testing"
)

// FuzzXRef appends any bytes as a cross-reference section at the place that startxref names: as they are, a table with its trailer,
// or else as the decoded rows of a stream, whose dictionary they begin with. What is accepted must be readable through and through.
func FuzzXRef(f *testing.F) {
	base := file(Table, document(1))
	prev := mustOpen(f, base).Last().XRefOffset
	trailer := fmt.Sprintf("trailer\n<</Root 1 0 R/Size 100/Prev %d>>\n", prev)
	for _, table := range []string{
		"0 0\n", "3 1\n0000000015 00000 n \n", "0 1\n0000000000 65535 f \n20 2\n0000000017 00000 n\r\n0000000000 00001 f \n", "99999999999 1\n", "0 -1\n",
		"3 1\n0000000015 00000 n\n", "1 1\n0000000009 00001 n \n",
	} {
		f.Add([]byte("xref\n"+table+trailer), false)
	}
	f.Add([]byte(fmt.Sprintf("xref\n0 0\ntrailer\n<</Root 1 0 R/Size 9/Prev %d>>", len(base))), false) // Itself.
	f.Add([]byte(fmt.Sprintf("xref\n0 0\ntrailer\n<</Root 1 0 R/Size 100/Prev %d/XRefStm %d>>", prev, prev)), false)
	dict := fmt.Sprintf("/Root 1 0 R/Size 100/Prev %d/W[1 2 1]/Index[3 1 20 2]\n", prev)
	f.Add([]byte(dict+"\x01\x00\x0f\x00\x02\x00\x14\x01\x00\x00\x00\x01"), true)
	f.Add([]byte(fmt.Sprintf("/Root 1 0 R/Size 4/Prev %d/W[0 9 0]\n", prev)), true)
	f.Add([]byte(fmt.Sprintf("/Root 1 0 R/Size 3/Prev %d/W[1 8 8]/Index[0 3]\n", prev)+string(make([]byte, 51))), true)
	f.Fuzz(func(t *testing.T, b []byte, stream bool) {
		checkOpened(t, append(bytes.Clone(base), section(b, stream)...), len(base))
	})
}

// section is a cross-reference section with its end; its first byte stands where startxref says, after what precedes it.
func section(b []byte, stream bool) []byte {
	if !stream {
		return b
	}
	dict, rows, _ := bytes.Cut(b, []byte("\n"))
	return fmt.Appendf(nil, "99 0 obj\n<</Type/XRef/Length %d%s>>\nstream\n%s\nendstream\nendobj\n", len(rows), dict, rows)
}

// checkOpened ends a file with a startxref and reads all there is of it.
func checkOpened(t *testing.T, b []byte, at int) {
	b = fmt.Appendf(b, "\nstartxref\n%d\n%%%%EOF\n", at)
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
}

// FuzzObjectStream puts any bytes into an object stream to whose elements a right cross-reference stream leads, so that
// numbers, offsets and bodies are what is wrong.
func FuzzObjectStream(f *testing.F) {
	base := file(Table, document(1))
	prev := mustOpen(f, base).Last().XRefOffset
	f.Add([]byte("30 0 31 8 32 20 <</A 1>> [31 0 R 30 0 R] (x)"), uint8(3), uint8(16), uint8(0))
	f.Add([]byte("30 0 31 8 <</A 1>> <</B 50 0 R>>"), uint8(2), uint8(10), uint8(0))
	f.Add([]byte("1 0 10 40 <</Type/Catalog/Pages 2 0 R>>        <</Type/Page/Parent 2 0 R/Contents 3 0 R>>"), uint8(2), uint8(10), uint8(1))
	f.Add([]byte("30 99 31 0 <<"), uint8(2), uint8(11), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, n, first, which uint8) {
		out := bytes.Clone(base)
		holder := len(out)
		out = fmt.Appendf(out, "50 0 obj\n<</Type/ObjStm/N %d/First %d/Length %d>>\nstream\n%s\nendstream\nendobj\n", n, first, len(b), b)
		at := len(out)
		numbers := []int{30, 31, 32}
		if which%2 == 1 {
			numbers = []int{1, 10}
		}
		rows, index := []byte{1, byte(holder >> 8), byte(holder), 0}, "50 1"
		for i, number := range numbers {
			rows = append(rows, 2, 0, 50, byte(i))
			index += fmt.Sprintf(" %d 1", number)
		}
		dict := fmt.Sprintf("/Root 1 0 R/Size 100/Prev %d/W[1 2 1]/Index[%s 99 1]\n", prev, index)
		rows = append(rows, 1, byte(at>>8), byte(at), 0)
		checkOpened(t, append(out, section(append([]byte(dict), rows...), true)...), at)
	})
}
