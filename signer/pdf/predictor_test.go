package pdf

import (
	"encoding/hex"
	"runtime"
	"strings"
	"testing"
)

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
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decodeAs(t, huge, s.Raw, Limits{}); err != nil {
		t.Errorf("row longer than the data: %v", err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 {
		t.Errorf("row longer than the data: %d bytes were allocated", used)
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
