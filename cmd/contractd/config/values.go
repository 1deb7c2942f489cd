package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
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

// Amount is a sum of money, written as "100000 CNY" or "99.50"; the currency is CNY where none is named.
type Amount struct{ workflow.Amount }

// MarshalText writes the amount with its currency, and nothing for none.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what workflow.ParseAmount reads; empty means none.
func (a *Amount) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Amount{}
		return nil
	}
	amount, err := workflow.ParseAmount(string(text))
	if err != nil {
		return errors.New(`must be an amount such as "100000 CNY" or "99.50"`)
	}
	*a = Amount{amount}
	return nil
}
