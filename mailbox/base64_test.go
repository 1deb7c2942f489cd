package mailbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBase64IsLenient(t *testing.T) {
	tests := map[string]struct {
		text, want string
		repaired   bool
	}{
		"proper":                     {"aGVsbG8h\r\n", "hello!", false},
		"proper with padding":        {"aGVsbG8=\r\n", "hello", false},
		"proper with two":            {"aGVsbA==", "hell", false},
		"any white space":            {" aGV\tsb\nG8h ", "hello!", false},
		"empty":                      {"", "", false},
		"junk between":               {"aGVs!*bG8h", "hello!", true},
		"missing padding":            {"aGVsbG8", "hello", true},
		"half the padding":           {"aGVsbA=", "hell", true},
		"a footer":                   {"aGVsbG8=\r\n-- \r\nscanned by somebody", "hello", true},
		"padding at the wrong place": {"aGVsb=", "hel", true},
		"only padding":               {"====", "", true},
		"third padding":              {"aGVsbA===", "hell", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, repaired := decodeBase64([]byte(test.text))
			if string(got) != test.want || repaired != test.repaired {
				t.Errorf("got %q, repaired %v; want %q, %v", got, repaired, test.want, test.repaired)
			}
		})
	}
}

func TestQuotedIsLenient(t *testing.T) {
	tests := map[string]struct {
		text, want string
		repaired   bool
	}{
		"proper":                  {"=E5=90=88 b=3Dc", "合 b=c", false},
		"lower case":              {"=e5=90=88", "合", false},
		"soft break":              {"a=\r\nb=\nc", "abc", false},
		"soft break with space":   {"a= \t\r\nb", "ab", false},
		"space before line end":   {"a \t\r\nb", "a\r\nb", false},
		"space before soft break": {"a =\r\nb", "a b", false},
		"no escape":               {"a=ZZ b=", "a=ZZ b", true},
		"raw 8 bit":               {"\xe5\x90\x88", "合", false},
		"lone CR":                 {"a\rb", "a\rb", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			decoder := newQuotedReader(strings.NewReader(test.text))
			got, err := io.ReadAll(decoder)
			if err != nil || string(got) != test.want || decoder.Repaired() != test.repaired {
				t.Errorf("got %q, repaired %v, error %v; want %q, %v", got, decoder.Repaired(), err, test.want, test.repaired)
			}
		})
	}
}

func TestParseMarksRepaired(t *testing.T) {
	pdf := fakePDF(11, 3001)
	good := attach("Content-Type: application/pdf", "X: y", pdf)
	tests := map[string]struct {
		part string
		want bool
	}{
		"good":             {good, false},
		"footer":           {good + "-- \r\nscanned\r\n", true},
		"no padding":       {strings.ReplaceAll(good, "=\r\n", "\r\n"), true},
		"unknown encoding": {"Content-Transfer-Encoding: x-other\r\n\r\n" + string(pdf), true},
		"quoted-printable": {"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n" + quoted(t, pdf), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, multipartOf(plainHead, test.part))
			wantPDFs(t, message, pdf)
			if message.PDFs[0].Repaired != test.want {
				t.Errorf("repaired %v, want %v", message.PDFs[0].Repaired, test.want)
			}
		})
	}
}

func quoted(t *testing.T, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	w.Binary = true
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func FuzzBase64(f *testing.F) {
	f.Add([]byte("aGVsbG8="), []byte("hello"))
	f.Add([]byte("aGVs*bG8\r\n=\r\nfooter"), []byte{0, 1, 2})
	f.Add([]byte("===="), []byte{})
	f.Fuzz(func(t *testing.T, text, data []byte) {
		whole, _ := decodeBase64(text)
		slow := newBase64Reader(iotest.OneByteReader(bytes.NewReader(text)))
		if got, err := io.ReadAll(iotest.OneByteReader(slow)); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("reading in small pieces gives %q, error %v; want %q", got, err, whole)
		}
		proper := wrap(data)
		if got, repaired := decodeBase64([]byte(proper)); repaired || !bytes.Equal(got, data) {
			t.Errorf("proper text became %q, repaired %v", got, repaired)
		}
		if want, err := base64.StdEncoding.Strict().DecodeString(string(text)); err == nil && !bytes.Equal(whole, want) {
			t.Errorf("got %q, the standard library %q", whole, want)
		}
		quick := newQuotedReader(bytes.NewReader(text))
		if _, err := io.ReadAll(quick); err != nil {
			t.Error(err)
		}
	})
}
