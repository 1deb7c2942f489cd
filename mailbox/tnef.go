package mailbox

import (
	"encoding/binary"
	"io"
	"strconv"

	"contractd/workflow"

	"golang.org/x/text/encoding/unicode"
)

// The attributes of a winmail.dat that are read ([MS-OXTNEF], 2.1.3.3 and 2.1.3.4).
const (
	tnefAttachRendData = 0x00069002 // The first attribute of each attachment.
	tnefAttachTitle    = 0x00018010
	tnefAttachData     = 0x0006800f
	tnefAttachment     = 0x00069005 // Its MAPI properties.

	tnefAttributes = 2000    // More than these in one file are not looked at.
	tnefProperties = 1000    // Nor more than these of one attachment.
	tnefNameBytes  = 4 << 10 // Longer names are not read.
)

// The MAPI properties that are read ([MS-OXPROPS]).
const (
	propAttachData     = 0x3701 // PidTagAttachDataBinary, or an object: an attached message of Outlook's own form.
	propAttachName     = 0x3704 // PidTagAttachFilename.
	propAttachLongName = 0x3707 // PidTagAttachLongFilename.
)

// winmailMagic is how a winmail.dat begins ([MS-OXTNEF], 2.1.3.2).
var winmailMagic = []byte{0x78, 0x9f, 0x3e, 0x22}

// tnef looks into what Outlook makes of a message when it sends rich text: a winmail.dat that holds the attachments.
func (w *walker) tnef(e entity, name string, in decoder) error {
	if e.depth >= w.limits.Depth {
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	}
	stored, err := w.keep(e, name, in)
	if err != nil || stored.ReaderAt == nil {
		return err
	}
	e.torn = e.torn || in.Repaired()
	attachments, whole, err := readTNEF(stored)
	if err != nil {
		return err
	}
	if !whole {
		w.problem(workflow.ProblemMalformed, e.path, name)
	}
	for i, a := range attachments {
		inner := entity{
			body: io.NewSectionReader(stored, a.start, a.size), path: e.path + "/" + strconv.Itoa(i+1),
			depth: e.depth + 1, forward: e.forward, torn: e.torn || !whole,
		}
		if w.parts++; w.parts > w.limits.Parts {
			w.problem(workflow.ProblemTooLarge, e.path, name)
			return nil
		}
		if err := w.leaf(inner, mediaType{value: "application/octet-stream"}, cleanName(a.name)); err != nil {
			return err
		}
	}
	return nil
}

// tnefPart is an attachment: a range of the file.
type tnefPart struct {
	name        string
	start, size int64
}

// readTNEF lists the attachments, and reports whether the file could be read to its end.
func readTNEF(file workflow.Document) (parts []tnefPart, whole bool, err error) {
	c := newCursor(file, 6) // Behind the signature and a key that nobody uses.
	for range tnefAttributes {
		if c.at == c.end {
			return parts, true, nil
		}
		c.skip(1) // Whether it belongs to the message or to an attachment: its number tells.
		id, size := c.u32(), int64(c.u32())
		start := c.at
		c.skip(size)
		c.skip(2) // A sum of its bytes; PDFs are recognised by a better one.
		if c.failed {
			return parts, false, c.fault
		}
		if id == tnefAttachRendData {
			parts = append(parts, tnefPart{})
		}
		if len(parts) == 0 {
			continue
		}
		parts[len(parts)-1].read(c.within(start, size), id, start, size)
	}
	return parts, false, nil
}

// read takes what one attribute tells about the attachment.
func (p *tnefPart) read(inner *cursor, id uint32, start, size int64) {
	switch id {
	case tnefAttachTitle:
		if p.name == "" {
			p.name = cString(inner.bytes(min(size, tnefNameBytes)))
		}
	case tnefAttachData:
		p.start, p.size = start, size
	case tnefAttachment:
		p.properties(inner)
	}
}

// cString reads text of an unnamed code page, up to its zero byte.
func cString(text []byte) string {
	for i, b := range text {
		if b == 0 {
			text = text[:i]
			break
		}
	}
	return guess(text)
}

// properties reads names and data from MAPI properties ([MS-OXTNEF], 2.1.3.4: MsgPropertyList). What cannot be read ends them;
// the attributes have told the least that is needed.
func (p *tnefPart) properties(c *cursor) {
	count := min(c.u32(), tnefProperties)
	for range count {
		kind, id := c.u16(), c.u16()
		if id >= 0x8000 { // A named property: its set, and its number or name.
			c.skip(16)
			if c.u32() == 0 {
				c.skip(4)
			} else {
				c.padded(int64(c.u32()))
			}
		}
		values := uint32(1)
		if kind&0x1000 != 0 || variable(kind) {
			values = c.u32()
		}
		for range values {
			if c.failed {
				return
			}
			p.value(c, kind, id)
		}
	}
}

// value reads one value of a property.
func (p *tnefPart) value(c *cursor, kind, id uint16) {
	if !variable(kind) {
		c.skip(fixedSize(kind))
		return
	}
	size := int64(c.u32())
	start := c.at
	c.padded(size)
	if c.failed {
		return
	}
	inner := c.within(start, size)
	switch {
	case id == propAttachLongName || id == propAttachName && p.name == "":
		if name := mapiText(inner.bytes(min(size, tnefNameBytes)), kind); name != "" {
			p.name = name
		}
	case id == propAttachData && p.size == 0:
		p.start, p.size = start, size
		if kind == 0x0d && size > 16 { // An object: its interface's id, then its data.
			p.start, p.size = start+16, size-16
		}
	}
}

// variable reports whether a type's values have a length of their own ([MS-OXCDATA], 2.11.1).
func variable(kind uint16) bool {
	switch kind &^ 0x1000 {
	case 0x0d, 0x1e, 0x1f, 0x102:
		return true
	}
	return false
}

// fixedSize is the length of a type's values; they fill four bytes at least.
func fixedSize(kind uint16) int64 {
	switch kind &^ 0x1000 {
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	}
	return 4
}

func mapiText(text []byte, kind uint16) string {
	if kind&^0x1000 != 0x1f {
		return cString(text)
	}
	decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(text)
	if err != nil {
		return ""
	}
	return cString(decoded)
}

// cursor reads numbers out of a range of a file. Once it has failed it stays so, and every number is zero.
type cursor struct {
	in      io.ReaderAt
	at, end int64
	steps   *int // Left, of all cursors over the same file.
	failed  bool
	fault   error // What the disk did wrong, if it was that.
}

// cursorSteps bounds what one file costs: tens of thousands of segments are real, millions of empty ones are not.
const cursorSteps = 400_000

func newCursor(file workflow.Document, at int64) *cursor {
	steps := cursorSteps
	return &cursor{in: file, at: at, end: file.Size, steps: &steps}
}

// within reads a part of what c reads.
func (c *cursor) within(start, size int64) *cursor {
	return &cursor{in: c.in, at: start, end: start + size, steps: c.steps}
}

// bytes reads the next n bytes, which the caller has bounded.
func (c *cursor) bytes(n int64) []byte {
	start := c.at
	if *c.steps--; *c.steps < 0 {
		c.failed = true
	}
	if c.skip(n); c.failed {
		return nil
	}
	text := make([]byte, n)
	if _, err := c.in.ReadAt(text, start); err != nil && err != io.EOF {
		c.failed, c.fault = true, err
		return nil
	}
	return text
}

func (c *cursor) u16() uint16 {
	if text := c.bytes(2); text != nil {
		return binary.LittleEndian.Uint16(text)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if text := c.bytes(4); text != nil {
		return binary.LittleEndian.Uint32(text)
	}
	return 0
}

// skip goes on n bytes, if there are so many.
func (c *cursor) skip(n int64) {
	if c.failed || n < 0 || n > c.end-c.at {
		c.failed = true
		return
	}
	c.at += n
}

// padded skips a value and what fills it up to four bytes.
func (c *cursor) padded(n int64) {
	c.skip(n)
	c.skip(min(-n&3, c.end-c.at))
}
