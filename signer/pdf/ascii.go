package pdf

// decodeHex undoes ASCIIHexDecode. ISO 32000-2, 7.4.2.
func decodeHex(data []byte) ([]byte, error) {
	var out []byte
	half := -1
	for _, c := range data {
		if c == '>' {
			break
		}
		if isWhite(c) {
			continue
		}
		v := hexValue(int(c))
		if v < 0 {
			return nil, damaged("%q in hexadecimal data", c)
		}
		if half < 0 {
			half = v
			continue
		}
		out = append(out, byte(half<<4|v))
		half = -1
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	return out, nil
}

// decode85 undoes ASCII85Decode. ISO 32000-2, 7.4.3.
func decode85(data []byte, max int64) ([]byte, error) {
	var out []byte
	var group [5]byte
	n := 0
	for _, c := range data {
		switch {
		case int64(len(out)) > max:
			return out, nil
		case isWhite(c):
			continue
		case c == '~':
			return last85(out, group, n)
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
			continue
		case c < '!' || c > 'u':
			return nil, damaged("%q in base-85 data", c)
		}
		group[n] = c - '!'
		if n++; n < 5 {
			continue
		}
		v, err := value85(group)
		if err != nil {
			return nil, err
		}
		out = append(out, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
		n = 0
	}
	return last85(out, group, n)
}

// last85 decodes the last group of n characters, which stand for n-1 bytes.
func last85(out []byte, group [5]byte, n int) ([]byte, error) {
	if n == 0 {
		return out, nil
	}
	if n == 1 {
		return nil, damaged("base-85 data ends in a single character")
	}
	for i := n; i < 5; i++ {
		group[i] = 84
	}
	v, err := value85(group)
	if err != nil {
		return nil, err
	}
	b := []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}
	return append(out, b[:n-1]...), nil
}

func value85(group [5]byte) (uint32, error) {
	var v uint64
	for _, c := range group {
		v = v*85 + uint64(c)
	}
	if v > 1<<32-1 {
		return 0, damaged("base-85 group is out of range")
	}
	return uint32(v), nil
}

// decodeRunLength undoes RunLengthDecode up to just over max bytes. ISO 32000-2,
// 7.4.5.
func decodeRunLength(data []byte, max int64) ([]byte, error) {
	var out []byte
	for len(data) > 0 && data[0] != 128 && int64(len(out)) <= max {
		n := int(data[0])
		data = data[1:]
		if n < 128 {
			if len(data) < n+1 {
				return nil, damaged("run of %d bytes is cut short", n+1)
			}
			out = append(out, data[:n+1]...)
			data = data[n+1:]
			continue
		}
		if len(data) == 0 {
			return nil, damaged("repeated byte is missing")
		}
		for range 257 - n {
			out = append(out, data[0])
		}
		data = data[1:]
	}
	return out, nil
}
