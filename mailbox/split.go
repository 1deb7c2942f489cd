package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// errNoBoundary means that a multipart body holds none of its delimiters.
var errNoBoundary = errors.New("no delimiter found")

// split cuts a multipart body into its parts (RFC 2046, 5.1.1) and reports whether the closing delimiter was there.
//
// The standard library's reader would lose a part whose header has a line without colon, and everything behind a
// line end that differs from the first one; here parts are ranges of the message, read in place, and their headers are
// read leniently. At most limit parts are returned.
func split(ctx context.Context, body *io.SectionReader, boundary string, limit int) (parts []*io.SectionReader, closed bool, err error) {
	lines := bufio.NewReaderSize(contextReader{ctx, io.NewSectionReader(body, 0, body.Size())}, 64<<10)
	var offset, start int64 // Of the line being read; of the part it belongs to.
	inPart, lineBegins := false, true
	var before [2]byte // The two bytes before the line.
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return nil, false, err
		}
		if lineBegins {
			if delimiter, last := matchDelimiter(line, boundary); delimiter {
				if inPart {
					end := max(start, offset-lineEnd(before, line))
					parts = append(parts, io.NewSectionReader(body, start, end-start))
				}
				inPart, start = true, offset+int64(len(line))
				if last || len(parts) > limit {
					return parts, last, nil
				}
			}
		}
		offset += int64(len(line))
		lineBegins = err != bufio.ErrBufferFull
		before = lastTwo(before, line)
		if err == io.EOF {
			break
		}
	}
	if !inPart {
		return nil, false, errNoBoundary
	}
	return append(parts, io.NewSectionReader(body, start, offset-start)), false, nil
}

// matchDelimiter recognises "--boundary" and the closing "--boundary--". White space may follow, nothing else, so that
// a nested boundary beginning with the outer one is not taken for it.
func matchDelimiter(line []byte, boundary string) (delimiter, last bool) {
	rest, found := bytes.CutPrefix(line, []byte("--"))
	if !found {
		return false, false
	}
	if rest, found = bytes.CutPrefix(rest, []byte(boundary)); !found {
		return false, false
	}
	rest, last = bytes.CutPrefix(rest, []byte("--"))
	return len(bytes.Trim(rest, " \t\r\n")) == 0, last
}

// lineEnd returns how many bytes before a delimiter belong to it (RFC 2046, 5.1.1). A delimiter that itself ends with
// a bare LF has only an LF before it: a CR would be the part's last byte.
func lineEnd(before [2]byte, delimiter []byte) int64 {
	switch {
	case before[1] != '\n':
		return 0
	case before[0] == '\r' && (bytes.HasSuffix(delimiter, []byte("\r\n")) || !bytes.HasSuffix(delimiter, []byte("\n"))):
		return 2
	}
	return 1
}

func lastTwo(before [2]byte, line []byte) [2]byte {
	switch len(line) {
	case 0:
		return before
	case 1:
		return [2]byte{before[1], line[0]}
	}
	return [2]byte(line[len(line)-2:])
}

// guessBoundary finds the boundary of a multipart body whose header does not name it: its first line with two hyphens.
func guessBoundary(body *io.SectionReader) string {
	start := make([]byte, min(4096, body.Size()))
	n, err := body.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return ""
	}
	for line := range strings.Lines(string(start[:n])) {
		line = strings.TrimRight(line, " \t\r\n")
		if boundary, found := strings.CutPrefix(line, "--"); found && len(boundary) >= 3 && !strings.ContainsAny(boundary, " \t") {
			return boundary
		}
	}
	return ""
}
