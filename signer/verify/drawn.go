package verify

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// drawn is what a mark's appearance says and shows; verification.md, 13.
type drawn struct {
	page    int
	text    string        // In the order of drawing, without what is not text.
	unread  error         // Why not all of the text is known.
	picture workflow.Hash // Of everything that is drawn and is no text; zero when there is nothing.
}

// Bounds of one appearance.
const (
	maxDrawnForms = 64 // Acrobat nests three.
	maxDrawnDepth = 8
	maxDrawnText  = 4096
)

// pen reads one appearance.
type pen struct {
	r        *pdf.Revision
	limits   pdf.Limits
	out      drawn
	picture  hash.Hash
	moves    hash.Hash // Where things are put, which matters for lines: moved about they would draw something else.
	painted  bool
	lines    bool
	drawings int // Operators that drew or described something so far.
	forms    int
	text     strings.Builder
}

// readDrawn reads the normal appearance of a widget or a stamp.
func (c *fileCase) readDrawn(r *pdf.Revision, dict pdf.Dict, page int) drawn {
	p := &pen{r: r, limits: c.opts.Limits, picture: sha256.New(), moves: sha256.New()}
	p.out.page = page
	ap, err := r.Dict(dict["AP"])
	if err == nil {
		err = p.form(ap["N"], nil, 0)
	}
	if err != nil {
		p.out.unread = err
	}
	p.out.text = p.text.String()
	if p.lines {
		p.picture.Write(p.moves.Sum(nil)) // Never fails.
	}
	if p.painted {
		p.out.picture = workflow.Hash(p.picture.Sum(nil))
	}
	return p.out
}

// form reads a form XObject and those within. One without resources uses those around it (ISO 32000-2, 7.8.3).
func (p *pen) form(o pdf.Object, around pdf.Dict, depth int) error {
	if p.forms++; p.forms > maxDrawnForms || depth > maxDrawnDepth {
		return errors.New("too many forms in one mark")
	}
	o, err := p.r.Resolve(o)
	if err != nil || o == nil {
		return err
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		return fmt.Errorf("the appearance is %s", kindOf(o))
	}
	resources, err := p.r.Dict(stream.Dict["Resources"])
	if err != nil {
		return err
	}
	if resources == nil {
		resources = around
	}
	if err := p.frame(stream.Dict, depth); err != nil {
		return err
	}
	content, err := p.r.Decode(stream)
	if err != nil {
		return err
	}
	operations, err := pdf.Operations(content, p.limits)
	if err != nil {
		return err
	}
	scope := &scope{pen: p, resources: resources, depth: depth}
	for _, operation := range operations {
		if err := scope.do(operation); err != nil {
			return err
		}
	}
	return nil
}

// frame notes what a form cuts off and how it is turned; the outermost is turned with the page.
func (p *pen) frame(form pdf.Dict, depth int) error {
	for n, key := range []pdf.Name{"BBox", "Matrix"} {
		value, err := p.r.Array(form[key])
		if err != nil {
			return err
		}
		if n == 0 || depth > 0 {
			fmt.Fprintf(p.moves, "%s %v\n", key, value)
		}
	}
	return nil
}

// scope is the state of one content stream.
type scope struct {
	*pen
	resources pdf.Dict
	depth     int
	font      pdf.Object
	saved     []pdf.Object
}

// Operators that paint what is no text, and those that only say how or where; ISO 32000-2, annex A.
var (
	painting = []string{"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "BI"}
	placing  = []string{"gs", "BDC", "BMC", "EMC", "MP", "DP", "BT", "ET", "Td", "TD", "Tm", "T*", "Tc", "Tw", "Tz", "TL", "Tr", "Ts"}
)

func (s *scope) do(op pdf.Operation) error {
	switch op.Operator {
	case "q":
		s.saved = append(s.saved, s.font)
	case "Q":
		if n := len(s.saved); n > 0 {
			s.font, s.saved = s.saved[n-1], s.saved[:n-1]
		}
	case "cm":
		fmt.Fprintf(s.moves, "%d %v\n", s.drawings, op.Operands)
	case "Tf":
		return s.choose(op.Operands)
	case "Tj", "TJ", "'", "\"":
		return s.show(op.Operands)
	case "Do":
		return s.object(op.Operands)
	default:
		if slices.Contains(placing, op.Operator) {
			return nil
		}
		s.lines = s.lines || slices.Contains(painting, op.Operator)
		s.painted = s.painted || s.lines
		s.drawings++
		fmt.Fprintf(s.picture, "%s %v\n", op.Operator, op.Operands)
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
		return errors.Join(err, s.form(stream, s.resources, s.depth+1))
	}
	s.painted = true
	if err := s.image(stream); err != nil {
		return err
	}
	mask, err := s.r.Resolve(stream.Dict["SMask"])
	if mask, ok := mask.(*pdf.Stream); ok && err == nil {
		return s.image(mask)
	}
	return err
}

// image adds a picture's samples, as they are encoded: a client encodes the same seal in the same way.
func (s *scope) image(stream *pdf.Stream) error {
	for _, key := range []pdf.Name{"Width", "Height", "BitsPerComponent", "ColorSpace", "ImageMask", "Decode"} {
		value, err := s.r.Resolve(stream.Dict[key])
		if err != nil {
			return err
		}
		if _, ok := value.(*pdf.Stream); !ok {
			if _, list := value.(pdf.Array); !list { // May hold references, whose numbers mean nothing.
				fmt.Fprintf(s.picture, "%s %v\n", key, value)
			}
		}
	}
	encoded, err := stream.Encoded()
	if err == nil {
		sum := sha256.Sum256(encoded)
		s.picture.Write(sum[:]) // Never fails.
	}
	return err
}

// resource finds what a name stands for.
func (s *scope) resource(kind pdf.Name, operands []pdf.Object) (pdf.Object, error) {
	if len(operands) == 0 {
		return nil, fmt.Errorf("an operator without a name of %s", kind)
	}
	name, ok := operands[0].(pdf.Name)
	if !ok {
		return nil, fmt.Errorf("an operator without a name of %s", kind)
	}
	all, err := s.r.Dict(s.resources[kind])
	if err != nil {
		return nil, err
	}
	return s.r.Resolve(all[name])
}

func (s *scope) choose(operands []pdf.Object) error {
	font, err := s.resource("Font", operands)
	s.font = font
	return err
}

// show reads strings under the present font.
func (s *scope) show(operands []pdf.Object) error {
	reader, err := s.reader()
	if err != nil {
		return err
	}
	if len(operands) == 0 {
		return nil
	}
	strings := []pdf.Object{operands[len(operands)-1]}
	if list, ok := strings[0].(pdf.Array); ok {
		strings = list
	}
	for _, one := range strings {
		if text, ok := one.(pdf.String); ok {
			read, err := reader(text.Value)
			if err != nil {
				return err
			}
			s.text.WriteString(read)
		}
	}
	if s.text.Len() > maxDrawnText {
		return errors.New("a mark of many words")
	}
	return nil
}

// reader says how codes become letters: by the font's own map, or where it is of a kind that everybody knows.
func (s *scope) reader() (func([]byte) (string, error), error) {
	font, ok := s.font.(pdf.Dict)
	if !ok {
		return nil, errors.New("text without a font")
	}
	own, err := s.r.Resolve(font["ToUnicode"])
	if err != nil {
		return nil, err
	}
	if own, ok := own.(*pdf.Stream); ok {
		data, err := s.r.Decode(own)
		if err != nil {
			return nil, err
		}
		return readerOf(data, s.limits)
	}
	encoding, err := s.r.Resolve(font["Encoding"])
	if err != nil {
		return nil, err
	}
	switch kind := font["Subtype"]; {
	case kind == pdf.Object(pdf.Name("Type0")) && encoding == pdf.Object(pdf.Name("UniGB-UCS2-H")) || encoding == pdf.Object(pdf.Name("UniGB-UTF16-H")):
		return func(codes []byte) (string, error) { return utf16Text(codes), nil }, nil
	case kind == pdf.Object(pdf.Name("Type1")) || kind == pdf.Object(pdf.Name("TrueType")):
		if _, differs := encoding.(pdf.Dict); !differs {
			return plainText, nil
		}
	}
	return nil, errors.New("text in a font without a map of its letters")
}

// plainText reads the codes that all simple encodings of Latin share.
func plainText(codes []byte) (string, error) {
	if bytes.ContainsFunc(codes, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return "", errors.New("letters beyond ASCII in a font without a map of them")
	}
	return string(codes), nil
}
