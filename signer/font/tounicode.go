package font

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// mappingLimit is how many lines one bfchar section may have (Adobe Technical Note 5014).
const mappingLimit = 100

// toUnicode writes the CMap that lets readers search and copy the text (ISO 32000-2, 9.10.3).
func toUnicode(runes []rune, cids map[rune]uint16) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(runes) > 0 {
		part := runes[:min(len(runes), mappingLimit)]
		runes = runes[len(part):]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, r := range part {
			fmt.Fprintf(&b, "<%04X> <", cids[r])
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "%04X", unit)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
