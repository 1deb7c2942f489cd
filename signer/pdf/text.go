package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text decodes a text string: UTF-16 or UTF-8 by its mark, else PDFDocEncoding.
// What is not a String is "". ISO 32000-2, 7.9.2.2.
func Text(o Object) string {
	s, ok := o.(String)
	if !ok {
		return ""
	}
	v := s.Value
	switch {
	case len(v) >= 2 && v[0] == 0xfe && v[1] == 0xff:
		return decodeUTF16(v[2:], 0, 1)
	case len(v) >= 2 && v[0] == 0xff && v[1] == 0xfe: // against the standard, but viewers read it
		return decodeUTF16(v[2:], 1, 0)
	case len(v) >= 3 && v[0] == 0xef && v[1] == 0xbb && v[2] == 0xbf:
		return strings.ToValidUTF8(string(v[3:]), string(utf8.RuneError))
	}
	var b strings.Builder
	for _, c := range v {
		b.WriteRune(docRune(c))
	}
	return b.String()
}

func decodeUTF16(v []byte, high, low int) string {
	units := make([]uint16, 0, len(v)/2)
	for ; len(v) >= 2; v = v[2:] {
		units = append(units, uint16(v[high])<<8|uint16(v[low]))
	}
	return string(utf16.Decode(units))
}

// TextString encodes s as a text string: as it is where printable ASCII, else
// UTF-16BE.
func TextString(s string) String {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] >= ' ' && s[i] <= '~'
	}
	if ascii {
		return String{Value: []byte(s)}
	}
	v := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		v = append(v, byte(u>>8), byte(u))
	}
	return String{Value: v}
}

// ISO 32000-2, Annex D.2: where PDFDocEncoding differs from Latin-1.
var (
	docLow  = []rune("˘ˇˆ˙˝˛˚˜")                               // 0x18 to 0x1f
	docHigh = []rune("•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€") // 0x80 to 0xa0
)

func docRune(c byte) rune {
	switch {
	case c >= 0x18 && c <= 0x1f:
		return docLow[c-0x18]
	case c >= 0x80 && c <= 0xa0:
		return docHigh[c-0x80]
	}
	return rune(c)
}
