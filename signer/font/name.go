package font

import "strings"

// postscriptName reads name 6 as far as it consists of characters that a PDF name needs no escape for.
func postscriptName(table []byte) string {
	const fallback = "Font"
	if len(table) < 6 {
		return fallback
	}
	storage := u16(table, 4)
	for i := range u16(table, 2) {
		entry := 6 + 12*i
		if entry+12 > len(table) {
			break
		}
		start, length := storage+u16(table, entry+10), u16(table, entry+8)
		if u16(table, entry+6) != 6 || start+length > len(table) {
			continue
		}
		if name := plain(table[start : start+length]); name != "" {
			return name
		}
	}
	return fallback
}

// plain keeps ASCII letters, digits and hyphens; the zero octets of UTF-16 fall away with the rest.
func plain(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		if c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			b.WriteByte(c)
		}
		if b.Len() == 63 {
			break
		}
	}
	return b.String()
}
