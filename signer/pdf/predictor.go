package pdf

// parameters reads a /DecodeParms dictionary.
type parameters struct {
	dict    Dict
	resolve resolver
}

func (p parameters) integer(key Name, def, min, max int) (int, error) {
	o, err := p.resolve(p.dict[key])
	if err != nil {
		return 0, err
	}
	if o == nil {
		return def, nil
	}
	n, ok := o.(Integer)
	if !ok || n < Integer(min) || n > Integer(max) {
		return 0, damaged("/%s of the filter is out of range", string(key))
	}
	return int(n), nil
}

// shape is the layout of predicted data. ISO 32000-2, 7.4.4.3, Table 8.
type shape struct{ colors, bits, columns int }

func (s shape) pixelBytes() int { return max(1, s.colors*s.bits/8) }
func (s shape) rowBytes() int   { return (s.colors*s.bits*s.columns + 7) / 8 }

// unpredict undoes the predictor, in place.
func (p parameters) unpredict(data []byte) ([]byte, error) {
	predictor, err := p.integer("Predictor", 1, 1, 15)
	if err != nil || predictor == 1 {
		return data, err
	}
	var s shape
	if s.colors, err = p.integer("Colors", 1, 1, 256); err != nil {
		return nil, err
	}
	if s.bits, err = p.integer("BitsPerComponent", 8, 1, 16); err != nil {
		return nil, err
	}
	if s.columns, err = p.integer("Columns", 1, 1, 1<<24); err != nil {
		return nil, err
	}
	switch {
	case s.bits&(s.bits-1) != 0:
		return nil, damaged("/BitsPerComponent is %d", s.bits)
	case predictor == 2:
		return unpredictTIFF(data, s), nil
	case predictor >= 10:
		return unpredictPNG(data, s)
	}
	return nil, damaged("/Predictor is %d", predictor)
}

// unpredictPNG undoes the filters of PNG, of which each row names its own.
func unpredictPNG(data []byte, s shape) ([]byte, error) {
	row, bpp := min(s.rowBytes(), len(data)), s.pixelBytes()
	out := data[:0]
	above := make([]byte, row)
	for len(data) > 1 {
		kind := data[0]
		cur := data[1:min(len(data), 1+row)]
		if err := unfilterPNG(kind, cur, above, bpp); err != nil {
			return nil, err
		}
		data = data[1+len(cur):]
		out = append(out, cur...) // moves down by the bytes that named filters
		above = out[len(out)-len(cur):]
	}
	return out, nil
}

// unfilterPNG undoes one row. PNG (ISO/IEC 15948), 9.2.
func unfilterPNG(kind byte, cur, above []byte, bpp int) error {
	if kind > 4 {
		return damaged("PNG predictor %d", kind)
	}
	for i := range cur {
		var left, upLeft byte
		up := above[i]
		if i >= bpp {
			left, upLeft = cur[i-bpp], above[i-bpp]
		}
		switch kind {
		case 1:
			cur[i] += left
		case 2:
			cur[i] += up
		case 3:
			cur[i] += byte((int(left) + int(up)) / 2)
		case 4:
			cur[i] += paeth(left, up, upLeft)
		}
	}
	return nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := distance(p, a), distance(p, b), distance(p, c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func distance(p int, v byte) int {
	if p < int(v) {
		return int(v) - p
	}
	return p - int(v)
}

// unpredictTIFF adds to each component the one to its left. TIFF 6.0, section 14.
func unpredictTIFF(data []byte, s shape) []byte {
	row := s.rowBytes()
	for start := 0; start < len(data); start += row {
		line := data[start:min(len(data), start+row)]
		switch s.bits {
		case 8:
			for i := s.colors; i < len(line); i++ {
				line[i] += line[i-s.colors]
			}
		case 16:
			for i := 2 * s.colors; i+1 < len(line); i += 2 {
				j := i - 2*s.colors
				v := int(line[i])<<8 + int(line[i+1]) + int(line[j])<<8 + int(line[j+1])
				line[i], line[i+1] = byte(v>>8), byte(v)
			}
		default:
			addBits(line, s)
		}
	}
	return data
}

// addBits is unpredictTIFF for components of less than a byte.
func addBits(line []byte, s shape) {
	left := make([]byte, s.colors)
	mask := byte(1<<s.bits - 1)
	for n := 0; n < min(s.columns*s.colors, len(line)*8/s.bits); n++ {
		shift := 8 - s.bits - n*s.bits%8
		at := n * s.bits / 8
		c := n % s.colors
		left[c] = (left[c] + line[at]>>shift) & mask
		line[at] = line[at]&^(mask<<shift) | left[c]<<shift
	}
}
