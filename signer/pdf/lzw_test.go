package pdf

import (
	"bytes"
	"compress/lzw"
	"testing"
)

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
