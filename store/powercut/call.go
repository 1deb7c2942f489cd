package powercut

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// call is one system call as strace prints it.
type call struct {
	name       string
	arguments  []string
	result     string
	failed     bool
	start, end int64
}

// parseCall reads "name(arguments) = result <seconds>".
func parseCall(start int64, text string) (call, error) {
	c := call{start: start}
	name, rest, found := strings.Cut(text, "(")
	equals := strings.LastIndex(rest, " = ")
	if !found || equals < 0 {
		return c, errors.New("no call with a result")
	}
	arguments, closed := strings.CutSuffix(strings.TrimRight(rest[:equals], " "), ")")
	if !closed {
		return c, errors.New("arguments do not end")
	}
	c.name = name
	if err := c.parseResult(rest[equals+len(" = "):]); err != nil {
		return c, err
	}
	var err error
	c.arguments, err = split(arguments)
	return c, err
}

// parseResult reads "0 <0.000012>", "-1 EIO (Input/output error) <0.000012>", or "?" of a call that did not return.
func (c *call) parseResult(text string) error {
	c.failed = strings.HasPrefix(text, "-1") || strings.HasPrefix(text, "?")
	open := strings.LastIndex(text, " <")
	took, closed := strings.CutSuffix(text[open+1:], ">")
	if open < 0 || !closed {
		if strings.HasPrefix(text, "?") {
			return nil
		}
		return errors.New("it is not said how long it took")
	}
	duration, err := parseSeconds(took[1:])
	c.result, c.end = text[:open], c.start+duration
	return err
}

// parseSeconds reads seconds with a fraction as nanoseconds.
func parseSeconds(text string) (int64, error) {
	whole, fraction, found := strings.Cut(text, ".")
	if !found || len(fraction) == 0 || len(fraction) > 9 || len(whole) > 10 {
		return 0, fmt.Errorf("%.40q is no time", text)
	}
	digits := whole + fraction + strings.Repeat("0", 9-len(fraction))
	time, err := strconv.ParseUint(digits, 10, 63)
	return int64(time), err
}

// split separates arguments at the commas outside of strings, paths of descriptors and structures.
func split(text string) ([]string, error) {
	var all []string
	depth, quoted, path, from := 0, false, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' && i > 0 && isNamed(text[i-1]):
			path = true
		case c == '>':
			path = false
		case path:
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			depth--
		case c == ',' && depth == 0:
			all = append(all, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	if quoted || path || depth != 0 {
		return nil, errors.New("an argument does not end")
	}
	return append(all, strings.TrimSpace(text[from:])), nil
}

// isNamed holds for the last character of a descriptor, before its path: a digit, or that of AT_FDCWD.
func isNamed(c byte) bool { return c >= '0' && c <= '9' || c == 'D' }

// argument returns the n-th argument, empty where there is none.
func (c call) argument(n int) string {
	if n >= len(c.arguments) {
		return ""
	}
	return c.arguments[n]
}

// number returns the n-th argument as a number.
func (c call) number(n int) (int64, error) { return strconv.ParseInt(c.argument(n), 0, 64) }

// descriptor reads `5<\x2f…>` or `5<\x2f…>(deleted)`. A descriptor without a path leads to no file.
func descriptor(text string) (path string, deleted bool, err error) {
	_, rest, found := strings.Cut(text, "<")
	if !found {
		return "", false, nil
	}
	rest, deleted = strings.CutSuffix(rest, "(deleted)")
	name, closed := strings.CutSuffix(rest, ">")
	if !closed {
		return "", false, fmt.Errorf("descriptor %.40q does not end", text)
	}
	if !strings.HasPrefix(name, `\x`) { // A socket or a pipe, where strace names its kind.
		return "", deleted, nil
	}
	raw, err := unescape(name)
	return string(raw), deleted, err
}

// quoted reads a whole string.
func quoted(text string) ([]byte, error) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return nil, fmt.Errorf("%.40q is no whole string", text)
	}
	return unescape(text[1 : len(text)-1])
}

// unescape reads what strace -xx writes: every byte as \xNN.
func unescape(text string) ([]byte, error) {
	if len(text)%4 != 0 {
		return nil, errors.New("a string is not in hexadecimal digits throughout")
	}
	raw := make([]byte, len(text)/4)
	for i := range raw {
		piece := text[4*i : 4*i+4]
		if piece[:2] != `\x` {
			return nil, errors.New("a string is not in hexadecimal digits throughout")
		}
		if _, err := hex.Decode(raw[i:i+1], []byte(piece[2:])); err != nil {
			return nil, err
		}
	}
	return raw, nil
}
