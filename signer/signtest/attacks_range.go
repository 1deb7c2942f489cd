package signtest

import (
	"bytes"
	"fmt"
	"strings"

	"contractd/signer/pdf"
)

// edit applies a change of bytes to the returned file.
func edit(change func(out []byte) []byte) func(l *Lab, sent []byte) ([]byte, error) {
	return func(l *Lab, sent []byte) ([]byte, error) {
		out, err := l.countersign(sent, Ink{})
		if err != nil {
			return nil, err
		}
		changed := change(bytes.Clone(out))
		if bytes.Equal(changed, out) {
			return nil, fmt.Errorf("the attack changed nothing")
		}
		return changed, nil
	}
}

// lastRange returns the text of the last byte range, and where it stands.
func lastRange(out []byte) (at int, text string) {
	at = bytes.LastIndex(out, []byte("/ByteRange")) + len("/ByteRange")
	return at, string(out[at : at+bytes.IndexByte(out[at:], ']')+1])
}

// newRange writes other numbers into the last byte range; it keeps its place and length.
func newRange(change func(r [4]int64) string) func(l *Lab, sent []byte) ([]byte, error) {
	return edit(func(out []byte) []byte {
		at, text := lastRange(out)
		var r [4]int64
		if _, err := fmt.Sscanf(strings.Trim(text, " []"), "%d %d %d %d", &r[0], &r[1], &r[2], &r[3]); err != nil {
			return out
		}
		room := len(text) + bytes.IndexByte(out[at+len(text):], '/')
		changed := change(r)
		copy(out[at:at+room], changed+strings.Repeat(" ", max(0, room-len(changed))))
		return out
	})
}

// rangeAttacks are about verification.md, 1 and 3.
func rangeAttacks() []recipe {
	ints := func(r ...int64) string { return fmt.Sprint(r) }
	value := func(more pdf.Dict) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, Ink{Value: more}) }
	}
	return []recipe{
		{"gap-larger-than-the-value", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(r[0], r[1]-9, r[2], r[3]) })},
		{"begins-later", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(1, r[1]-1, r[2], r[3]) })},
		{"negative", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(0, r[1], r[2], -1) })},
		{"overflow", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(0, r[1], 9999999999, r[3]) })},
		{"overlap", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(0, r[2], r[1], r[3]) })},
		{"three-numbers", failed, "byte-range", "", false, newRange(func(r [4]int64) string { return ints(r[0], r[1], r[2]) })},
		{"null", failed, "byte-range", "", false, newRange(func([4]int64) string { return " null" })},
		{"empty", failed, "byte-range", "", false, newRange(func([4]int64) string { return "[]" })},
		{"ends-early", failed, "partial-coverage", "", false, newRange(func(r [4]int64) string { return ints(r[0], r[1], r[2], r[3]-9) })},
		{"uncovered-tail", failed, "trailing-data", "", false, edit(func(out []byte) []byte { return append(out, "% more\n"...) })},
		{"document-behind", failed, "trailing-data", "", false, edit(func(out []byte) []byte { return append(out, "1 0 obj\n<<>>\nendobj\n"...) })},
		{"padding", failed, "contents", "", false, edit(func(out []byte) []byte {
			end := bytes.LastIndex(out, []byte("00>"))
			copy(out[end:], "41")
			return out
		})},
		{"value-altered", failed, "malformed-signature", "", false, edit(func(out []byte) []byte {
			at := bytes.LastIndex(out, []byte("<30"))
			copy(out[at+1:], "31")
			return out
		})},
		{"signed-bytes-altered", failed, "altered", "", true, edit(func(out []byte) []byte { return bytes.Replace(out, []byte("100.00"), []byte("900.00"), 1) })},
		{"sha1-subfilter", failed, "weak-algorithm", "", false, value(pdf.Dict{"SubFilter": pdf.Name("adbe.pkcs7.sha1")})},
		{"cut-off", failed, "needs-repair", "", true, edit(func(out []byte) []byte { return out[:len(out)-200] })},
		{"startxref-elsewhere", failed, "needs-repair", "", true, edit(func(out []byte) []byte {
			at := bytes.LastIndex(out, []byte("startxref"))
			return append(out[:at:at], "startxref\n9\n%%EOF\n"...)
		})},
		{"password", failed, "encrypted", "", true, onSigned(Patch{Extra: "/Encrypt << /Filter /Standard >>", Objects: map[int]string{draftUnused: "(x)"}})},
		{"empty", failed, "not-a-pdf", "", true, edit(func([]byte) []byte { return nil })},
		{"text", failed, "not-a-pdf", "", true, edit(func([]byte) []byte { return []byte("Dear Sir, please find attached") })},
		{"unsigned", failed, "no-signature", "", true, edit(func([]byte) []byte { return Draft() })},
	}
}
