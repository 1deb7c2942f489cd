package mailbox

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length in bytes that a file name may have on every file system, with room for a number before it.
const maxName = 180

// fileName returns what the sender called a part, cleaned: never a path, no control characters, not hidden.
func fileName(disposition, contentType mediaType) string {
	for _, name := range []string{disposition.params["filename"], contentType.params["name"]} {
		if name = cleanName(name); name != "" {
			return name
		}
	}
	return ""
}

// cleanName makes a file name harmless. Characters that turn the direction of writing are removed, since they
// disguise a name's ending.
func cleanName(name string) string {
	name = strings.ReplaceAll(name, "\\", "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), isHidden(r), r == utf8.RuneError, r == 0x2028, r == 0x2029:
			return -1
		case strings.ContainsRune(`/:*?"<>|`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	name = strings.TrimRight(name, ". ")
	if len(name) <= maxName {
		return name
	}
	ending := path.Ext(name)
	if len(ending) > 16 {
		ending = ""
	}
	return cut(strings.TrimSuffix(name, ending), maxName-len(ending)) + ending
}

// isHidden reports whether a character shows nothing but changes how others show.
func isHidden(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x200b && r <= 0x200f || r == 0xfeff
}

// cut shortens text to at most limit bytes, at a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
