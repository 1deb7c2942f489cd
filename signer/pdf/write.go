package pdf

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Reserved stands for a hexadecimal string of that many zero bytes, to be set
// by Tail.SetContents. An Update may hold one.
type Reserved struct{ Bytes int }

// ByteRangeSlot stands for the /ByteRange array, which Build fills so that all
// but the Reserved string is covered. An Update may hold one.
type ByteRangeSlot struct{}

// byteRangeWidth holds four numbers of ten digits, as classic tables do.
const byteRangeWidth = len("[0 ] ") + 3*11

// growth is the room for small objects that is made at once.
const growth = 4 << 10

// writer builds the bytes of a tail. The first error stays.
type writer struct {
	base     int64 // place in the output of buf[0]
	buf      []byte
	reserved Span
	slot     Span
	err      error
}

func (w *writer) at() int64 { return w.base + int64(len(w.buf)) }

func (w *writer) text(s string) { w.buf = append(w.buf, s...) }

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// object writes o. Dictionary keys are sorted, so that the same update gives
// the same bytes.
func (w *writer) object(o Object, depth int) {
	if depth > maxWriteDepth {
		w.fail("object is nested deeper than %d", maxWriteDepth)
		return
	}
	switch o := o.(type) {
	case nil:
		w.text("null")
	case Bool:
		w.buf = strconv.AppendBool(w.buf, bool(o))
	case Integer:
		w.buf = strconv.AppendInt(w.buf, int64(o), 10)
	case Real:
		w.real(float64(o))
	case Name:
		w.name(o)
	case String:
		w.string(o)
	case Ref:
		w.text(o.String())
	case Array:
		w.array(o, depth)
	case Dict:
		w.dict(o, depth)
	case Reserved:
		w.reserve(o)
	case ByteRangeSlot:
		w.byteRange()
	default:
		w.fail("an object of type %T cannot stand within another", o)
	}
}

const maxWriteDepth = 256

func (w *writer) array(a Array, depth int) {
	w.text("[")
	for i, e := range a {
		if i > 0 {
			w.text(" ")
		}
		w.object(e, depth+1)
	}
	w.text("]")
}

func (w *writer) dict(d Dict, depth int) {
	w.text("<<")
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if d[k] == nil {
			continue
		}
		w.name(k)
		w.text(" ")
		w.object(d[k], depth+1)
	}
	w.text(">>")
}

// real writes the shortest decimals that read back as the same value, always
// with a point so that it stays a real.
func (w *writer) real(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.fail("%v is not a PDF number", f)
		return
	}
	start := len(w.buf)
	w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
	if !slices.Contains(w.buf[start:], '.') {
		w.text(".0")
	}
}

func (w *writer) name(n Name) {
	w.text("/")
	for i := range len(n) {
		c := n[i]
		if c > ' ' && c <= '~' && c != '#' && isRegular(c) {
			w.buf = append(w.buf, c)
			continue
		}
		w.buf = append(w.buf, '#', hexDigits[c>>4], hexDigits[c&15])
	}
}

const hexDigits = "0123456789ABCDEF"

// string escapes every byte that a reader could take for syntax or for an
// end-of-line: UTF-16 of 小 or 山 holds a backslash.
func (w *writer) string(s String) {
	if s.Hex {
		w.text("<")
		for _, c := range s.Value {
			w.buf = append(w.buf, hexDigits[c>>4], hexDigits[c&15])
		}
		w.text(">")
		return
	}
	w.text("(")
	for _, c := range s.Value {
		switch {
		case c == '(' || c == ')' || c == '\\':
			w.buf = append(w.buf, '\\', c)
		case c == '\r':
			w.text(`\r`)
		case c == '\n':
			w.text(`\n`)
		default:
			w.buf = append(w.buf, c)
		}
	}
	w.text(")")
}

func (w *writer) reserve(r Reserved) {
	if w.reserved.End > 0 {
		w.fail("more than one Reserved string in an update")
	}
	if r.Bytes <= 0 {
		w.fail("Reserved string of %d bytes", r.Bytes)
		return
	}
	w.reserved.Start = w.at()
	w.buf = slices.Grow(w.buf, 2*r.Bytes+growth/16)
	w.text("<")
	for range 2 * r.Bytes {
		w.buf = append(w.buf, '0')
	}
	w.text(">")
	w.reserved.End = w.at()
}

func (w *writer) byteRange() {
	if w.slot.End > 0 {
		w.fail("more than one ByteRangeSlot in an update")
	}
	w.slot.Start = w.at()
	for range byteRangeWidth {
		w.buf = append(w.buf, ' ')
	}
	w.slot.End = w.at()
}
