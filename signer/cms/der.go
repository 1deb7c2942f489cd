package cms

import (
	"bytes"
	"fmt"
	"slices"
)

// der encodes e again with definite, minimal lengths, joined strings and sorted sets (X.690, 10 and 11.6).
func (s *scanner) der(e element) ([]byte, error) { return s.definite(e, true) }

// definite is der, but leaves sets in the order received unless they are to be sorted.
func (s *scanner) definite(e element, sorted bool) ([]byte, error) {
	if !e.constructed {
		return encode(e, e.body), nil
	}
	if e.is(classUniversal, tagOctetString) {
		value, err := s.octets(e)
		e.constructed = false
		return encode(e, value), err
	}
	if e.class == classUniversal && e.number != tagSequence && e.number != tagSet {
		return nil, fmt.Errorf("constructed string of type %d", e.number)
	}
	children, err := s.children(e)
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, len(children))
	for i, child := range children {
		if parts[i], err = s.definite(child, sorted); err != nil {
			return nil, err
		}
	}
	if sorted && e.is(classUniversal, tagSet) {
		slices.SortFunc(parts, bytes.Compare)
	}
	return encode(e, bytes.Join(parts, nil)), nil
}

// encode writes the header of e with a minimal length before body.
func encode(e element, body []byte) []byte {
	var out []byte
	first := e.class << 6
	if e.constructed {
		first |= 0x20
	}
	if e.number < 0x1f {
		out = append(out, first|byte(e.number))
	} else {
		out = append(out, first|0x1f)
		for shift := 21; shift >= 0; shift -= 7 {
			if part := e.number >> shift; shift == 0 {
				out = append(out, byte(part&0x7f))
			} else if part > 0 {
				out = append(out, byte(part&0x7f)|0x80)
			}
		}
	}
	return append(appendLength(out, len(body)), body...)
}

func appendLength(out []byte, n int) []byte {
	if n < 0x80 {
		return append(out, byte(n))
	}
	var octets []byte
	for v := n; v > 0; v >>= 8 {
		octets = append([]byte{byte(v)}, octets...)
	}
	return append(append(out, 0x80|byte(len(octets))), octets...)
}
