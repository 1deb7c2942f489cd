package verify

import (
	"errors"
	"fmt"
	"math"

	"contractd/signer/pdf"
)

var identity = pdf.Matrix{1, 0, 0, 1, 0, 0}

// pose is what decides where and how text is put.
type pose struct {
	ctm, tm, line pdf.Matrix
	font          pdf.Object
	size, stretch float64 // Zero stretch is none.
	leading       float64
	space, fill   string // The colour, as it was chosen.
	graphic       string // The graphics states, as they were chosen.
	moved         bool
}

// writ is the text that was shown last.
type writ struct {
	at      pdf.Matrix // From ems to the page.
	letters int        // In a row from there.
	look    string
}

// What stands in a text where it goes on elsewhere: on the next line, or anywhere, so that nobody reads on.
const (
	nextLine   = "\n"
	brokenText = "\x01"
)

func matrixOf(operands []pdf.Object) (m pdf.Matrix, ok bool) {
	if len(operands) != len(m) {
		return identity, false
	}
	for i, o := range operands {
		if m[i], ok = pdf.Number(o); !ok {
			return identity, false
		}
	}
	return m, true
}

func (p *pen) matrix(o pdf.Object) (pdf.Matrix, bool) {
	list, err := p.r.Array(o)
	if err != nil {
		return identity, false
	}
	return matrixOf(list)
}

// turn says how something is turned and stretched, whatever its size and place.
func turn(m pdf.Matrix) string {
	most := max(math.Abs(m[0]), math.Abs(m[1]), math.Abs(m[2]), math.Abs(m[3]))
	if most == 0 {
		return "nothing"
	}
	text := ""
	for _, v := range m[:4] {
		text += fmt.Sprintf("%.1f ", v/most+0) // So that there is no negative zero.
	}
	return text
}

// place moves the pen, or says how it writes. What hides or piles up letters cannot be read.
func (s *scope) place(op pdf.Operation) error {
	var n [2]float64
	for i := range min(2, len(op.Operands)) {
		n[i], _ = pdf.Number(op.Operands[i])
	}
	switch op.Operator {
	case "BT":
		s.tm, s.line, s.moved = identity, identity, true
	case "Tm":
		if m, ok := matrixOf(op.Operands); ok {
			s.tm, s.line, s.moved = m, m, true
		}
	case "TD":
		s.leading = -n[1]
		s.move(n[0], n[1])
	case "Td":
		s.move(n[0], n[1])
	case "T*":
		s.move(0, -s.leading)
	case "TL":
		s.leading = n[0]
	case "Tz":
		if s.stretch = n[0] / 100; s.stretch < 0.5 {
			return errors.New("letters squeezed together")
		}
	case "Tr", "Ts":
		if n[0] != 0 {
			return fmt.Errorf("letters that are hidden, outlined or raised (%s)", op.Operator)
		}
	case "Tc", "Tw":
		if n[0] < -0.3*math.Abs(s.size) {
			return errors.New("letters pushed over one another")
		}
	}
	return nil
}

func (s *scope) move(x, y float64) {
	s.line = pdf.Matrix{1, 0, 0, 1, x, y}.Mul(s.line)
	s.tm, s.moved = s.line, true
}

// goOn says what stands between the text shown last and the next.
func (s *scope) goOn(letters int) string {
	stretch := s.stretch
	if stretch == 0 {
		stretch = 1
	}
	at := pdf.Matrix{s.size * stretch, 0, 0, s.size, 0, 0}.Mul(s.tm).Mul(s.ctm)
	look := fmt.Sprint(s.space, s.fill, s.graphic, " ", s.paints)
	last, moved := s.last, s.moved
	s.last, s.moved = &writ{at, letters, look}, false
	if last == nil {
		return ""
	}
	if look != last.look {
		return brokenText
	}
	if !moved && at == last.at {
		s.last.letters += last.letters
		return ""
	}
	return last.reach(at)
}

// reach says how text at another place reads after w's: further on the line, on the next, or not at all. A letter is taken to be
// between 0.15 and 1.3 ems wide.
func (w *writ) reach(at pdf.Matrix) string {
	inverse, ok := w.at.Inverse()
	if !ok {
		return brokenText
	}
	m := at.Mul(inverse)
	alike := math.Abs(m[0]-1) < 0.3 && math.Abs(m[3]-1) < 0.3 && math.Abs(m[1]) < 0.1 && math.Abs(m[2]) < 0.1
	x, y, long := m[4], m[5], float64(w.letters)
	switch {
	case alike && y <= -0.5:
		return nextLine
	case !alike || math.Abs(y) > 0.3 || x < 0.15*long:
		return brokenText
	case x > 1.3*long+3:
		return nextLine
	}
	return ""
}
