package pdf

import (
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// decodeAs decodes data as a stream with these dictionary entries.
func decodeAs(t testing.TB, d Dict, data []byte, limits Limits) ([]byte, error) {
	t.Helper()
	f, err := open(file(Table, document(1)), limits)
	if err != nil {
		t.Fatal(err)
	}
	return f.Last().Decode(&Stream{Dict: d, Raw: data})
}

func wantDecoded(t *testing.T, d Dict, data, want []byte) {
	t.Helper()
	got, err := decodeAs(t, d, data, Limits{})
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: got %d bytes %.40q, %v; want %d bytes %.40q", d, len(got), got, err, len(want), want)
	}
}

// mixed is data in which some things repeat.
func mixed(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, 0, n)
	for len(out) < n {
		if len(out) > 10 && r.IntN(3) > 0 {
			from := r.IntN(len(out) - 5)
			out = append(out, out[from:from+r.IntN(len(out)-from)]...)
		}
		out = append(out, byte(r.IntN(256)))
	}
	return out[:n]
}

func TestFlate(t *testing.T) {
	want := mixed(100_000)
	s := deflated(Dict{"X": Integer(1)}, want)
	wantDecoded(t, s.Dict, s.Raw, want)
	wantDecoded(t, s.Dict, s.Raw[:len(s.Raw)-4], want) // without its checksum
	for _, broken := range [][]byte{nil, s.Raw[:len(s.Raw)/2], append([]byte{0}, s.Raw...), []byte("x\x9cgarbage garbage")} {
		_, err := decodeAs(t, s.Dict, broken, Limits{})
		wantError(t, "broken data", err, ErrDamaged)
	}
}

func TestShortStreamsStayPlain(t *testing.T) {
	for _, n := range []int{0, compressFrom - 1, compressFrom} {
		s := FlateStream(Dict{"X": Integer(1)}, mixed(n))
		if compressed := s.Dict.Has("Filter"); compressed != (n >= compressFrom) {
			t.Errorf("%d bytes: compressed is %v", n, compressed)
		}
		wantDecoded(t, s.Dict, s.Raw, mixed(n))
	}
}

func TestBombsMeetLimits(t *testing.T) {
	flate := deflated(Dict{}, make([]byte, 5<<20))
	twice := deflated(Dict{}, flate.Raw)
	twice.Dict["Filter"] = Array{Name("FlateDecode"), Name("FlateDecode")}
	run := bytes.Repeat([]byte{129, 0}, 100_000)
	for name, c := range map[string]struct {
		dict   Dict
		raw    []byte
		limits Limits
	}{
		"flate":       {flate.Dict, flate.Raw, Limits{Decoded: 1 << 20}},
		"total":       {flate.Dict, flate.Raw, Limits{DecodedTotal: 1 << 20}},
		"twice":       {twice.Dict, twice.Raw, Limits{Decoded: 1 << 20}},
		"run length":  {Dict{"Filter": Name("RunLengthDecode")}, run, Limits{Decoded: 1 << 20}},
		"base 85":     {Dict{"Filter": Name("ASCII85Decode")}, bytes.Repeat([]byte("z"), 500_000), Limits{Decoded: 1 << 20}},
		"raw":         {Dict{}, make([]byte, 2<<20), Limits{Decoded: 1 << 20}},
		"lzw":         {Dict{"Filter": Name("LZWDecode")}, lzwEarly(make([]byte, 3<<20)), Limits{Decoded: 1 << 20}},
		"nine stages": {Dict{"Filter": slicesRepeat(Name("ASCIIHexDecode"), 9)}, nil, Limits{}},
	} {
		_, err := decodeAs(t, c.dict, c.raw, c.limits)
		wantError(t, name, err, ErrLimit)
	}
}

func slicesRepeat(o Object, n int) Array {
	a := make(Array, n)
	for i := range a {
		a[i] = o
	}
	return a
}

func TestASCIIFilters(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 5, 1000} {
		want := mixed(max(n, 20))[:n]
		wantDecoded(t, Dict{"Filter": Name("ASCIIHexDecode")}, []byte(hex.EncodeToString(want)+" >"), want)
		var b strings.Builder
		w := ascii85.NewEncoder(&b)
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		wantDecoded(t, Dict{"Filter": Name("ASCII85Decode")}, []byte(b.String()+"\n~>"), want)
	}
	wantDecoded(t, Dict{"Filter": Name("ASCII85Decode")}, []byte("z"), make([]byte, 4))
	wantDecoded(t, Dict{"Filter": Name("RunLengthDecode")}, []byte{2, 'a', 'b', 'c', 254, 'd', 128, 'x'}, []byte("abcddd"))
	for name, data := range map[Name]string{"ASCIIHexDecode": "4x", "ASCII85Decode": "uuuuu", "RunLengthDecode": "\x05ab"} {
		_, err := decodeAs(t, Dict{"Filter": name}, []byte(data), Limits{})
		wantError(t, string(name), err, ErrDamaged)
	}
}

func TestOtherFiltersAreNamed(t *testing.T) {
	for _, name := range []Name{"DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode", "Fl", "Unknown"} {
		_, err := decodeAs(t, Dict{"Filter": Array{Name("ASCIIHexDecode"), name}}, []byte("00>"), Limits{})
		wantError(t, string(name), err, ErrFilter)
		if !strings.Contains(fmt.Sprint(err), string(name)) {
			t.Errorf("%v does not name /%s", err, string(name))
		}
	}
	_, err := decodeAs(t, Dict{"F": TextString("other.bin")}, nil, Limits{})
	wantError(t, "external stream", err, ErrFilter)
	wantDecoded(t, Dict{"Filter": Name("Crypt")}, []byte("clear"), []byte("clear"))
}
