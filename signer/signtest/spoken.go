package signtest

import (
	"fmt"
	"unicode/utf16"

	"contractd/signer/pdf"
)

// helvetica is a font that everybody knows; chinese one of UCS-2 codes, as clients use that embed none.
func helvetica() pdf.Dict {
	return pdf.Dict{"Font": pdf.Dict{"F": pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica")}}}
}

func chinese() pdf.Dict {
	return pdf.Dict{"Font": pdf.Dict{"F": pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": pdf.Name("STSong-Light"),
		"Encoding": pdf.Name("UniGB-UCS2-H"), "DescendantFonts": pdf.Array{pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType0"),
			"BaseFont": pdf.Name("STSong-Light"), "CIDSystemInfo": pdf.Dict{"Registry": pdf.String{Value: []byte("Adobe")}, "Ordering": pdf.String{Value: []byte("GB1")}, "Supplement": pdf.Integer(4)}}}}}}
}

func writing(text string) string {
	return fmt.Sprintf("q BT /F 9 Tf 2 20 Td (%s) Tj ET Q", text)
}

func writingChinese(text string) string {
	hex := ""
	for _, unit := range utf16.Encode([]rune(text)) {
		hex += fmt.Sprintf("%04X", unit)
	}
	return fmt.Sprintf("q BT /F 9 Tf 2 20 Td <%s> Tj ET Q", hex)
}

// spokenHonest are marks whose words say no more than a seal does; verification.md, 13.
func spokenHonest() []recipe {
	return []recipe{
		{"mark-with-name-and-date", passed, "", "", false, paint(300, 300, 150, 40, writingChinese("签署人："+SupplierName+" 日期：2026年11月23日 12:00"), chinese())},
		{"mark-with-a-date", passed, "", "", false, paint(300, 300, 150, 40, writing("Date: 2026.11.23 12:00:00 +08'00'"), helvetica())},
		{"mark-with-each-letter-by-itself", passed, "", "", false, paint(300, 300, 150, 40,
			"BT /F 9 Tf 1 0 0 1 2 20 Tm (S) Tj 1 0 0 1 9 20 Tm (i) Tj 1 0 0 1 12 20 Tm [(gn) -20 (ed)] TJ ET", helvetica())},
	}
}

// spokenAttacks are marks that say more.
func spokenAttacks() []recipe {
	coded := pdf.Dict{"Font": pdf.Dict{"F": pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": pdf.Name("X"), "Encoding": pdf.Name("Identity-H")}}}
	says := func(content string, resources pdf.Dict) func(l *Lab, sent []byte) ([]byte, error) {
		return paint(300, 300, 150, 40, content, resources)
	}
	return []recipe{
		{"digit-beside-the-price", indeterminate, "signer-statement", "", false, paint(221, 699, 12, 15, "BT /F 18 Tf 0 1 Td (0) Tj ET", helvetica())},
		{"clauses-in-the-mark", indeterminate, "signer-statement", "", false, says(writing("Only clauses 1 to 3"), helvetica())},
		{"clauses-in-the-mark-in-chinese", indeterminate, "signer-statement", "", false, says(writingChinese("仅同意第1至3条"), chinese())},
		{"not-before-a-known-word", indeterminate, "signer-statement", "", false, says(writingChinese("不同意"), chinese())},
		{"words-without-a-map", indeterminate, "signer-statement", "", false, says("BT /F 9 Tf <00010002> Tj ET", coded)},
		{"words-over-words", indeterminate, "signer-statement", "", false, says("BT /F 9 Tf 2 20 Td (Sign) Tj 1 0 Td (ed) Tj ET", helvetica())},
		{"words-that-cannot-be-read", indeterminate, "signer-statement", "", false, says("BT /F 9 Tf \x01 (x) Tj ET", helvetica())},
	}
}

// Moved makes two returns whose marks draw the same strokes in different places.
func (l *Lab) Moved() ([]Sample, error) {
	const stroke = " 0 0 10 2 re f "
	return l.cook([]recipe{
		{"strokes", passed, "", "", false, paint(300, 300, 60, 60, "q"+stroke+"Q q 1 0 0 1 0 10 cm"+stroke+"Q", nil)},
		{"strokes-moved", passed, "", "", false, paint(300, 300, 60, 60, "q"+stroke+"Q q 0 1 -1 0 20 0 cm"+stroke+"Q", nil)},
	})
}
