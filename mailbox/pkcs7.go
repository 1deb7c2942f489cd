package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"contractd/workflow"
)

// opaque looks into an S/MIME message whose content lies within its signature (RFC 8551, 3.5.2), and into a PDF that was
// signed so as a file. Whether that signature holds does not matter here: the PDF's own do.
func (w *walker) opaque(e entity, name string, in decoder) error {
	if e.depth >= w.limits.Depth {
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	}
	envelope, err := w.keep(e, name, in)
	if err != nil || envelope.ReaderAt == nil {
		return err
	}
	content, err := openEnvelope(envelope)
	switch {
	case errors.Is(err, errEncrypted):
		w.problem(workflow.ProblemEncrypted, e.path, name)
		return nil
	case errors.Is(err, errNoContent): // A detached signature, or certificates alone.
		return nil
	case errors.Is(err, errNoEnvelope):
		w.problem(workflow.ProblemUnreadable, e.path, name)
		return nil
	case err != nil:
		return err
	}
	inside, err := w.keep(e, name, plain{contextReader{w.ctx, content}})
	if err != nil || inside.ReaderAt == nil {
		return err
	}
	inner := entity{path: e.child(1), depth: e.depth + 1, forward: e.forward, torn: e.torn || in.Repaired() || content.torn}
	if start, err := bufio.NewReader(inside.Reader()).Peek(5); err == nil && bytes.Equal(start, []byte("%PDF-")) {
		inner.body = inside.Reader()
		return w.leaf(inner, mediaType{value: "application/pdf"}, strings.TrimSuffix(name, ".p7m"))
	}
	return w.part(inside.Reader(), inner)
}

var (
	errNoEnvelope = errors.New("no CMS structure")
	errEncrypted  = errors.New("encrypted")
	errNoContent  = errors.New("nothing is enclosed")
)

// The content types of RFC 5652, 5083 and GB/T 35275, as their object identifiers are encoded.
var (
	signedTypes = [][]byte{
		{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02},       // 1.2.840.113549.1.7.2 signedData
		{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02}, // 1.2.156.10197.6.1.4.2.2 signedData of SM2
	}
	encryptedTypes = [][]byte{
		{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03},             // 1.2.840.113549.1.7.3 envelopedData
		{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17}, // 1.2.840.113549.1.9.16.1.23 authEnvelopedData
		{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x03},       // 1.2.156.10197.6.1.4.2.3 envelopedData of SM2
		{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x04},       // 1.2.156.10197.6.1.4.2.4 signed and enveloped
	}
)

// openEnvelope finds the content of a SignedData: ContentInfo { type, [0] { version, digest algorithms, { type, [0] content } } }
// (RFC 5652, 3 and 5). Anything else of it is left unread.
func openEnvelope(file workflow.Document) (*octets, error) {
	b := &ber{*newCursor(file, 0)}
	b.enter(0x30)
	kind := b.value(0x06, 32)
	if b.failed {
		return nil, b.cause(errNoEnvelope)
	}
	if among(encryptedTypes, kind) {
		return nil, errEncrypted
	}
	if !among(signedTypes, kind) {
		return nil, errNoEnvelope
	}
	b.enter(0xa0)
	b.enter(0x30)
	b.value(0x02, 8) // Version.
	b.pass(0x31, 0)  // Digest algorithms.
	b.enter(0x30)
	b.value(0x06, 32)
	if b.failed {
		return nil, b.cause(errNoEnvelope)
	}
	b.enter(0xa0)
	if b.failed {
		return nil, b.cause(errNoContent)
	}
	return &octets{b: b}, nil
}

func among(all [][]byte, one []byte) bool {
	for _, candidate := range all {
		if bytes.Equal(candidate, one) {
			return true
		}
	}
	return false
}

// ber steps through BER (X.690, 8.1) as far as a SignedData's content needs it. What it enters has to end no later
// than the file; contents that say more fail when they are read.
type ber struct{ cursor }

// berDepth bounds what pass goes into.
const berDepth = 16

// header reads the next identifier and length; -1 means the indefinite form.
func (b *ber) header() (tag byte, length int64) {
	first := b.bytes(2)
	if b.failed {
		return 0, 0
	}
	tag, length = first[0], int64(first[1])
	if tag&0x1f == 0x1f { // X.690, 8.1.2.4: high tag numbers, of which there are none here.
		b.failed = true
	}
	switch {
	case length == 0x80:
		return tag, -1
	case length > 0x84: // More than 4 GiB.
		b.failed = true
	case length > 0x80:
		more := b.bytes(length & 0x7f)
		length = 0
		for _, digit := range more {
			length = length<<8 | int64(digit)
		}
	}
	return tag, length
}

// enter goes into what must come next.
func (b *ber) enter(want byte) {
	if tag, _ := b.header(); tag != want {
		b.failed = true
	}
}

// value reads a short primitive value.
func (b *ber) value(want byte, limit int64) []byte {
	tag, length := b.header()
	if tag != want || length < 0 || length > limit {
		b.failed = true
		return nil
	}
	return b.bytes(length)
}

// pass skips what must come next; zero means anything.
func (b *ber) pass(want byte, depth int) {
	tag, length := b.header()
	if b.failed || want != 0 && tag != want || depth > berDepth {
		b.failed = true
		return
	}
	if length >= 0 {
		b.skip(length)
		return
	}
	for !b.failed && !b.ended() {
		b.pass(0, depth+1)
	}
}

// ended takes end-of-contents octets (X.690, 8.1.5), if they come next.
func (b *ber) ended() bool {
	at := b.at
	if next := b.bytes(2); next == nil || next[0] != 0 || next[1] != 0 {
		b.at = at
		return false
	}
	return true
}

// cause is what to say about a failure: that of the disk, if it was that.
func (b *ber) cause(otherwise error) error {
	if b.fault != nil {
		return b.fault
	}
	return otherwise
}

// octets reads an OCTET STRING, in one piece or in segments (X.690, 8.7).
type octets struct {
	b     *ber
	left  int64 // Of the segment being read.
	begun bool
	torn  bool  // It ended before it said so.
	open  int   // Constructed strings around, whose segments follow.
	limit int64 // Where the outermost string of definite length ends; 0 if it has none.
}

// Read implements io.Reader.
func (o *octets) Read(p []byte) (int, error) {
	for o.left == 0 {
		if done := o.next(); done {
			return 0, o.end()
		}
	}
	n, err := o.b.in.ReadAt(p[:min(int64(len(p)), o.left)], o.b.at)
	o.b.at, o.left = o.b.at+int64(n), o.left-int64(n)
	if err != nil && err != io.EOF {
		return n, err
	}
	return n, nil
}

// end tells how it ended.
func (o *octets) end() error {
	if o.b.fault != nil {
		return o.b.fault
	}
	return io.EOF
}

// next goes to the next segment, and reports whether there is none.
func (o *octets) next() (done bool) {
	if o.begun && o.open == 0 || o.limit > 0 && o.b.at >= o.limit {
		return true
	}
	if o.open > 0 && o.b.ended() {
		o.open--
		return o.open == 0
	}
	o.begun = true
	tag, length := o.b.header()
	switch {
	case o.b.failed:
	case tag == 0x04 && length >= 0 && length <= o.b.end-o.b.at:
		o.left = length
		return false
	case tag == 0x04 && length > o.b.end-o.b.at: // The rest is missing: what is there may be a whole PDF.
		o.left, o.torn, o.open = o.b.end-o.b.at, true, 0
		return o.left == 0
	case tag == 0x24 && o.open < berDepth:
		o.open++
		if length >= 0 && o.limit == 0 {
			o.limit = o.b.at + length
		}
		return false
	}
	o.torn = true
	return true
}
