// Package pdf reads PDF files as the sequence of revisions they are, and
// appends further ones.
//
// It promises to be strict and bounded: offsets are taken from the
// cross-reference sections and never found by searching bytes, nothing is
// repaired or guessed, and every cost stands under Limits. What it returns for
// one revision is what the file said before later revisions were appended. An
// Update leaves its input an exact prefix of the output.
//
// It does not decrypt, does not render, does not decode images, and does not
// judge: what a change between two revisions means is for package verify.
package pdf

import "fmt"

// Object is any PDF object: nil (null), Bool, Integer, Real, String, Name,
// Array, Dict, Ref or *Stream. What a File returns is shared and must not be
// changed; Clone makes a copy.
type Object any

// Bool is a PDF boolean.
type Bool bool

// Integer is a PDF integer; one that does not fit is refused as damage.
type Integer int64

// Real is a PDF number written with a decimal point.
type Real float64

// Name is a PDF name without its solidus, with #xx escapes resolved.
type Name string

// Span is the byte range [Start,End) of the file. The zero Span means that the
// object was built by us or came out of an object stream.
type Span struct{ Start, End int64 }

// Len is the number of bytes that the span covers.
func (s Span) Len() int64 { return s.End - s.Start }

// Contains says whether o lies wholly inside s.
func (s Span) Contains(o Span) bool { return s.Start <= o.Start && o.End <= s.End }

// String is a PDF string. Span covers its token with its delimiters.
type String struct {
	Value []byte
	Hex   bool
	Span  Span
}

// Array is a PDF array.
type Array []Object

// Dict is a PDF dictionary. A key whose value is null counts as absent.
type Dict map[Name]Object

// Ref is a reference to an indirect object.
type Ref struct{ Number, Generation int }

// String returns the reference as it stands in a file, such as "12 0 R".
func (r Ref) String() string { return fmt.Sprintf("%d %d R", r.Number, r.Generation) }

// Stream is a PDF stream. One that was read has Data, the span of its encoded
// bytes in the file; one that we built has Raw, its encoded bytes.
type Stream struct {
	Dict Dict
	Data Span
	Raw  []byte
	src  *source
}

// Clone copies o so that the copy may be changed. Streams keep sharing their
// bytes.
func Clone(o Object) Object {
	switch o := o.(type) {
	case Array:
		c := make(Array, len(o))
		for i, e := range o {
			c[i] = Clone(e)
		}
		return c
	case Dict:
		return o.Clone()
	case *Stream:
		c := *o
		c.Dict = o.Dict.Clone()
		return &c
	case String:
		o.Value = append([]byte(nil), o.Value...)
		return o
	}
	return o
}

// Clone copies d and all direct objects in it.
func (d Dict) Clone() Dict {
	c := make(Dict, len(d))
	for k, v := range d {
		c[k] = Clone(v)
	}
	return c
}

// Name returns the value of key if it is a direct name, else "".
func (d Dict) Name(key Name) Name {
	n, _ := d[key].(Name)
	return n
}

// Has says whether key is present with another value than null.
func (d Dict) Has(key Name) bool { return d[key] != nil }
