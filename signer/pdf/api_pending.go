package pdf

import (
	"context"
	"errors"
	"io"
)

var errPending = errors.New("pdf: not written yet")

type source struct{}
type entries struct{}

func (s *Stream) rawLen() int64        { return int64(len(s.Raw)) }
func (s *Stream) raw() ([]byte, error) { return s.Raw, nil }

// File is an opened PDF. It is not safe for concurrent use. The context of Open
// bounds all reading from it.
type File struct{}

// Open reads the cross-reference chain of the file and its catalog, nothing
// else. Errors wrap ErrNotPDF, ErrEncrypted, ErrDamaged or ErrLimit where the
// file is to blame.
func Open(ctx context.Context, r io.ReaderAt, size int64, limits Limits) (*File, error) {
	return nil, errPending
}

// Revisions returns the revisions, oldest first. There is at least one.
func (f *File) Revisions() []*Revision { return nil }

// Last returns the newest revision.
func (f *File) Last() *Revision { return nil }

// Size returns the size of the file in bytes.
func (f *File) Size() int64 { return 0 }

// ReaderAt returns the reader that the file was opened with.
func (f *File) ReaderAt() io.ReaderAt { return nil }

// Trailing returns the bytes behind the last revision, from the first one that
// is not white space. It is empty for an orderly file.
func (f *File) Trailing() (Span, error) { return Span{}, errPending }

// Object returns the object that ref names, null if there is none.
func (r *Revision) Object(ref Ref) (Object, error) { return nil, errPending }

// Resolve follows o while it is a reference.
func (r *Revision) Resolve(o Object) (Object, error) { return nil, errPending }

// Dict resolves o and returns it if it is a dictionary, or a stream's dictionary.
// An absent one (null) is returned as nil; anything else is damage.
func (r *Revision) Dict(o Object) (Dict, error) { return nil, errPending }

// Array is like Dict for arrays.
func (r *Revision) Array(o Object) (Array, error) { return nil, errPending }

// Decode returns the stream's bytes with all its filters undone.
func (r *Revision) Decode(s *Stream) ([]byte, error) { return nil, errPending }

// Entry returns the cross-reference entry that is valid for object number in
// this revision; false if none was ever made. The entry may be a free one.
func (r *Revision) Entry(ref Ref) (Entry, bool) { return Entry{}, false }

// Span returns the bytes of an object from "n g obj" to behind "endobj"; for a
// compressed object those of its object stream.
func (r *Revision) Span(ref Ref) (Span, error) { return Span{}, errPending }

// Changed returns the objects that this revision's own sections put in use, by
// ascending number, whether or not their value differs from before.
func (r *Revision) Changed() []Ref { return nil }

// Freed returns the objects that this revision's own sections name as free,
// object 0 excepted.
func (r *Revision) Freed() []Ref { return nil }

// Empty says that the revision's own sections name no object at all.
func (r *Revision) Empty() bool { return false }

// Conflicts returns the objects that a hybrid section has in use both in its
// table and in its /XRefStm, at different places.
func (r *Revision) Conflicts() []Ref { return nil }

// Strays returns the objects whose own entry points outside of this revision's bytes.
func (r *Revision) Strays() []Ref { return nil }

// Gaps returns the byte ranges of this revision that belong to no object named
// by its own sections, no cross-reference section, no trailer and no comment.
func (r *Revision) Gaps() ([]Span, error) { return nil, errPending }

// Root returns the reference to the catalog.
func (r *Revision) Root() Ref { return Ref{} }

// Catalog returns the document catalog.
func (r *Revision) Catalog() (Dict, error) { return nil, errPending }

// Info returns the document information dictionary, nil if there is none.
func (r *Revision) Info() (Dict, error) { return nil, errPending }

// Pages returns the pages in order.
func (r *Revision) Pages() ([]Page, error) { return nil, errPending }

// Fields returns the terminal form fields in the order of the form.
func (r *Revision) Fields() ([]Field, error) { return nil, errPending }

// Page is a page with the attributes that it inherits.
type Page struct {
	Number    int // counting from 1
	Ref       Ref
	Dict      Dict
	MediaBox  Rect
	CropBox   Rect // already intersected with MediaBox: what is seen
	Rotate    int  // 0, 90, 180 or 270, clockwise
	UserUnit  float64
	Resources Object
}

// Size returns width and height of the page as seen, in millimetres.
func (p Page) Size() (width, height float64) { return 0, 0 }

// FromMillimetres maps a place in millimetres from the lower left of the page
// as seen to default user space. Its upper left 2×2 part turns what is upright
// for the reader into user space.
func (p Page) FromMillimetres() Matrix { return Matrix{} }

// Rect is a rectangle with Left <= Right and Bottom <= Top.
type Rect struct{ Left, Bottom, Right, Top float64 }

// Matrix is [a b c d e f] of ISO 32000-2, 8.3.3: x' = ax + cy + e, y' = bx + dy + f.
type Matrix [6]float64

// Apply maps a point.
func (m Matrix) Apply(x, y float64) (float64, float64) { return 0, 0 }

// Inverse returns the matrix that maps back; false if there is none.
func (m Matrix) Inverse() (Matrix, bool) { return m, false }

// Mul returns the matrix that applies m first, then n.
func (m Matrix) Mul(n Matrix) Matrix { return m }

// Field is a terminal form field with what it inherits.
type Field struct {
	Ref     Ref // zero if the dictionary is direct
	Dict    Dict
	Name    string // fully qualified
	Type    Name   // /FT
	Value   Object // /V as it stands, often a Ref
	Flags   int    // /Ff
	Widgets []Ref  // widget annotations; the field itself where they are merged
}

// Text decodes a text string: UTF-16, UTF-8 by its mark, else PDFDocEncoding.
func Text(o Object) string { return "" }

// TextString encodes s as a text string: as it is where ASCII, else UTF-16BE.
func TextString(s string) String { return String{} }

// FlateStream makes a stream of data, compressed. The dictionary is not changed.
func FlateStream(dict Dict, data []byte) *Stream { return nil }

// Reserved stands for a hexadecimal string of that many zero bytes, to be set
// by Tail.SetContents. An Update may hold one.
type Reserved struct{ Bytes int }

// ByteRangeSlot stands for the /ByteRange array, which Build fills so that all
// but the Reserved string is covered. An Update may hold one.
type ByteRangeSlot struct{}

// Update collects the objects of an incremental update over the last revision.
type Update struct{}

// NewUpdate begins an update of f.
func NewUpdate(f *File) *Update { return nil }

// Add gives o the next free object number.
func (u *Update) Add(o Object) Ref { return Ref{} }

// Set replaces the object that ref names.
func (u *Update) Set(ref Ref, o Object) {}

// Get returns the pending object or else that of the file.
func (u *Update) Get(ref Ref) (Object, error) { return nil, errPending }

// Resolve follows o while it is a reference, pending objects first.
func (u *Update) Resolve(o Object) (Object, error) { return nil, errPending }

// AppendAnnots appends annotations to /Annots of a page, changing the array
// alone where it is an object of its own.
func (u *Update) AppendAnnots(page Ref, annots ...Ref) error { return errPending }

// AppendFields appends fields to the form, making one where there is none.
func (u *Update) AppendFields(fields ...Ref) error { return errPending }

// SetSigFlags sets further bits of the form's /SigFlags: 1 SignaturesExist, 2 AppendOnly.
func (u *Update) SetSigFlags(bits int) error { return errPending }

// SetForm sets keys of the AcroForm dictionary; a null value removes the key.
func (u *Update) SetForm(values Dict) error { return errPending }

// SetCatalog sets keys of the catalog; a null value removes the key.
func (u *Update) SetCatalog(values Dict) error { return errPending }

// Build writes the update. The Update may be changed and built again.
func (u *Update) Build() (*Tail, error) { return nil, errPending }

// Tail is what an Update appends to its input.
type Tail struct {
	Base      int64  // size of the input
	Bytes     []byte // to be written behind it
	Contents  Span   // the Reserved token with its angle brackets, in the output; zero if there is none
	ByteRange Span   // the ByteRangeSlot, in the output
}

// Size returns the size of the output.
func (t *Tail) Size() int64 { return t.Base + int64(len(t.Bytes)) }

// Ranges returns the four numbers of the /ByteRange.
func (t *Tail) Ranges() [4]int64 { return [4]int64{} }

// Covered reads the bytes that the byte range covers: the input up to Base from
// in, the rest from the tail.
func (t *Tail) Covered(in io.ReaderAt) io.Reader { return nil }

// CoveredTail returns the two covered parts of the tail alone: what follows the
// input up to the Reserved token, and what follows that token. Whoever has the
// digest state of the input already goes on with these.
func (t *Tail) CoveredTail() (before, after []byte) { return nil, nil }

// SetContents writes der into the Reserved string. It fails if der is too long.
func (t *Tail) SetContents(der []byte) error { return errPending }

// Output reads the whole output, input and tail.
func (t *Tail) Output(in io.ReaderAt) *io.SectionReader { return nil }
