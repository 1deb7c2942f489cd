package bolt

import (
	"encoding/binary"
	"strings"
	"time"
)

// Keys of indexes are made of parts that sort as their values do. Texts end with a terminator that no
// text contains, so that the part "NJ-1" is no beginning of the part "NJ-10".

var escapeZero = strings.NewReplacer("\x00", "\x00\xff")

const textEnd = "\x00\x01"

// textKey is a text as a part of a key.
func textKey[T ~string](text T) []byte {
	return []byte(escapeZero.Replace(string(text)) + textEnd)
}

// beginningKey is what all texts with this beginning have in common.
func beginningKey(text string) []byte { return []byte(escapeZero.Replace(text)) }

// numberKey sorts like the number; negative numbers do not occur in keys.
func numberKey[T ~int | ~int64 | ~uint64](number T) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(number, 0)))
}

// timeKeySize is the length of a time as a part of a key.
const timeKeySize = 12

// timeKey sorts like the time, in seconds and nanoseconds since 1970; anything earlier counts as then.
func timeKey(t time.Time) []byte {
	if t.Unix() < 0 {
		t = time.Unix(0, 0)
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond()))
}

func joinKeys(parts ...[]byte) []byte {
	var key []byte
	for _, part := range parts {
		key = append(key, part...)
	}
	return key
}
