package cms

import (
	"errors"
	"fmt"
)

const (
	maxSize     = 16 << 20 // Octets of one structure; revocation lists inside an attribute take megabytes at most.
	maxDepth    = 32       // Nesting; honest structures stay under 20.
	maxElements = 1 << 18  // Headers read in all, over every pass: bounds the rescanning of nested indefinite lengths.
)

// Universal tags (X.690, 8.1.2).
const (
	tagBitString   = 3
	tagOctetString = 4
	tagOID         = 6
	tagSequence    = 16
	tagSet         = 17
)

const (
	classUniversal = 0
	classContext   = 2
)

// element is one BER value. Its body leaves out the header and any end-of-contents octets.
type element struct {
	class       byte
	constructed bool
	number      uint32
	raw, body   []byte
	depth       int
}

func (e element) is(class byte, number uint32) bool { return e.class == class && e.number == number }

func (e element) isSequence() bool { return e.is(classUniversal, tagSequence) && e.constructed }

func (e element) isSet() bool { return e.is(classUniversal, tagSet) && e.constructed }

func (e element) isContext(number uint32) bool { return e.is(classContext, number) && e.constructed }

// scanner counts what one Parse has read, so that the whole of it stays bounded.
type scanner struct{ left int }

func newScanner() *scanner { return &scanner{left: maxElements} }

// next reads the element at the start of data and returns what follows it.
func (s *scanner) next(data []byte, depth int) (element, []byte, error) {
	if s.left--; s.left < 0 {
		return element{}, nil, fmt.Errorf("more than %d elements", maxElements)
	}
	if depth > maxDepth {
		return element{}, nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	e := element{depth: depth}
	header, err := e.readTag(data)
	if err != nil {
		return element{}, nil, err
	}
	length, size, err := readLength(data[header:])
	if err != nil {
		return element{}, nil, err
	}
	header += size
	if length >= 0 {
		if length > len(data)-header {
			return element{}, nil, errors.New("length beyond the end of its surroundings")
		}
		e.raw, e.body = data[:header+length], data[header:header+length]
		return e, data[header+length:], nil
	}
	if !e.constructed {
		return element{}, nil, errors.New("indefinite length of a primitive element")
	}
	inner, err := s.untilEnd(data[header:], depth)
	if err != nil {
		return element{}, nil, err
	}
	end := header + inner
	e.raw, e.body = data[:end+2], data[header:end]
	return e, data[end+2:], nil
}

// untilEnd returns the offset of the end-of-contents octets (X.690, 8.1.5) that close an indefinite length.
func (s *scanner) untilEnd(data []byte, depth int) (int, error) {
	rest := data
	for {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			return len(data) - len(rest), nil
		}
		var err error
		if _, rest, err = s.next(rest, depth+1); err != nil {
			return 0, err
		}
	}
}

// readTag reads the identifier octets and returns how many they are.
func (e *element) readTag(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, errors.New("ends where an element is due")
	}
	e.class, e.constructed, e.number = data[0]>>6, data[0]&0x20 != 0, uint32(data[0]&0x1f)
	if e.number != 0x1f {
		if e.class == classUniversal && e.number == 0 {
			return 0, errors.New("end-of-contents octets where an element is due")
		}
		return 1, nil
	}
	e.number = 0
	for i := 1; i < len(data) && i <= 4; i++ {
		e.number = e.number<<7 | uint32(data[i]&0x7f)
		if data[i]&0x80 == 0 {
			return i + 1, nil
		}
	}
	return 0, errors.New("tag number too large")
}

// readLength reads the length octets and returns the length, -1 for indefinite, and how many octets they are.
func readLength(data []byte) (length, size int, err error) {
	if len(data) == 0 {
		return 0, 0, errors.New("ends where a length is due")
	}
	first := data[0]
	switch {
	case first < 0x80:
		return int(first), 1, nil
	case first == 0x80:
		return -1, 1, nil
	}
	// BER allows leading zeros in the long form, so eight octets are read and the value is bounded.
	n := int(first & 0x7f)
	if n > 8 || len(data) < 1+n {
		return 0, 0, errors.New("length of too many octets")
	}
	for _, b := range data[1 : 1+n] {
		if length = length<<8 | int(b); length > maxSize {
			return 0, 0, fmt.Errorf("longer than %d octets", maxSize)
		}
	}
	return length, 1 + n, nil
}

// children reads all elements inside a constructed element.
func (s *scanner) children(e element) ([]element, error) {
	if !e.constructed {
		return nil, errors.New("primitive where a constructed element is due")
	}
	var all []element
	for rest := e.body; len(rest) > 0; {
		var child element
		var err error
		if child, rest, err = s.next(rest, e.depth+1); err != nil {
			return nil, err
		}
		all = append(all, child)
	}
	return all, nil
}

// octets returns the value of an OCTET STRING, joining the segments of a constructed one (X.690, 8.7.3).
func (s *scanner) octets(e element) ([]byte, error) {
	if !e.constructed {
		return e.body, nil
	}
	segments, err := s.children(e)
	if err != nil {
		return nil, err
	}
	joined := []byte{}
	for _, segment := range segments {
		if !segment.is(classUniversal, tagOctetString) {
			return nil, errors.New("a segment of an OCTET STRING is something else")
		}
		part, err := s.octets(segment)
		if err != nil {
			return nil, err
		}
		joined = append(joined, part...)
	}
	return joined, nil
}
