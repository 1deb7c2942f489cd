package signtest

import (
	"contractd/signer/pdf"
)

// darkLooks are about light print on a dark ground, which a mark may darken; verification.md, 12.
func (l *Lab) darkLooks() ([]Sample, error) {
	draft, err := Patch{Objects: map[int]string{
		draftContent: stream("", "0.1 g 60 685 300 45 re f 1 g BT /F1 18 Tf 72 700 Td (Price: EUR 100.00) Tj ET 0 g /I Do"),
	}}.Apply(Draft())
	if err != nil {
		return nil, err
	}
	sent, err := l.sealed(draft)
	if err != nil {
		return nil, err
	}
	multiply := pdf.Dict{"ExtGState": pdf.Dict{"M": pdf.Dict{"BM": pdf.Name("Multiply")}}}
	return l.cookFrom(sent, []recipe{
		{"thin-frame-through-light-print", passed, "", "", false, paint(150, 690, 60, 17, "0.8 0 0 RG 1 w 1 1 58 15 re S", nil)},
		{"red-that-lets-light-print-through", passed, "", "", false, paint(150, 690, 80, 40, "/M gs 0.9 0.3 0.3 rg 0 0 80 40 re f", multiply)},
		{"dark-box-over-light-print", indeterminate, "covers-content", "", false, paint(150, 690, 80, 40, "0.1 g 0 0 80 40 re f", nil)},
		{"dark-red-box-over-light-print", indeterminate, "covers-content", "", false, paint(150, 690, 80, 40, "0.4 0 0 rg 0 0 80 40 re f", nil)},
		{"the-light-one-darkened", indeterminate, "covers-content", "", false, paint(110, 685, 160, 45, "0.1 g 56 14 10 15 re f", nil)},
	})
}

// printedLooks are about what paper shows and the screen does not, where no mark stands: the reader of a print must find what the
// reader of the screen found.
func (l *Lab) printedLooks() ([]Sample, error) {
	sent, err := l.Sent()
	if err != nil {
		return nil, err
	}
	// By a change that the first reader refuses: the picture on both pages looks the same on the screen, and is larger on paper.
	overlay := stream("/Type /XObject /Subtype /Form /BBox [0 0 200 30] /Matrix [1 0 0 1 0 0] /Resources << /Properties << /L "+
		"<< /Type /OCG /Name (x) /Usage << /View << /ViewState /OFF >> /Print << /PrintState /ON >> >> >> >> >>", "0.502 g 0 0 1 1 re f /OC /L BDC 0 g 100 10 40 15 re f EMC")
	return l.cookFrom(sent, []recipe{
		{"another-page-on-paper", failed, "parser-difference", "", false, func(_ *Lab, sent []byte) ([]byte, error) {
			return Patch{Objects: map[int]string{draftImage: overlay}}.Apply(sent)
		}},
		{"another-price-beside-a-mark", indeterminate, "seen-difference", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{seal(1, 300, 300)}, Also: func(u *pdf.Update, _ *pdf.File) error {
				u.Set(pdf.Ref{Number: draftContent}, pdf.FlateStream(nil, []byte("BT /F1 18 Tf 72 700 Td (Price: EUR 900.00) Tj ET /I Do")))
				return nil
			}})
		}},
	})
}
