package pdf

import "bytes"

// Equal compares two objects by value. Spans, hexadecimal or literal notation,
// and null against absent dictionary values make no difference; an integer
// equals a real of the same value; references are compared as references.
// Streams are equal if their dictionaries apart from /Length and their encoded
// bytes are. A stream whose bytes cannot be read equals nothing.
func Equal(a, b Object) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case Integer, Real:
		return equalNumbers(a, b)
	case String:
		b, ok := b.(String)
		return ok && bytes.Equal(a.Value, b.Value)
	case Array:
		b, ok := b.(Array)
		return ok && equalArrays(a, b)
	case Dict:
		b, ok := b.(Dict)
		return ok && equalDicts(a, b, "")
	case *Stream:
		b, ok := b.(*Stream)
		return ok && equalStreams(a, b)
	case Bool, Name, Ref, Reserved, ByteRangeSlot:
		return a == b
	}
	return false
}

func equalNumbers(a, b Object) bool {
	if x, ok := a.(Integer); ok {
		if y, ok := b.(Integer); ok {
			return x == y
		}
	}
	x, _ := Number(a)
	y, ok := Number(b)
	return ok && x == y
}

func equalArrays(a, b Array) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalDicts(a, b Dict, except Name) bool {
	for k, v := range a {
		if k != except && !Equal(v, b[k]) {
			return false
		}
	}
	for k, v := range b {
		if k != except && v != nil && a[k] == nil {
			return false
		}
	}
	return true
}

func equalStreams(a, b *Stream) bool {
	if a == b {
		return true
	}
	if !equalDicts(a.Dict, b.Dict, "Length") {
		return false
	}
	if a.src != nil && a.src == b.src && a.Data == b.Data {
		return true
	}
	if a.encodedLength() != b.encodedLength() {
		return false
	}
	x, err := a.Encoded()
	if err != nil {
		return false
	}
	y, err := b.Encoded()
	return err == nil && bytes.Equal(x, y)
}

// Number returns the value of a direct Integer or Real.
func Number(o Object) (float64, bool) {
	switch o := o.(type) {
	case Integer:
		return float64(o), true
	case Real:
		return float64(o), true
	}
	return 0, false
}
