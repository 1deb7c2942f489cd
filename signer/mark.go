package signer

import (
	"bytes"
	"fmt"
	"math"

	"contractd/signer/pdf"
	"contractd/workflow"
)

const (
	millimetre   = 72 / 25.4 // In points.
	textSize     = 8.0       // Points.
	textSmallest = 5.0
	textWidest   = 60 * millimetre // Wider than the picture the text may be, up to this.
	leading      = 1.3             // Of the text size.
	tolerance    = 0.01            // Millimetres that a mark may stand out over the page: rounding.
)

// mark is what one seal shows, laid out in points from its own lower left corner.
type mark struct {
	width, height float64
	picture       *Image
	across, up    float64 // Size of the picture.
	face          *typeface
	lines         []string
	size          float64 // Of the text.
}

// layOut puts the lines, centred, below the picture.
func (s *Sealer) layOut(seal Seal) (*mark, error) {
	m := &mark{picture: seal.Image, lines: seal.Lines}
	if seal.Image != nil {
		scale := seal.Size * millimetre / float64(max(seal.Image.width, seal.Image.height))
		m.across, m.up = float64(seal.Image.width)*scale, float64(seal.Image.height)*scale
	}
	m.width, m.height = m.across, m.up
	if len(seal.Lines) == 0 {
		return m, nil
	}
	var err error
	if m.face, err = s.face.subset(seal.Lines); err != nil {
		return nil, err
	}
	widest := 0.0
	for _, line := range seal.Lines {
		widest = max(widest, m.face.width(line))
	}
	m.size = min(textSize, max(textWidest, m.across)/max(widest, 1))
	if m.size < textSmallest {
		return nil, fmt.Errorf("%w: the text below the seal is too long to be readable", workflow.ErrUsage)
	}
	m.width = max(m.width, widest*m.size)
	m.height += float64(len(seal.Lines)) * leading * m.size
	return m, nil
}

// content is the appearance stream. ISO 32000-2, 11.3.5.2: Multiply keeps what is printed below readable, and leaves
// colours on white as they are.
func (m *mark) content() []byte {
	var b bytes.Buffer
	b.WriteString("q /Blend gs\n")
	text := m.height - m.up
	if m.picture != nil {
		fmt.Fprintf(&b, "q %.4f 0 0 %.4f %.4f %.4f cm /Picture Do Q\n", m.across, m.up, (m.width-m.across)/2, text)
	}
	if len(m.lines) > 0 {
		fmt.Fprintf(&b, "BT 0 g /Text %.4f Tf\n", m.size)
		for i, line := range m.lines {
			x := (m.width - m.face.width(line)*m.size) / 2
			y := text - (float64(i)+1)*leading*m.size + 0.3*m.size // Room for what hangs below the line.
			fmt.Fprintf(&b, "1 0 0 1 %.4f %.4f Tm <%X> Tj\n", x, y, m.face.Encode(line))
		}
		b.WriteString("ET\n")
	}
	b.WriteString("Q\n")
	return b.Bytes()
}

// add puts the appearance into an update, turned upright for a reader of that page.
func (m *mark) add(u *pdf.Update, page pdf.Page) pdf.Ref {
	resources := pdf.Dict{
		"ExtGState": pdf.Dict{"Blend": pdf.Dict{"Type": pdf.Name("ExtGState"), "BM": pdf.Name("Multiply")}},
	}
	if m.picture != nil {
		resources["XObject"] = pdf.Dict{"Picture": m.picture.add(u)}
	}
	if m.face != nil {
		resources["Font"] = pdf.Dict{"Text": m.face.add(u)}
	}
	return u.Add(pdf.FlateStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "Resources": resources,
		"BBox":   pdf.Rect{Right: m.width, Top: m.height}.Array(),
		"Matrix": upright(page).Array(),
	}, m.content()))
}

// upright is the turn alone of the page's matrix: a viewer scales and moves the appearance into /Rect (ISO 32000-2,
// 12.5.5, algorithm 8).
func upright(page pdf.Page) pdf.Matrix {
	m := page.FromMillimetres()
	length := math.Hypot(m[0], m[1])
	return pdf.Matrix{m[0] / length, m[1] / length, m[2] / length, m[3] / length}
}

// place returns the mark's rectangle in the page's user space, and refuses one that is not wholly to be seen.
func (m *mark) place(page pdf.Page, x, y float64) (pdf.Rect, error) {
	width, height := page.Size()
	seal := pdf.Rect{Left: x, Bottom: y, Right: x + m.width/millimetre, Top: y + m.height/millimetre}
	if !(seal.Left >= -tolerance && seal.Bottom >= -tolerance && seal.Right <= width+tolerance && seal.Top <= height+tolerance) {
		return pdf.Rect{}, fmt.Errorf("%w: a seal of %.1f × %.1f mm at %.1f,%.1f stands out over page %d of %.1f × %.1f mm",
			workflow.ErrUsage, m.width/millimetre, m.height/millimetre, x, y, page.Number, width, height)
	}
	return page.FromMillimetres().Bounds(seal), nil
}
