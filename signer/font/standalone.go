package font

import (
	"encoding/binary"
	"slices"
)

// File returns a complete TrueType file with the characters of the text, borrowed ones included: for PDF writers that
// want a font file to embed. Characters beyond the basic plane are in its format 12 map alone.
func (f *Font) File(text string) ([]byte, error) {
	subset, err := f.Subset(text)
	if err != nil {
		return nil, err
	}
	tables, err := directory(subset.Data)
	if err != nil {
		return nil, err
	}
	all := []tableEntry{
		{"OS/2", os2(subset, u16(tables["head"], 18))}, {"cmap", charmapOf(subset.cids)}, {"name", nameTable(f.postscript)},
		// Version 3: no glyph names; neither italic nor monospaced.
		{"post", append([]byte{0, 3, 0, 0}, make([]byte, 28)...)},
	}
	for tag, data := range tables {
		all = append(all, tableEntry{tag, data})
	}
	return writeFont(all), nil
}

// os2 writes version 4 with what PDF writers read: weight and vertical metrics.
func os2(s *Subset, em int) []byte {
	units := func(perMille int) uint16 { return uint16(perMille * em / 1000) }
	table := make([]byte, 96)
	for at, v := range map[int]uint16{
		0: 4, 4: 400, 6: 5, 68: units(s.Ascent), 70: units(s.Descent),
		74: units(s.Ascent), 76: units(-s.Descent), 88: units(s.CapHeight),
	} {
		binary.BigEndian.PutUint16(table[at:], v)
	}
	return table
}

// charmapOf writes formats 4 and 12, one segment for each character.
func charmapOf(cids map[rune]uint16) []byte {
	var runes []rune
	for r := range cids {
		runes = append(runes, r)
	}
	slices.Sort(runes)
	four, twelve := formatFour(runes, cids), formatTwelve(runes, cids)
	be := binary.BigEndian
	table := []byte{0, 0, 0, 2, 0, 3, 0, 1, 0, 0, 0, 20, 0, 3, 0, 10}
	table = be.AppendUint32(table, uint32(20+len(four)))
	return append(append(table, four...), twelve...)
}

func formatFour(runes []rune, cids map[rune]uint16) []byte {
	var ends, deltas []byte
	be := binary.BigEndian
	for _, r := range runes {
		if r < 0xffff {
			ends = be.AppendUint16(ends, uint16(r))
			deltas = be.AppendUint16(deltas, cids[r]-uint16(r))
		}
	}
	ends, deltas = append(ends, 0xff, 0xff), append(deltas, 0, 1)
	count := len(ends) / 2
	power, exponent := 1, 0
	for power*2 <= count {
		power, exponent = power*2, exponent+1
	}
	var sub []byte
	for _, v := range []int{4, 16 + 8*count, 0, 2 * count, 2 * power, exponent, 2 * (count - power)} {
		sub = be.AppendUint16(sub, uint16(v))
	}
	return slices.Concat(sub, ends, []byte{0, 0}, ends, deltas, make([]byte, 2*count))
}

func formatTwelve(runes []rune, cids map[rune]uint16) []byte {
	be := binary.BigEndian
	sub := []byte{0, 12, 0, 0}
	for _, v := range []int{16 + 12*len(runes), 0, len(runes)} {
		sub = be.AppendUint32(sub, uint32(v))
	}
	for _, r := range runes {
		sub = be.AppendUint32(be.AppendUint32(sub, uint32(r)), uint32(r))
		sub = be.AppendUint32(sub, uint32(cids[r]))
	}
	return sub
}

// nameTable holds the PostScript name and, as family, the same.
func nameTable(name string) []byte {
	be := binary.BigEndian
	ids := []uint16{1, 4, 6}
	table := []byte{0, 0, 0, byte(len(ids)), 0, byte(6 + 12*len(ids))}
	for _, id := range ids {
		for _, v := range []uint16{3, 1, 0x409, id, uint16(2 * len(name)), 0} {
			table = be.AppendUint16(table, v)
		}
	}
	for _, c := range []byte(name) {
		table = append(table, 0, c)
	}
	return table
}
