package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
)

// Address is one mailbox with the name shown for it: `合同专用 <contracts@example.com>`.
type Address struct{ Name, Address string }

// IsZero says that no address was given.
func (a Address) IsZero() bool { return a.Address == "" }

// String returns the address as people write it, with its name not encoded.
func (a Address) String() string {
	if a.Name == "" {
		return a.Address
	}
	if strings.ContainsAny(a.Name, `()<>[]:;@\,."`) {
		return strconv.Quote(a.Name) + " <" + a.Address + ">"
	}
	return a.Name + " <" + a.Address + ">"
}

// MarshalText writes String.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads one address of RFC 5322 whose local part and domain are ASCII; empty means none.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	parsed, err := mail.ParseAddress(string(text))
	if err != nil || strings.ContainsFunc(parsed.Address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New(`must be an address such as "contracts@example.com" or "合同专用 <contracts@example.com>"`)
	}
	*a = Address{Name: parsed.Name, Address: parsed.Address}
	return nil
}

// HexID is a byte string written in hexadecimal, such as a CKA_ID.
type HexID []byte

// String returns lower-case hexadecimal.
func (h HexID) String() string { return hex.EncodeToString(h) }

// MarshalText writes String.
func (h HexID) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hexadecimal; colons between bytes, as some tools print them, are allowed.
func (h *HexID) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(strings.ReplaceAll(string(text), ":", ""))
	if err != nil {
		return errors.New(`must be hexadecimal, such as "01" or "a1:b2"`)
	}
	*h = b
	return nil
}

// Pattern is a regular expression that matches a text as a whole.
type Pattern struct {
	text string
	re   *regexp.Regexp
}

// Match says whether the whole of s matches. The zero Pattern matches everything.
func (p Pattern) Match(s string) bool { return p.re == nil || p.re.MatchString(s) }

// String returns the expression as written.
func (p Pattern) String() string { return p.text }

// MarshalText writes String.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText compiles an expression in the syntax of package regexp.
func (p *Pattern) UnmarshalText(text []byte) error {
	re, err := regexp.Compile(`^(?:` + string(text) + `)$`)
	if err != nil {
		return fmt.Errorf("must be a regular expression: %w", err)
	}
	*p = Pattern{text: string(text), re: re}
	return nil
}

// Page names one page: a number from 1, or "last".
type Page int

// LastPage is the page named "last".
const LastPage Page = -1

// String returns the number, or "last".
func (p Page) String() string {
	if p == LastPage {
		return "last"
	}
	return strconv.Itoa(int(p))
}

// MarshalText writes String.
func (p Page) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "last" or a number from 1.
func (p *Page) UnmarshalText(text []byte) error {
	if string(text) == "last" {
		*p = LastPage
		return nil
	}
	n, err := strconv.ParseInt(string(text), 10, 31)
	if err != nil || n < 1 {
		return errors.New(`must be a page number from "1", or "last"`)
	}
	*p = Page(n)
	return nil
}

// Port is a TCP port.
type Port int

// Millimetres is a length on paper.
type Millimetres float64
