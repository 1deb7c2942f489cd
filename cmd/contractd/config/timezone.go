package config

import (
	"fmt"
	"time"
	_ "time/tzdata" // Small machines have no zone files.
)

// Timezone is a zone of the IANA database, by name.
type Timezone struct{ name string }

// Location returns the zone; the zero Timezone is UTC.
func (z Timezone) Location() *time.Location {
	location, err := time.LoadLocation(z.name)
	if err != nil { // UnmarshalText has loaded it before.
		return time.UTC
	}
	return location
}

// String returns the name.
func (z Timezone) String() string { return z.name }

// MarshalText implements encoding.TextMarshaler.
func (z Timezone) MarshalText() ([]byte, error) { return []byte(z.name), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Timezone) UnmarshalText(text []byte) error {
	if _, err := time.LoadLocation(string(text)); err != nil || len(text) == 0 || string(text) == "Local" {
		return fmt.Errorf("must be a zone such as Asia/Shanghai or UTC")
	}
	z.name = string(text)
	return nil
}
