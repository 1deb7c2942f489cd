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

// mark is what one seal shows on one page, laid out in points from its own lower left corner. What stands out over its
// width and height is cut off.
type mark struct {
	width, height float64
	picture       *Image
	left, bottom  float64 // Lower left corner of the picture.
	across, up    float64 // Size of the picture.
	face          *typeface
	lines         []string
	size          float64     // Of the text.
	shift         *pdf.Matrix // What moves and shrinks all of it into a prepared field; nil for nothing.
}

// layOut puts the lines, centred, below the picture.
func (f *face) layOut(seal Seal) (*mark, error) {
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
	if m.face, err = f.subset(seal.Lines); err != nil {
		return nil, err
	}
	widest := 0.0
	for _, line := range seal.Lines {
		widest = max(widest, m.face.width(line))
	}
	m.size = min(textSize, max(textWidest, m.across)/max(widest, 1))
	if m.size < textSmallest {
		err := fmt.Errorf("%w: the text below the seal is too long to be readable", workflow.ErrUsage)
		return nil, workflow.WithHint(err, "shorten the reason, or leave a line out, as with --lines signer,date")
	}
	m.width = max(m.width, widest*m.size)
	m.bottom = float64(len(seal.Lines)) * leading * m.size
	m.left, m.height = (m.width-m.across)/2, m.height+m.bottom
	return m, nil
}

// within centres a mark in a rectangle of that size, and makes it smaller where it has to be.
func (m *mark) within(width, height float64) *mark {
	scale := min(1, width/m.width, height/m.height)
	fitted := *m
	fitted.width, fitted.height = width, height
	fitted.shift = &pdf.Matrix{scale, 0, 0, scale, (width - m.width*scale) / 2, (height - m.height*scale) / 2}
	return &fitted
}

// content is the appearance stream. ISO 32000-2, 11.3.5.2: Multiply keeps what is printed below readable, and leaves
// colours on white as they are.
func (m *mark) content() []byte {
	var b bytes.Buffer
	b.WriteString("q /Blend gs\n")
	if m.shift != nil {
		fmt.Fprintf(&b, "%.6f 0 0 %.6f %.4f %.4f cm\n", m.shift[0], m.shift[3], m.shift[4], m.shift[5])
	}
	if m.picture != nil {
		fmt.Fprintf(&b, "q %.4f 0 0 %.4f %.4f %.4f cm /Picture Do Q\n", m.across, m.up, m.left, m.bottom)
	}
	if len(m.lines) > 0 {
		fmt.Fprintf(&b, "BT 0 g /Text %.4f Tf\n", m.size)
		for i, line := range m.lines {
			x := m.left + (m.across-m.face.width(line)*m.size)/2
			y := m.bottom - (float64(i)+1)*leading*m.size + 0.3*m.size // Room for what hangs below the line.
			fmt.Fprintf(&b, "1 0 0 1 %.4f %.4f Tm <%X> Tj\n", x, y, m.face.Encode(line))
		}
		b.WriteString("ET\n")
	}
	b.WriteString("Q\n")
	return b.Bytes()
}

// shared are the pictures and fonts that a sealing act has written so far: many marks show the same.
type shared struct {
	pictures map[*Image]pdf.Ref
	faces    map[*typeface]pdf.Ref
}

func newShared() shared { return shared{map[*Image]pdf.Ref{}, map[*typeface]pdf.Ref{}} }

func once[K comparable](known map[K]pdf.Ref, key K, add func() pdf.Ref) pdf.Ref {
	ref, ok := known[key]
	if !ok {
		ref = add()
		known[key] = ref
	}
	return ref
}

// add puts the appearance into an update, turned upright for a reader of that page. A slice is the whole picture behind a
// smaller /BBox (ISO 32000-2, 8.10.1: it clips): all slices are cut from the same pixels, and are known by the same picture.
func (m *mark) add(u *pdf.Update, page pdf.Page, known shared) pdf.Ref {
	resources := pdf.Dict{
		"ExtGState": pdf.Dict{"Blend": pdf.Dict{"Type": pdf.Name("ExtGState"), "BM": pdf.Name("Multiply")}},
	}
	if m.picture != nil {
		resources["XObject"] = pdf.Dict{"Picture": once(known.pictures, m.picture, func() pdf.Ref { return m.picture.add(u) })}
	}
	if m.face != nil {
		resources["Font"] = pdf.Dict{"Text": once(known.faces, m.face, func() pdf.Ref { return m.face.add(u) })}
	}
	return u.Add(pdf.FlateStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "Resources": resources,
		"BBox":   pdf.Rect{Right: exact(m.width), Top: exact(m.height)}.Array(),
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
