package signtest

import (
	"bytes"
	"slices"

	"contractd/signer/pdf"
)

// Looks makes returns of which only a second reader can tell whether they are as they should be; verification.md, 12 and 15.
// Their outcome is that of comparing looks. Those with a conditional mark or a difference between readers the first reader
// refuses, too.
func (l *Lab) Looks() ([]Sample, error) {
	usual, err := l.cook(append(lookingHonest(), lookingWrong()...))
	if err != nil {
		return nil, err
	}
	dark, err := l.darkLooks()
	if err != nil {
		return nil, err
	}
	printed, err := l.printedLooks()
	return slices.Concat(usual, dark, printed), err
}

// The draft's price stands at 72, 700 in Helvetica of 18 points: its digits at 166, 176, 186, the point at 196.
const (
	priceLeft = 166
	priceBase = 700
	digitWide = 10
)

// paint puts a stamp over a place of the first page, with the signature.
func paint(left, bottom, width, height float64, content string, resources pdf.Dict) func(l *Lab, sent []byte) ([]byte, error) {
	return func(l *Lab, sent []byte) ([]byte, error) {
		return l.countersign(sent, Ink{Also: func(u *pdf.Update, _ *pdf.File) error {
			look := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Rect{Right: width, Top: height}.Array()}
			if resources != nil {
				look["Resources"] = indirect(u, resources)
			}
			page := pdf.Ref{Number: draftPage}
			return u.AppendAnnots(page, u.Add(pdf.Dict{
				"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "F": pdf.Integer(4), "P": page,
				"Rect": pdf.Rect{Left: left, Bottom: bottom, Right: left + width, Top: bottom + height}.Array(),
				"AP":   pdf.Dict{"N": u.Add(pdf.FlateStream(look, []byte(content)))},
			}))
		}})
	}
}

// overDigit paints over the second digit of the price.
func overDigit(content string) func(l *Lab, sent []byte) ([]byte, error) {
	return paint(priceLeft+digitWide, priceBase-1, digitWide, 15, content, nil)
}

func lookingHonest() []recipe {
	multiply := pdf.Dict{"ExtGState": pdf.Dict{"M": pdf.Dict{"BM": pdf.Name("Multiply")}}}
	return []recipe{
		{"thin-frame-through-the-price", passed, "", "", false, paint(150, 690, 60, 17, "0.8 0 0 RG 1 w 1 1 58 15 re S", nil)},
		{"red-that-lets-the-price-through", passed, "", "", false, paint(150, 690, 80, 40, "/M gs 0.9 0.1 0.1 rg 0 0 80 40 re f", multiply)},
		{"red-beside-the-price", passed, "", "", false, paint(300, 690, 80, 40, "0.9 0.1 0.1 rg 0 0 80 40 re f", nil)},
		{"nothing-painted", passed, "", "", false, paint(150, 690, 80, 40, "", nil)},
	}
}

func lookingWrong() []recipe {
	layer := func(screen, paper string) pdf.Dict {
		return pdf.Dict{"Properties": pdf.Dict{"L": pdf.Dict{"Type": pdf.Name("OCG"), "Name": pdf.TextString("x"), "Usage": pdf.Dict{
			"View": pdf.Dict{"ViewState": pdf.Name(screen)}, "Print": pdf.Dict{"PrintState": pdf.Name(paper)},
		}}}}
	}
	const layered = "/OC /L BDC 0 g 10 10 20 20 re f EMC"
	patched := func(p Patch) func(l *Lab, sent []byte) ([]byte, error) {
		return func(_ *Lab, sent []byte) ([]byte, error) { return p.Apply(sent) }
	}
	return []recipe{
		{"white-box-over-the-price", indeterminate, "covers-content", "", false, paint(150, 690, 80, 40, "1 g 0 0 80 40 re f", nil)},
		{"black-box-over-the-price", indeterminate, "covers-content", "", false, paint(150, 690, 80, 40, "0 g 0 0 80 40 re f", nil)},
		{"dark-red-box-over-the-price", indeterminate, "covers-content", "", false, paint(150, 690, 80, 40, "0.4 0 0 rg 0 0 80 40 re f", nil)},
		{"white-over-one-digit", indeterminate, "covers-content", "", false, overDigit("1 g 0 0 10 15 re f")},
		{"white-over-the-decimal-point", indeterminate, "covers-content", "", false, paint(priceLeft+3*digitWide, priceBase-1, 5, 4, "1 g 0 0 5 4 re f", nil)},
		{"digit-over-a-digit", indeterminate, "covers-content", "", false, overDigit("1 g 0 0 10 15 re f 0 g 3 1 3 13 re f")},
		{"line-through-the-price", indeterminate, "covers-content", "", false, paint(priceLeft, priceBase, 60, 14, "0 g 0 0 60 14 re f", nil)},
		{"on-paper-only", failed, "conditional-mark", "", false, paint(300, 300, 80, 40, layered, layer("OFF", "ON"))},
		{"on-screen-only", failed, "conditional-mark", "", false, paint(300, 300, 80, 40, layered, layer("ON", "OFF"))},
		{"another-second-page", failed, "parser-difference", "", false, patched(Patch{Objects: map[int]string{
			draftContent + 1: stream("", "BT /F1 18 Tf 72 700 Td (Another page) Tj ET /I Do")}})},
		{"count-of-pages", failed, "parser-difference", "", false, patched(Patch{Objects: map[int]string{
			draftPages: "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 1 /MediaBox [0 0 595 842] /Resources << /Font << /F1 7 0 R >> /XObject << /I 13 0 R >> >> >>"}})},
		{"loose-cross-reference", failed, "parser-difference", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := Patch{New: []string{"(x)"}}.Apply(sent)
			return loosen(out), err
		}},
	}
}

// loosen shortens the entry of the last cross-reference table by a byte: readers then make a table of their own.
func loosen(file []byte) []byte {
	at := bytes.LastIndex(file, []byte(" 00000 n \n"))
	return append(bytes.Clone(file[:at]), append([]byte(" 00000 n\n"), file[at+len(" 00000 n \n"):]...)...)
}
