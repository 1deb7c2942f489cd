package font

import (
	"encoding/binary"
	"slices"
	"strings"
)

// magicChecksum is what the whole file must add up to (OpenType 1.9, "head").
const magicChecksum = 0xb1b0afba

type tableEntry struct {
	tag  string
	data []byte
}

// assemble writes a TrueType file of these glyphs. Tables that a PDF reader does not use are left out (ISO 32000-2,
// 9.9.2).
func (f *Font) assemble(chosen *selection, outlines [][]byte) []byte {
	loca, glyf := pack(outlines)
	tables := []tableEntry{
		{"glyf", glyf}, {"head", f.headOf(chosen)}, {"hhea", f.hheaOf(chosen)}, {"hmtx", chosen.metrics()},
		{"loca", loca}, {"maxp", f.maxpOf(chosen)},
	}
	if chosen.plain {
		for _, tag := range []string{"cvt ", "fpgm", "prep"} {
			if f.tables[tag] != nil {
				tables = append(tables, tableEntry{tag, f.tables[tag]})
			}
		}
	}
	return writeFont(tables)
}

func (f *Font) headOf(chosen *selection) []byte {
	head := slices.Clone(f.tables["head"][:54])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[18:], uint16(chosen.units))
	by := ratio{chosen.units, f.unitsPerEm}
	by.box(head[34:44])
	binary.BigEndian.PutUint16(head[50:], 1) // loca is long.
	return head
}

func (f *Font) hheaOf(chosen *selection) []byte {
	hhea := slices.Clone(f.tables["hhea"][:36])
	by := ratio{chosen.units, f.unitsPerEm}
	for at := 4; at < 18; at += 2 {
		binary.BigEndian.PutUint16(hhea[at:], uint16(by.of(s16(hhea, at))))
	}
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(chosen.glyphs)))
	return hhea
}

// maxpOf takes the larger limit of both fonts where one is borrowed from.
func (f *Font) maxpOf(chosen *selection) []byte {
	maxp := slices.Clone(f.tables["maxp"])
	if f.borrowed != nil {
		other := f.borrowed.tables["maxp"]
		for at := 6; at+2 <= min(len(maxp), len(other)); at += 2 {
			binary.BigEndian.PutUint16(maxp[at:], uint16(max(u16(maxp, at), u16(other, at))))
		}
	}
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(chosen.glyphs)))
	return maxp
}

func pack(outlines [][]byte) (loca, glyf []byte) {
	for _, outline := range outlines {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = padded(append(glyf, outline...))
	}
	return binary.BigEndian.AppendUint32(loca, uint32(len(glyf))), glyf
}

func (s *selection) metrics() []byte {
	var hmtx []byte
	for _, glyph := range s.glyphs {
		by := ratio{s.units, glyph.font.unitsPerEm}
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(by.of(glyph.font.advance(glyph.index))))
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(by.of(glyph.font.bearing(glyph.index))))
	}
	return hmtx
}

func writeFont(tables []tableEntry) []byte {
	slices.SortFunc(tables, func(a, b tableEntry) int { return strings.Compare(a.tag, b.tag) })
	power, exponent := 1, 0
	for power*2 <= len(tables) {
		power, exponent = power*2, exponent+1
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{len(tables), power * 16, exponent, (len(tables) - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	offset, headAt := 12+16*len(tables), 0
	for _, t := range tables {
		if t.tag == "head" {
			headAt = offset
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(offset))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		offset += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = padded(append(out, t.data...))
	}
	binary.BigEndian.PutUint32(out[headAt+8:], magicChecksum-checksum(out))
	return out
}

func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func checksum(data []byte) uint32 {
	var sum uint32
	for len(data) >= 4 {
		sum += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var last [4]byte
	copy(last[:], data)
	return sum + binary.BigEndian.Uint32(last[:])
}
