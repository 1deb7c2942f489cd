package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
)

// scope is one content stream that is being read.
type scope struct {
	*pen
	pose
	resources pdf.Dict
	depth     int
	saved     []pose
}

// Operators that paint what is no text or cut off what is painted, those that choose a colour, and those that only say how or where;
// ISO 32000-2, annex A.
var (
	painting  = []string{"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "BI"}
	cutting   = []string{"W", "W*"}
	colouring = []string{"g", "rg", "k", "sc", "scn", "cs", "G", "RG", "K", "SC", "SCN", "CS"}
	placing   = []string{"BT", "ET", "Td", "TD", "Tm", "T*", "Tc", "Tw", "Tz", "TL", "Ts", "Tr"}
	marking   = []string{"BDC", "BMC", "EMC", "MP", "DP"}
)

func (s *scope) do(op pdf.Operation) error {
	switch op.Operator {
	case "q":
		s.saved = append(s.saved, s.pose)
	case "Q":
		if n := len(s.saved); n > 0 {
			s.pose, s.saved = s.saved[n-1], s.saved[:n-1]
		}
	case "cm":
		if matrix, ok := matrixOf(op.Operands); ok {
			s.ctm, s.moved = matrix.Mul(s.ctm), true
		}
		return s.note(s.moves, fmt.Sprint(s.drawings, "cm"), op.Operands...)
	case "Tf":
		return s.choose(op.Operands)
	case "Tj", "TJ", "'", "\"":
		return s.show(op)
	case "Do":
		return s.object(op.Operands)
	case "gs":
		return s.graphics(op.Operands)
	default:
		return s.other(op)
	}
	return s.note(s.moves, fmt.Sprint(s.drawings, op.Operator))
}

func (s *scope) other(op pdf.Operation) error {
	switch {
	case slices.Contains(placing, op.Operator):
		if err := s.place(op); err != nil {
			return err
		}
		return s.note(s.moves, fmt.Sprint(s.drawings, op.Operator), op.Operands...)
	case slices.Contains(marking, op.Operator):
		return s.replaced(op.Operands)
	case slices.Contains(colouring, op.Operator):
		if err := s.colour(op); err != nil {
			return err
		}
	case slices.Contains(painting, op.Operator):
		s.lines, s.painted = true, true
		s.paints++
	case slices.Contains(cutting, op.Operator):
		s.paints++
	}
	if op.Operator == "sh" {
		if err := s.resourceShape("Shading", op.Operands); err != nil {
			return err
		}
	}
	s.drawings++
	return s.note(s.picture, op.Operator, op.Operands...)
}

// colour chooses a colour; a pattern draws by itself, letters too.
func (s *scope) colour(op pdf.Operation) error {
	switch op.Operator {
	case "g", "rg", "k":
		s.space, s.fill = "", fmt.Sprint(op.Operator, op.Operands)
	case "cs":
		s.space, s.fill = fmt.Sprint(op.Operands), ""
	case "sc", "scn":
		s.fill = fmt.Sprint(op.Operands)
	}
	if len(op.Operands) == 0 {
		return nil
	}
	last := op.Operands[len(op.Operands)-1:]
	if _, named := last[0].(pdf.Name); !named {
		return nil
	}
	if op.Operator == "cs" || op.Operator == "CS" {
		return s.resourceShape("ColorSpace", last)
	}
	s.painted = true
	if err := s.resourceShape("Pattern", last); err != nil {
		return err
	}
	pattern, err := s.resource("Pattern", last)
	if tiles, ok := pattern.(*pdf.Stream); ok && err == nil {
		return s.form(tiles, s.resources, s.pose, s.depth+1)
	}
	return err
}

// graphics applies an ExtGState; a soft mask decides what is seen.
func (s *scope) graphics(operands []pdf.Object) error {
	o, err := s.resource("ExtGState", operands)
	if err != nil {
		return err
	}
	dict, ok := o.(pdf.Dict)
	if !ok {
		return nil // Viewers go on without.
	}
	if dict.Has("Font") {
		return errors.New("a font chosen out of sight")
	}
	if err := s.resourceShape("ExtGState", operands); err != nil {
		return err
	}
	if name := fmt.Sprint(operands); !strings.HasSuffix(s.graphic, name) {
		s.graphic += name
	}
	if len(s.graphic) > maxDrawnText {
		return errors.New("too many graphics states in one mark")
	}
	mask, err := s.r.Resolve(dict["SMask"])
	if err != nil {
		return err
	}
	if soft, ok := mask.(pdf.Dict); ok {
		s.masked, s.painted = true, true
		return s.form(soft["G"], s.resources, s.pose, s.depth+1)
	}
	return nil
}

// object draws a form or an image.
func (s *scope) object(operands []pdf.Object) error {
	o, err := s.resource("XObject", operands)
	if err != nil {
		return err
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		return nil // There is nothing to draw.
	}
	if kind, err := s.r.Resolve(stream.Dict["Subtype"]); err != nil || kind != pdf.Object(pdf.Name("Image")) {
		return errors.Join(err, s.form(stream, s.resources, s.pose, s.depth+1))
	}
	s.painted = true
	s.images++
	s.paints++
	s.drawings++
	s.turned = turn(s.ctm)
	return s.resourceShape("XObject", operands)
}

// replaced reads what reading aloud or copying puts in the place of what is drawn; ISO 32000-2, 14.9.
func (s *scope) replaced(operands []pdf.Object) error {
	if len(operands) < 2 {
		return nil
	}
	properties, ok := operands[1].(pdf.Dict)
	if !ok {
		o, err := s.resource("Properties", operands[1:])
		if err != nil {
			return err
		}
		properties, _ = o.(pdf.Dict)
	}
	for _, key := range []pdf.Name{"ActualText", "Alt", "E"} {
		value, err := s.r.Resolve(properties[key])
		if err != nil {
			return err
		}
		if words, ok := value.(pdf.String); ok {
			s.text.WriteString(brokenText + clean(pdf.Text(words)) + brokenText)
			s.last = nil
		}
	}
	return s.tooLong()
}

// resource finds what a name stands for.
func (s *scope) resource(kind pdf.Name, operands []pdf.Object) (pdf.Object, error) {
	o, err := s.named(kind, operands)
	if err != nil {
		return nil, err
	}
	return s.r.Resolve(o)
}

func (s *scope) named(kind pdf.Name, operands []pdf.Object) (pdf.Object, error) {
	if len(operands) == 0 {
		return nil, fmt.Errorf("an operator without a name of %s", kind)
	}
	name, ok := operands[0].(pdf.Name)
	if !ok {
		return nil, fmt.Errorf("an operator without a name of %s", kind)
	}
	all, err := s.r.Dict(s.resources[kind])
	return all[name], err
}

// resourceShape adds all that a resource is to the picture.
func (s *scope) resourceShape(kind pdf.Name, operands []pdf.Object) error {
	o, err := s.named(kind, operands)
	if err != nil {
		return err
	}
	return s.note(s.picture, string(kind), o)
}
