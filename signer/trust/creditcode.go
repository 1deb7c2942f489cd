package trust

import (
	"encoding/asn1"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxText = 256 // Runes of one text out of a certificate.

// creditAlphabet is the character set of GB 32100-2015; the position is the value.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidCreditCode reports whether code is a 统一社会信用代码 with the right check character (GB 32100-2015, 5).
func ValidCreditCode(code string) bool {
	if len(code) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		value := strings.IndexByte(creditAlphabet, code[i])
		if value < 0 {
			return false
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return creditAlphabet[(31-sum%31)%31] == code[17]
}

// creditCode finds the code: first in fields that exist for it, then wherever a right check character proves one.
func (s *Subject) creditCode() string {
	for _, id := range s.Identifiers {
		// ETSI EN 319 412-1, 5.1.4: three letters of kind, two of country, a hyphen, the number.
		_, number, found := strings.Cut(id.Value, "-")
		if id.Source == "organizationIdentifier" && found && plausible(number) {
			return number
		}
		if id.Source == "1.2.156.10260.4.1.4" && plausible(id.Value) {
			return id.Value
		}
	}
	var texts []string
	for _, id := range s.Identifiers {
		texts = append(texts, id.Value)
	}
	// Some CAs put the number into the unit or into the name, as 041@0…@name@n.
	for _, text := range append(texts, s.Unit, s.CommonName, s.Organization) {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !strings.ContainsRune(creditAlphabet, r) }) {
			if code := codeIn(word); code != "" {
				return code
			}
		}
	}
	return ""
}

func plausible(code string) bool {
	return len(code) == 18 && strings.Trim(code, creditAlphabet) == ""
}

// codeIn takes a code that has at most one digit before it, as in "041@091440101…".
func codeIn(word string) string {
	if len(word) == 19 && word[0] >= '0' && word[0] <= '9' {
		word = word[1:]
	}
	if ValidCreditCode(word) {
		return word
	}
	return ""
}

// text reads the first string in an extension's value; a value that is no ASN.1 is taken as the text itself.
func text(value []byte) string {
	for depth := 0; depth < 6; depth++ {
		var raw asn1.RawValue
		if _, err := asn1.Unmarshal(value, &raw); err != nil {
			break
		}
		if raw.IsCompound || raw.Class == asn1.ClassUniversal && raw.Tag == asn1.TagOctetString && nested(raw.Bytes) {
			value = raw.Bytes
			continue
		}
		if raw.Class == asn1.ClassUniversal && raw.Tag == asn1.TagBMPString {
			var s string
			if _, err := asn1.Unmarshal(value, &s); err == nil {
				return s
			}
		}
		return string(raw.Bytes)
	}
	return string(value)
}

func nested(inner []byte) bool {
	var raw asn1.RawValue
	rest, err := asn1.Unmarshal(inner, &raw)
	return err == nil && len(rest) == 0
}

// clean makes outside text fit to be shown in one line.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "�")
	}
	var b strings.Builder
	runes := 0
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if runes++; runes > maxText {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
