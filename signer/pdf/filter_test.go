package pdf

import (
	"bytes"
	"compress/lzw"
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

// lzwEarly encodes with early change, which compress/lzw does not know.
func lzwEarly(data []byte) []byte {
	var out []byte
	acc, n, width := 0, 0, 9
	put := func(code int) {
		acc, n = acc<<width|code, n+width
		for ; n >= 8; n -= 8 {
			out = append(out, byte(acc>>(n-8)))
			acc &= 1<<(n-8) - 1
		}
	}
	table, prefix := map[string]int{}, ""
	code := func(s string) int {
		if len(s) == 1 {
			return int(s[0])
		}
		return table[s]
	}
	put(lzwClear)
	for _, c := range data {
		s := prefix + string([]byte{c})
		if _, ok := table[s]; ok || len(s) == 1 {
			prefix = s
			continue
		}
		put(code(prefix))
		table[s] = lzwEnd + 1 + len(table)
		prefix = string([]byte{c})
		if next := lzwEnd + 1 + len(table); next+1 > 1<<width && width < 12 {
			width++
		} else if next >= lzwMax-1 {
			put(lzwClear)
			table, width = map[string]int{}, 9
		}
	}
	if prefix != "" {
		put(code(prefix))
	}
	put(lzwEnd)
	width = 8
	put(0)
	return out
}

func TestLZW(t *testing.T) {
	// The example of ISO 32000-2, 7.4.4.2.
	wantDecoded(t, Dict{"Filter": Name("LZWDecode")}, []byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01},
		[]byte{45, 45, 45, 45, 45, 65, 45, 45, 45, 66})
	for _, n := range []int{0, 1, 300, 5000, 100_000} {
		want := mixed(n)
		wantDecoded(t, Dict{"Filter": Name("LZWDecode")}, lzwEarly(want), want)
		var late bytes.Buffer
		w := lzw.NewWriter(&late, lzw.MSB, 8)
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		wantDecoded(t, Dict{"Filter": Name("LZWDecode"), "DecodeParms": Dict{"EarlyChange": Integer(0)}}, late.Bytes(), want)
	}
	_, err := decodeAs(t, Dict{"Filter": Name("LZWDecode")}, []byte{0xff, 0xff}, Limits{})
	wantError(t, "code out of table", err, ErrDamaged)
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

func TestPNGPredictors(t *testing.T) {
	const row, rows, bpp = 9, 6, 3
	want := mixed(row * rows)
	var filtered []byte
	for r := range rows {
		kind := byte(r % 5)
		filtered = append(filtered, kind)
		for i := range row {
			var left, up, upLeft byte
			if i >= bpp {
				left = want[r*row+i-bpp]
			}
			if r > 0 {
				up = want[(r-1)*row+i]
			}
			if r > 0 && i >= bpp {
				upLeft = want[(r-1)*row+i-bpp]
			}
			guess := [...]byte{0, left, up, byte((int(left) + int(up)) / 2), paeth(left, up, upLeft)}[kind]
			filtered = append(filtered, want[r*row+i]-guess)
		}
	}
	s := deflated(Dict{"DecodeParms": Array{Dict{"Predictor": Integer(15), "Colors": Integer(3), "Columns": Integer(3)}}}, filtered)
	wantDecoded(t, s.Dict, s.Raw, want)
	for key, bad := range map[Name]Object{"Columns": Integer(0), "Colors": Integer(1 << 40), "BitsPerComponent": Integer(3), "Predictor": Integer(7)} {
		d := with(s.Dict, Dict{"DecodeParms": with(Dict{"Predictor": Integer(12)}, Dict{key: bad})})
		_, err := decodeAs(t, d, s.Raw, Limits{})
		wantError(t, string(key), err, ErrDamaged)
	}
	huge := with(s.Dict, Dict{"DecodeParms": Dict{"Predictor": Integer(12), "Columns": Integer(1 << 24), "Colors": Integer(256), "BitsPerComponent": Integer(16)}})
	if _, err := decodeAs(t, huge, s.Raw, Limits{}); err != nil {
		t.Errorf("row longer than the data: %v", err)
	}
}

func TestTIFFPredictor(t *testing.T) {
	for _, c := range []struct {
		bits, colors, columns int
		in, want              string
	}{
		{8, 1, 4, "01010101" + "05ff0000", "01020304" + "05040404"},
		{8, 2, 2, "0102 0304", "01020406"},
		{16, 1, 2, "00ff0001", "00ff0100"},
		{4, 1, 4, "1111", "1234"},
		{1, 1, 8, "ff", "aa"},
		{2, 1, 4, "55", "6c"},
	} {
		in, err := hex.DecodeString(strings.ReplaceAll(c.in, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(c.want)
		if err != nil {
			t.Fatal(err)
		}
		s := deflated(Dict{"DecodeParms": Dict{
			"Predictor": Integer(2), "BitsPerComponent": Integer(c.bits), "Colors": Integer(c.colors), "Columns": Integer(c.columns),
		}}, in)
		wantDecoded(t, s.Dict, s.Raw, want)
	}
}
