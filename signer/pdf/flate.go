package pdf

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
)

// inflate undoes FlateDecode up to just over max bytes. The checksum behind the
// data is not looked at: no viewer does, and honest writers leave it out.
func inflate(data []byte, max int64) ([]byte, error) {
	if len(data) < 2 || data[0]&0x0f != 8 || (int(data[0])<<8|int(data[1]))%31 != 0 || data[1]&0x20 != 0 {
		return nil, damaged("no zlib header")
	}
	r := flate.NewReader(bytes.NewReader(data[2:]))
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(r, max+1))
	if corrupt := flate.CorruptInputError(0); errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = damaged("compressed data is broken: %v", err)
	}
	return out.Bytes(), err
}

// compressFrom is the size from which compressing pays: setting up the encoder
// costs as much as an ECDSA signature.
const compressFrom = 1024

// FlateStream makes a stream of data, compressed unless it is short. The
// dictionary is copied.
func FlateStream(dict Dict, data []byte) *Stream {
	if len(data) < compressFrom {
		return &Stream{Dict: dict.Clone(), Raw: data}
	}
	return deflated(dict, data)
}

func deflated(dict Dict, data []byte) *Stream {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil { // a bytes.Buffer takes all; stay correct if not
		return &Stream{Dict: dict.Clone(), Raw: data}
	}
	d := dict.Clone()
	d["Filter"] = Name("FlateDecode")
	return &Stream{Dict: d, Raw: b.Bytes()}
}
