package font

import (
	"encoding/binary"
	"slices"
)

// ratio scales coordinates from one number of units per em to another.
type ratio struct{ to, from int }

// of rounds half away from zero, the same for both sides of an outline.
func (r ratio) of(v int) int {
	if r.to == r.from {
		return v
	}
	half := r.from / 2
	if v < 0 {
		half = -half
	}
	return max(-32768, min(32767, (v*r.to+half)/r.from))
}

// box scales the bounding box of a glyph header in place.
func (r ratio) box(header []byte) []byte {
	for at := 2; at < 10; at += 2 {
		binary.BigEndian.PutUint16(header[at:], uint16(r.of(s16(header, at))))
	}
	return header
}

// Flags of a point (OpenType 1.9, "glyf").
const (
	onCurve = 0x01
	xShort  = 0x02
	yShort  = 0x04
	repeats = 0x08
	xSame   = 0x10 // With xShort: positive.
	ySame   = 0x20 // With yShort: positive.
	overlap = 0x40
)

// simplePoints reads the points of a simple glyph: a flag and two coordinates of each.
func simplePoints(outline []byte) (flags []byte, xs, ys []int, err error) {
	contours := u16(outline, 0)
	ends := 10 + 2*contours
	if contours == 0 || ends+2 > len(outline) {
		return nil, nil, nil, malformed("a glyph is cut off")
	}
	flags, rest, ok := pointFlags(outline[ends+2:], u16(outline, ends), u16(outline, ends-2)+1)
	if ok {
		xs, rest, ok = coordinates(rest, flags, xShort, xSame)
	}
	if ok {
		ys, _, ok = coordinates(rest, flags, yShort, ySame)
	}
	if !ok {
		return nil, nil, nil, malformed("a glyph is cut off")
	}
	return flags, xs, ys, nil
}

// scaleSimple rewrites a simple glyph under another number of units per em, without its instructions: those of two
// fonts cannot share one font program.
func scaleSimple(outline []byte, by ratio) ([]byte, error) {
	flags, xs, ys, err := simplePoints(outline)
	if err != nil {
		return nil, err
	}
	ends := 10 + 2*u16(outline, 0)
	out := by.box(slices.Clone(outline[:ends]))
	out = binary.BigEndian.AppendUint16(out, 0) // No instructions.
	return appendPoints(out, flags, by.deltas(xs), by.deltas(ys)), nil
}

// pointFlags skips the instructions and unfolds the flags.
func pointFlags(data []byte, instructions, points int) (flags, rest []byte, ok bool) {
	if instructions > len(data) {
		return nil, nil, false
	}
	data = data[instructions:]
	for len(flags) < points {
		if len(data) == 0 {
			return nil, nil, false
		}
		flag, times := data[0], 1
		data = data[1:]
		if flag&repeats != 0 {
			if len(data) == 0 {
				return nil, nil, false
			}
			times, data = times+int(data[0]), data[1:]
		}
		for range times {
			flags = append(flags, flag)
		}
	}
	return flags[:points], data, len(flags) == points
}

// coordinates reads one axis as absolute positions.
func coordinates(data, flags []byte, short, same byte) (positions []int, rest []byte, ok bool) {
	at := 0
	for _, flag := range flags {
		switch {
		case flag&short != 0:
			if len(data) < 1 {
				return nil, nil, false
			}
			step := int(data[0])
			if flag&same == 0 {
				step = -step
			}
			at, data = at+step, data[1:]
		case flag&same == 0:
			if len(data) < 2 {
				return nil, nil, false
			}
			at, data = at+s16(data, 0), data[2:]
		}
		positions = append(positions, at)
	}
	return positions, data, true
}

// deltas scales positions, not steps, so that rounding does not add up.
func (r ratio) deltas(positions []int) []int {
	last := 0
	for i, position := range positions {
		scaled := r.of(position)
		positions[i], last = scaled-last, scaled
	}
	return positions
}

// appendPoints writes coordinates of two octets throughout, or none where a step is zero.
func appendPoints(out, flags []byte, dx, dy []int) []byte {
	var xs, ys []byte
	for i, flag := range flags {
		flag &= onCurve | overlap
		if dx[i] == 0 {
			flag |= xSame
		} else {
			xs = binary.BigEndian.AppendUint16(xs, uint16(dx[i]))
		}
		if dy[i] == 0 {
			flag |= ySame
		} else {
			ys = binary.BigEndian.AppendUint16(ys, uint16(dy[i]))
		}
		out = append(out, flag)
	}
	return append(append(out, xs...), ys...)
}
