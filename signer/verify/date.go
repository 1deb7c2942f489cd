package verify

import (
	"strings"
	"time"

	"contractd/signer/pdf"
)

// date reads a PDF date (ISO 32000-2, 7.9.4): D:YYYYMMDDHHmmSSOHH'mm'. What is missing at its end counts as zero.
func date(o pdf.Object) (time.Time, bool) {
	s, ok := o.(pdf.String)
	if !ok || len(s.Value) > 32 {
		return time.Time{}, false
	}
	text := strings.TrimPrefix(pdf.Text(s), "D:")
	at := strings.IndexAny(text, "+-Z")
	digits, zone := text, ""
	if at >= 0 {
		digits, zone = text[:at], strings.ReplaceAll(text[at:], "'", "")
	}
	if zone == "Z" || zone == "Z0000" || zone == "Z00" {
		zone = ""
	}
	layout := "20060102150405"
	if len(digits) < 4 || len(digits) > len(layout) {
		return time.Time{}, false
	}
	layout = layout[:len(digits)]
	if len(zone) == 3 {
		zone += "00"
	}
	if zone != "" {
		layout += "-0700"
	}
	t, err := time.Parse(layout, digits+zone)
	return t.UTC(), err == nil
}
