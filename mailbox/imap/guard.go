package imap

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

const (
	maxLine    = 1 << 20  // Of an answer outside literals.
	minLiteral = 64 << 20 // What is allowed even where messages must be smaller.
)

// guard looks at a server's words before go-imap does, because some of them harm the library: a list within a capability
// answer makes it spin for ever, and neither lines nor literals have an end there. Bytes of literals are never changed.
type guard struct {
	maxLiteral int64

	literal    int64  // Bytes of it that are still to come.
	length     int    // Of the line so far.
	tail       []byte // The line's last bytes.
	capability bool   // The line tells capabilities.
}

var (
	literalStart = regexp.MustCompile(`\{([0-9]{1,18})\+?\}\r?\n$`)
	capabilities = []byte("CAPABILITY")
)

// tailLength suffices for both patterns.
const tailLength = 32

// inspect makes p harmless, or says why the connection must end.
func (g *guard) inspect(p []byte) error {
	for len(p) > 0 {
		if g.literal > 0 {
			n := min(g.literal, int64(len(p)))
			g.literal -= n
			p = p[n:]
			continue
		}
		if err := g.step(&p[0]); err != nil {
			return err
		}
		p = p[1:]
	}
	return nil
}

// step looks at one byte of a line.
func (g *guard) step(b *byte) error {
	if g.capability && *b == '(' {
		*b = '.'
	}
	if len(g.tail) == tailLength {
		g.tail = append(g.tail[:0], g.tail[1:]...)
	}
	g.tail = append(g.tail, *b)
	switch g.length++; {
	case g.length > maxLine:
		return fmt.Errorf("server sends a line of more than %d bytes", maxLine)
	case *b == '\n':
		return g.endLine()
	case *b == 'Y' || *b == 'y':
		g.capability = g.capability || bytes.HasSuffix(bytes.ToUpper(g.tail), capabilities)
	}
	return nil
}

func (g *guard) endLine() error {
	found := literalStart.FindSubmatch(g.tail)
	g.tail, g.length, g.capability = g.tail[:0], 0, g.capability && found != nil
	if found == nil {
		return nil
	}
	// The expression admits digits only, and not too many.
	g.literal, _ = strconv.ParseInt(string(found[1]), 10, 64)
	if g.literal > g.maxLiteral {
		return fmt.Errorf("server announces %d bytes, the limit is %d", g.literal, g.maxLiteral)
	}
	return nil
}
