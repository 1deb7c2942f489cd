package mailbox

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"contractd/workflow"
)

// slot stands in a rendered message for an attachment's content.
type slot struct {
	document workflow.Document
	mark     []byte // What stands in the message, a line of base64.
	text     []byte // What go-mail encodes to that line.
}

// newSlot makes a placeholder that nothing else in a message can equal.
func newSlot(number int, document workflow.Document) slot {
	var secret [24]byte
	rand.Read(secret[:]) // crypto/rand.Read never fails since Go 1.24.
	text := fmt.Appendf(nil, "slot %04d %x", number, secret[:19])
	return slot{document, []byte(base64.StdEncoding.EncodeToString(text)), text}
}

// attachSlot adds an attachment whose content is the slot's text.
func attachSlot(message *gomail.Msg, name string, s slot) error {
	if err := message.AttachReader(name, bytes.NewReader(s.text), func(file *gomail.File) {
		file.Header = attachmentHeader(name)
	}); err != nil {
		return fmt.Errorf("attach %q: %w", name, err)
	}
	return nil
}

// attachmentHeader names an attachment in every form that some reader needs. RFC 2231 is the standard, but QQ Mail shows
// such names as tcmime.bin; QQ, NetEase and older Outlooks read RFC 2047 words in both places, if the word is not split,
// whatever its length.
func attachmentHeader(name string) textproto.MIMEHeader {
	plain := `"` + name + `"`
	extended := ""
	if !isASCII(name) {
		plain = `"=?UTF-8?B?` + base64.StdEncoding.EncodeToString([]byte(name)) + `?="`
		extended = ";\r\n filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return textproto.MIMEHeader{
		"Content-Type":        {"application/pdf;\r\n name=" + plain},
		"Content-Disposition": {"attachment;\r\n filename=" + plain + extended},
	}
}

// maxAttachmentName keeps the encoded name within the 998 bytes of a line (RFC 5322, 2.1.1) in its longest form.
const maxAttachmentName = 120

// attachmentName puts the contract's number first, in ASCII, so that the file is recognised where all else is garbled.
func attachmentName(number, name string) string {
	number = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r == '/':
			return '-'
		}
		return -1
	}, number)
	name = strings.ReplaceAll(cleanName(name), `"`, "_")
	if !strings.HasSuffix(strings.ToLower(name), ".pdf") {
		name += ".pdf"
	}
	if number != "" && !strings.HasPrefix(name, number) {
		name = number + "_" + name
	}
	if len(name) > maxAttachmentName {
		name = cut(name[:len(name)-len(".pdf")], maxAttachmentName-len(".pdf")) + ".pdf"
	}
	return name
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// fill returns the message with the documents in the places of their marks.
func fill(frame []byte, slots []slot) (io.Reader, error) {
	var pieces []io.Reader
	for _, s := range slots {
		before, after, found := bytes.Cut(frame, s.mark)
		if !found {
			return nil, errors.New("the rendered message lost an attachment")
		}
		after = bytes.TrimPrefix(after, []byte("\r\n")) // Each encoded line ends with its own.
		pieces = append(pieces, bytes.NewReader(before), &base64Lines{from: s.document.Reader()})
		frame = after
	}
	return io.MultiReader(append(pieces, bytes.NewReader(frame))...), nil
}

// base64Lines reads a document as lines of 76 characters (RFC 2045, 6.8).
type base64Lines struct {
	from  io.Reader
	chunk [lineBytes * chunkLines]byte
	full  []byte // What out is a part of; kept, to be written again.
	out   []byte
	err   error
}

const (
	lineBytes  = 57  // Encoded, 76 characters.
	chunkLines = 500 // Encoded at once.
)

// Read implements io.Reader.
func (b *base64Lines) Read(p []byte) (int, error) {
	for len(b.out) == 0 && b.err == nil {
		n, err := io.ReadFull(b.from, b.chunk[:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b.err = err
		b.full = b.full[:0]
		for start := 0; start < n; start += lineBytes {
			b.full = base64.StdEncoding.AppendEncode(b.full, b.chunk[start:min(n, start+lineBytes)])
			b.full = append(b.full, "\r\n"...)
		}
		b.out = b.full
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	if n == 0 && len(p) > 0 {
		return 0, b.err
	}
	return n, nil
}
