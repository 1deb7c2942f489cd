package config

import (
	"encoding"
	"testing"
	"time"
)

type textValue interface {
	encoding.TextUnmarshaler
	encoding.TextMarshaler
}

func TestValuesReadAndWrite(t *testing.T) {
	for _, tt := range []struct {
		into       textValue
		text, want string // want is empty where the text is refused
	}{
		{new(Duration), "30d", "30d"},
		{new(Duration), "24h", "1d"},
		{new(Duration), "1d12h", "36h"},
		{new(Duration), "90m", "1h30m"},
		{new(Duration), "15s", "15s"},
		{new(Duration), "0s", "0s"},
		{new(Duration), "10m10s", "10m10s"},
		{new(Duration), "", ""},
		{new(Duration), "15", ""},
		{new(Duration), "-15s", ""},
		{new(Duration), "1.5d", ""},
		{new(Duration), "d", ""},
		{new(Duration), "110000d", ""},
		{new(Duration), "106751d24h", ""},
		{new(Size), "256KiB", "256KiB"},
		{new(Size), "2048 KiB", "2MiB"},
		{new(Size), "0B", "0B"},
		{new(Size), "1023B", "1023B"},
		{new(Size), "5", ""},
		{new(Size), "5MB", ""},
		{new(Size), "-5MiB", ""},
		{new(Size), "9999999999GiB", ""},
		{new(Amount), "500000", "500000.00 CNY"},
		{new(Amount), "99.5 EUR", "99.50 EUR"},
		{new(Amount), "viel", ""},
		{new(Address), "a@example.com", "a@example.com"},
		{new(Address), "合同 <a@example.com>", "合同 <a@example.com>"},
		{new(Address), `"Smith, J." <a@example.com>`, `"Smith, J." <a@example.com>`},
		{new(Address), "=?utf-8?b?5ZCI5ZCM?= <a@example.com>", "合同 <a@example.com>"},
		{new(Address), "a@example.com, b@example.com", ""},
		{new(Address), "合同@example.com", ""},
		{new(Address), "nobody", ""},
		{new(HexID), "a1:B2", "a1b2"},
		{new(HexID), "a1b", ""},
		{new(Page), "last", "last"},
		{new(Page), "12", "12"},
		{new(Page), "0", ""},
		{new(Page), "-1", ""},
		{new(Pattern), `NJ-\d+`, `NJ-\d+`},
		{new(Pattern), `(`, ""},
	} {
		err := tt.into.UnmarshalText([]byte(tt.text))
		if tt.want == "" {
			if err == nil {
				t.Errorf("%T: %q was taken", tt.into, tt.text)
			}
			continue
		}
		got, _ := tt.into.MarshalText() // never fails
		if err != nil || string(got) != tt.want {
			t.Errorf("%T: %q gave %q, %v; want %q", tt.into, tt.text, got, err, tt.want)
		}
	}
}

func TestPatternMatchesTheWhole(t *testing.T) {
	var p Pattern
	if !p.Match("anything") {
		t.Error("no pattern must match everything")
	}
	if err := p.UnmarshalText([]byte(`A|B`)); err != nil {
		t.Fatal(err)
	}
	if !p.Match("B") || p.Match("AB") || p.Match("xA") {
		t.Error("the alternatives are not bound as a whole")
	}
}

func TestDurationStd(t *testing.T) {
	if got := (2 * day).Std(); got != 48*time.Hour {
		t.Errorf("two days are %v", got)
	}
}
