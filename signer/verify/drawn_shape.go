package verify

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"contractd/signer/pdf"
)

// Bounds of what one appearance refers to.
const (
	maxShapes     = 5000
	maxShapeDepth = 24
)

// idle are keys of resources that decide nothing of what is seen.
var idle = []pdf.Name{"Length", "Metadata", "PieceInfo", "LastModified", "StructParent", "StructParents", "Parent", "Name", "ID"}

// note adds objects to a digest as they are, with all that they refer to: numbers of objects mean nothing.
func (p *pen) note(w io.Writer, what string, objects ...pdf.Object) error {
	fmt.Fprintf(w, "%s(", what)
	for _, o := range objects {
		if err := p.shape(w, o, 0); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, ")\n")
	return err
}

// shape writes an object without ambiguity. What was met before is known by its digest, so that nothing is read twice.
func (p *pen) shape(w io.Writer, o pdf.Object, depth int) error {
	if p.objects++; p.objects > maxShapes*10 || len(p.shapes) > maxShapes || depth > maxShapeDepth {
		return errors.New("too much behind one mark")
	}
	switch v := o.(type) {
	case pdf.Ref:
		return p.shapeOf(w, v, depth)
	case pdf.Dict:
		return p.shapeDict(w, v, depth)
	case *pdf.Stream:
		encoded, err := v.Encoded() // A client encodes the same seal in the same way.
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "stream %x ", sha256.Sum256(encoded))
		return p.shapeDict(w, v.Dict, depth)
	case pdf.Array:
		fmt.Fprintf(w, "[%d ", len(v))
		for _, one := range v {
			if err := p.shape(w, one, depth+1); err != nil {
				return err
			}
		}
		return nil
	case pdf.String:
		fmt.Fprintf(w, "string %x ", v.Value)
	default:
		fmt.Fprintf(w, "%T %q ", v, fmt.Sprint(v)) // Names, numbers, booleans and nothing.
	}
	return nil
}

func (p *pen) shapeDict(w io.Writer, dict pdf.Dict, depth int) error {
	fmt.Fprint(w, "<<")
	for _, key := range keysOf(dict) {
		if slices.Contains(idle, key) {
			continue
		}
		fmt.Fprintf(w, "%q ", string(key))
		if err := p.shape(w, dict[key], depth+1); err != nil {
			return err
		}
	}
	fmt.Fprint(w, ">>")
	return nil
}

func (p *pen) shapeOf(w io.Writer, ref pdf.Ref, depth int) error {
	sum, known := p.shapes[ref]
	if !known {
		p.shapes[ref] = sum // Whatever refers back to itself ends here.
		o, err := p.r.Resolve(ref)
		if err != nil {
			return err
		}
		inner := sha256.New()
		if err := p.shape(inner, o, depth+1); err != nil {
			return err
		}
		sum = [sha256.Size]byte(inner.Sum(nil))
		p.shapes[ref] = sum
	}
	fmt.Fprintf(w, "%x ", sum)
	return nil
}
