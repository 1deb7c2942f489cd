package font

import (
	"encoding/binary"
	"sort"
)

// charmap maps characters to glyphs, 0 for none.
type charmap interface{ glyph(r rune) int }

// parseCharmap takes the best Unicode subtable: the full repertoire before the basic plane.
func parseCharmap(table []byte) (charmap, error) {
	var basic charmap
	for i := range u16(table, 2) {
		entry := 4 + 8*i
		if entry+8 > len(table) {
			return nil, malformed("table \"cmap\" is cut off")
		}
		offset := int(binary.BigEndian.Uint32(table[entry+4:]))
		if !unicodeEncoding(u16(table, entry), u16(table, entry+2)) || offset > len(table)-16 {
			continue
		}
		switch sub := table[offset:]; u16(sub, 0) {
		case 12:
			if groups, ok := parseGroups(sub); ok {
				return groups, nil
			}
		case 4:
			if segments, ok := parseSegments(sub); ok && basic == nil {
				basic = segments
			}
		}
	}
	if basic == nil {
		return nil, malformed("it has no Unicode character map")
	}
	return basic, nil
}

func unicodeEncoding(platform, encoding int) bool {
	return platform == 0 && encoding != 5 || platform == 3 && (encoding == 1 || encoding == 10)
}

// groups is a format 12 subtable.
type groups []byte

func parseGroups(sub []byte) (groups, bool) {
	count := uint64(binary.BigEndian.Uint32(sub[12:]))
	if 16+12*count > uint64(len(sub)) {
		return nil, false
	}
	return sub[16 : 16+12*count], true
}

func (g groups) glyph(r rune) int {
	i := sort.Search(len(g)/12, func(i int) bool { return binary.BigEndian.Uint32(g[12*i+4:]) >= uint32(r) })
	if 12*i >= len(g) {
		return 0
	}
	start, first := binary.BigEndian.Uint32(g[12*i:]), binary.BigEndian.Uint32(g[12*i+8:])
	if start > uint32(r) {
		return 0
	}
	return int(first + uint32(r) - start)
}

// segments is a format 4 subtable. Its stated length is not used: fonts with many characters overflow it.
type segments struct {
	table []byte
	count int
}

func parseSegments(sub []byte) (segments, bool) {
	count := u16(sub, 6) / 2
	return segments{sub, count}, 16+8*count <= len(sub)
}

func (s segments) glyph(r rune) int {
	if r > 0xffff {
		return 0
	}
	c, ends := int(r), 14
	i := sort.Search(s.count, func(i int) bool { return u16(s.table, ends+2*i) >= c })
	if i == s.count {
		return 0
	}
	starts := ends + 2*s.count + 2
	deltas := starts + 2*s.count
	offsets := deltas + 2*s.count
	start, delta, offset := u16(s.table, starts+2*i), u16(s.table, deltas+2*i), u16(s.table, offsets+2*i)
	if start > c {
		return 0
	}
	if offset == 0 {
		return (c + delta) & 0xffff
	}
	at := offsets + 2*i + offset + 2*(c-start)
	if at+2 > len(s.table) {
		return 0
	}
	glyph := u16(s.table, at)
	if glyph == 0 {
		return 0
	}
	return (glyph + delta) & 0xffff
}
