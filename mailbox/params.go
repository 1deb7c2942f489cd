package mailbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mediaType is a parsed Content-Type or Content-Disposition.
type mediaType struct {
	value  string // Lower case, such as "application/pdf".
	params map[string]string
}

// parseMedia reads a value with parameters leniently: the standard library gives up on raw 8-bit text, loses
// names in GBK (RFC 2231), and refuses unquoted spaces. Parameters are decoded to UTF-8.
func parseMedia(text string) mediaType {
	value, rest, _ := strings.Cut(text, ";")
	media := mediaType{strings.ToLower(strings.TrimSpace(value)), map[string]string{}}
	var pieces []piece
	for count := 0; rest != "" && count < 100; count++ {
		var name, content string
		name, content, rest = nextParameter(rest)
		if name == "" {
			continue
		}
		if p, extended := splitName(name, content); extended {
			pieces = append(pieces, p)
		} else if _, twice := media.params[name]; !twice {
			media.params[name] = decodeWords(content)
		}
	}
	joinPieces(pieces, media.params)
	return media
}

// nextParameter cuts "name=value;" off.
func nextParameter(text string) (name, value, rest string) {
	at := strings.IndexAny(text, "=;")
	if at < 0 || text[at] == ';' {
		return "", "", text[cmp.Or(at+1, len(text)):]
	}
	name = strings.ToLower(strings.Trim(text[:at], " \t\r\n"))
	text = strings.TrimLeft(text[at+1:], " \t\r\n")
	if strings.HasPrefix(text, `"`) {
		value, rest = quotedString(text[1:])
		_, rest, _ = strings.Cut(rest, ";")
		return name, value, rest
	}
	value, rest, _ = strings.Cut(text, ";")
	return name, strings.TrimSpace(value), rest
}

// quotedString reads up to the closing quotation mark. A backslash that is the second byte of a GBK character,
// or that separates the folders of a Windows path, is no escape.
func quotedString(text string) (value, rest string) {
	wide := !utf8.ValidString(text)
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:]
		case wide && c >= 0x81 && i+1 < len(text):
			out.WriteString(text[i : i+2])
			i++
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), ""
}

// piece is one section of an RFC 2231 parameter.
type piece struct {
	name    string
	order   int
	encoded bool
	text    string
}

// splitName recognises "name*", "name*0" and "name*0*" (RFC 2231, 3 and 4).
func splitName(name, text string) (piece, bool) {
	base, section, extended := strings.Cut(name, "*")
	if !extended || base == "" {
		return piece{}, false
	}
	number, encoded := strings.CutSuffix(section, "*")
	if section == "" {
		return piece{base, 0, true, text}, true
	}
	order, err := strconv.Atoi(number)
	if err != nil || order < 0 {
		return piece{}, false
	}
	return piece{base, order, encoded, text}, true
}

// joinPieces puts sections together as bytes, and only then converts them; they outrank the plain parameter.
func joinPieces(pieces []piece, params map[string]string) {
	slices.SortStableFunc(pieces, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.order, b.order))
	})
	for len(pieces) > 0 {
		name, charset := pieces[0].name, ""
		var raw []byte
		for first := true; len(pieces) > 0 && pieces[0].name == name; first = false {
			text := pieces[0].text
			if first && pieces[0].encoded {
				charset, text = cutCharset(text)
			}
			if pieces[0].encoded {
				raw = append(raw, unescape(text)...)
			} else {
				raw = append(raw, text...)
			}
			pieces = pieces[1:]
		}
		params[name] = decodeWords(toUTF8(raw, charset))
	}
}

// cutCharset separates charset'language'text.
func cutCharset(text string) (charset, rest string) {
	parts := strings.SplitN(text, "'", 3)
	if len(parts) < 3 {
		return "", text
	}
	return parts[0], parts[2]
}

// unescape decodes %XX; a percent sign that begins nothing stands for itself.
func unescape(text string) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, low := unhex(text[i+1]), unhex(text[i+2])
			if high < 16 && low < 16 {
				out = append(out, high<<4|low)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}
