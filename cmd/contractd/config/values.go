package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of time: whole or decimal numbers with the units d, h, m, s, ms, as "30d", "1h30m", "15s".
type Duration time.Duration

// Std returns it as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String returns the shortest text that reads back as the same duration.
func (d Duration) String() string {
	const day = 24 * time.Hour
	if t := time.Duration(d); t != 0 && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads days besides the units of time.ParseDuration; a day is 24 hours.
func (d *Duration) UnmarshalText(text []byte) error {
	days, rest, found := strings.Cut(string(text), "d")
	var total time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 31)
		if err != nil || n > math.MaxInt64/uint64(24*time.Hour) {
			return errDuration
		}
		total = time.Duration(n) * 24 * time.Hour
	} else {
		rest = string(text)
	}
	if rest != "" {
		part, err := time.ParseDuration(rest)
		if err != nil || part < 0 || total > math.MaxInt64-part {
			return errDuration
		}
		total += part
	} else if !found {
		return errDuration
	}
	*d = Duration(total)
	return nil
}

var errDuration = errors.New(`must be a duration with a unit, such as "30d", "1h30m" or "15s"`)

// Size is a number of bytes, written with the unit B, KiB, MiB or GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// String returns the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return "0B"
}

// MarshalText writes String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a whole number and its unit.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range sizeUnits {
		number, ok := strings.CutSuffix(string(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return errors.New(`must be a size with a unit, such as "256KiB" or "25MiB"`)
}

// Amount is a sum of money in hundredths, written as "100000" or "99.50", without a currency.
type Amount int64

// Hundredths returns the sum in fen or cents.
func (a Amount) Hundredths() int64 { return int64(a) }

// String returns the sum with two decimals.
func (a Amount) String() string { return fmt.Sprintf("%d.%02d", int64(a)/100, int64(a)%100) }

// MarshalText writes String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a number that is not negative, with at most two decimals.
func (a *Amount) UnmarshalText(text []byte) error {
	whole, cents, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseUint(whole+(cents + "00")[:2], 10, 63)
	if err != nil || whole == "" || len(cents) > 2 || strings.HasSuffix(string(text), ".") {
		return errors.New(`must be an amount such as "100000" or "99.50"`)
	}
	*a = Amount(n)
	return nil
}

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
