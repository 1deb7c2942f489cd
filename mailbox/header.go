package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// field is one header field as received: unfolded, but neither decoded nor converted.
type field struct {
	name  string
	value string
}

// header is what stands above a body, in order.
type header []field

var errHeaderSize = errors.New("header exceeds its limit")

// get returns the first value of a field, or "".
func (h header) get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// values returns all values of a field.
func (h header) values(name string) []string {
	var all []string
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			all = append(all, f.value)
		}
	}
	return all
}

// has reports whether a field is there, even an empty one.
func (h header) has(name string) bool { return len(h.values(name)) > 0 }

// hasPrefix reports whether any field's name begins so.
func (h header) hasPrefix(prefix string) bool {
	for _, f := range h {
		if len(f.name) >= len(prefix) && strings.EqualFold(f.name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// readHeader reads the fields at the beginning of r and returns the body that follows the empty line.
// Lines that are no fields (the "From " of mbox, stray text) are passed over: real mail has them, and what
// stands below them is still the header. Line ends may be CRLF or LF.
func readHeader(ctx context.Context, r *io.SectionReader, limit int) (header, *io.SectionReader, error) {
	lines := bufio.NewReaderSize(contextReader{ctx, io.NewSectionReader(r, 0, r.Size())}, 4096)
	var fields header
	var size int64
	for {
		line, err := readLine(lines, limit-int(size))
		size += int64(len(line))
		if err != nil && err != io.EOF {
			return fields, nil, err
		}
		content := bytes.TrimRight(line, "\r\n")
		if len(content) == 0 { // The empty line, or the end of everything.
			return fields, io.NewSectionReader(r, size, r.Size()-size), nil
		}
		fields = fields.add(content)
	}
}

// readLine returns one line with its end; a line beyond the limit is an error.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if len(line)+len(piece) > limit {
			return nil, errHeaderSize
		}
		line = append(line, piece...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// add appends a line: a continuation to the last field, or a new field.
func (h header) add(line []byte) header {
	if line[0] == ' ' || line[0] == '\t' {
		if len(h) > 0 {
			// RFC 5322, 2.2.3: unfolding removes the line end only; the white space stays.
			h[len(h)-1].value += " " + strings.TrimLeft(string(line), " \t")
		}
		return h
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !found || len(name) == 0 || bytes.ContainsAny(name, " \t") {
		return h
	}
	return append(h, field{string(name), strings.Trim(string(value), " \t")})
}
