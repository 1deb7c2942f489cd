package pdf

import "fmt"

const maxFilters = 8

// Decode returns the stream's bytes with all its filters undone. It wraps
// ErrFilter for those that it leaves alone.
func (r *Revision) Decode(s *Stream) ([]byte, error) { return r.file.decode(s, r.Resolve) }

// Encoded returns the stream's bytes as they stand in the file.
func (s *Stream) Encoded() ([]byte, error) {
	if s.src == nil {
		return s.Raw, nil
	}
	return s.src.read(s.Data.Start, s.Data.Len())
}

func (s *Stream) encodedLength() int64 {
	if s.src == nil {
		return int64(len(s.Raw))
	}
	return s.Data.Len()
}

// step is one filter with its parameters.
type step struct {
	name  Name
	parms Dict
}

type resolver func(Object) (Object, error)

func (f *File) decode(s *Stream, resolve resolver) ([]byte, error) {
	steps, err := filterSteps(s.Dict, resolve)
	if err != nil {
		return nil, err
	}
	if s.encodedLength() > f.limits.Decoded {
		return nil, exceeded("stream of %d bytes", s.encodedLength())
	}
	data, err := s.Encoded()
	for _, st := range steps {
		if err != nil {
			break
		}
		if data, err = f.undo(st, data, resolve); err != nil {
			err = fmt.Errorf("undo /%.40s: %w", string(st.name), err)
		}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// undo runs one filter and counts what goes in and comes out, even if it fails:
// trying again must not be free.
func (f *File) undo(st step, data []byte, resolve resolver) ([]byte, error) {
	max := min(f.limits.Decoded, f.limits.DecodedTotal-f.decoded-int64(len(data)))
	if max < 0 {
		return nil, exceeded("more than %d bytes decoded in all", f.limits.DecodedTotal)
	}
	out, err := decodeFilter(st.name, data, st.parms, max, resolve)
	if err == nil && int64(len(out)) > max {
		err = exceeded("more than %d bytes decoded", max)
	}
	f.decoded += int64(len(data)) + min(int64(len(out)), max)
	return out, err
}

// decodeFilter stops soon after max bytes; who calls it checks.
func decodeFilter(name Name, data []byte, parms Dict, max int64, resolve resolver) ([]byte, error) {
	switch name {
	case "FlateDecode", "LZWDecode":
		get := parameters{parms, resolve}
		inflate := inflate
		if name == "LZWDecode" {
			inflate = get.unpackLZW
		}
		out, err := inflate(data, max)
		if err != nil || int64(len(out)) > max {
			return out, err
		}
		plain, err := get.unpredict(out)
		if err != nil {
			return out, err
		}
		return plain, nil
	case "ASCIIHexDecode":
		return decodeHex(data)
	case "ASCII85Decode":
		return decode85(data, max)
	case "RunLengthDecode":
		return decodeRunLength(data, max)
	case "Crypt": // ISO 32000-2, 7.4.10: /Identity is the default
		if n := parms.Name("Name"); n == "" || n == "Identity" {
			return data, nil
		}
	}
	return nil, fmt.Errorf("%w: /%.40s", ErrFilter, string(name))
}

// filterSteps reads /Filter and /DecodeParms. ISO 32000-2, 7.3.8.2.
func filterSteps(d Dict, resolve resolver) ([]step, error) {
	if d.Has("F") {
		return nil, fmt.Errorf("%w: the stream's data is in another file", ErrFilter)
	}
	names, err := list(d["Filter"], resolve)
	if err != nil {
		return nil, err
	}
	parms, err := list(d["DecodeParms"], resolve)
	if err != nil {
		return nil, err
	}
	if len(names) > maxFilters {
		return nil, exceeded("stream with %d filters", len(names))
	}
	steps := make([]step, len(names))
	for i := range names {
		var ok bool
		if steps[i].name, ok = names[i].(Name); !ok {
			return nil, damaged("/Filter is not a name")
		}
		if i >= len(parms) || parms[i] == nil {
			continue
		}
		if steps[i].parms, ok = parms[i].(Dict); !ok {
			return nil, damaged("/DecodeParms is not a dictionary")
		}
	}
	return steps, nil
}

// list resolves what may be an array or a single object.
func list(o Object, resolve resolver) (Array, error) {
	o, err := resolve(o)
	if err != nil || o == nil {
		return nil, err
	}
	a, ok := o.(Array)
	if !ok {
		return Array{o}, nil
	}
	out := make(Array, min(len(a), maxFilters+1))
	for i := range out {
		if out[i], err = resolve(a[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
