package pdf

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func parse(text string) (Object, error) {
	limits := Limits{}.withDefaults()
	f := &File{limits: limits}
	p := f.parserOf([]byte(text))
	o, err := p.object(0)
	if err == nil && p.skipSpace() >= 0 {
		err = errors.New("something follows")
	}
	return o, err
}

func TestParseObjects(t *testing.T) {
	str := func(s string) String { return String{Value: []byte(s)} }
	for text, want := range map[string]Object{
		"null": nil, "true": Bool(true), " false ": Bool(false),
		"0": Integer(0), "+17": Integer(17), "-98": Integer(-98), "9223372036854775807": Integer(math.MaxInt64),
		"34.5": Real(34.5), "-.002": Real(-.002), "4.": Real(4), "+123.6": Real(123.6),
		"/Name1": Name("Name1"), "/": Name(""), "/A#42": Name("AB"), "/A#4": Name("A#4"), "/#": Name("#"), "/\xe7\xab\xa0": Name("章"),
		"(a(b)c)": str("a(b)c"), `(a\(b\)\\)`: str(`a(b)\`), `(\n\r\t\b\f\x)`: str("\n\r\t\b\fx"),
		"(a\\\r\nb\\\nc)": str("abc"), "(a\r\nb\rc)": str("a\nb\nc"), `(\0053\53\5)`: str("\0053+\005"), `(\777)`: str("\xff"), "()": str(""),
		"<4e6F7>": str("Nop"), "< 4 e\n>": str("N"), "<>": str(""),
		"[1 2 R]": Array{Integer(1), nil}, "[]": Array{},
		"[12 0 R 5 6 7 0 R]":             Array{Ref{12, 0}, Integer(5), Integer(6), Ref{7, 0}},
		"[1 0 Rx]":                       nil,
		"12%c\n0%c\rR":                   Ref{12, 0},
		"1 65535 R":                      Ref{1, 65535},
		"<</A 1/B[/C(d)]/E<</F null>>>>": Dict{"A": Integer(1), "B": Array{Name("C"), str("d")}, "E": Dict{}},
		"<</A%comment\n1>>":              Dict{"A": Integer(1)},
	} {
		got, err := parse(text)
		if text == "[1 2 R]" {
			want = Array{Ref{1, 2}}
		}
		if text == "[1 0 Rx]" {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v, want damage", text, err)
			}
			continue
		}
		if err != nil || !Equal(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v", text, got, err, want)
		}
	}
}

func TestParseRefusesWhatReadersReadDifferently(t *testing.T) {
	for _, text := range []string{
		"", "]", ">>", "<</A 1/A 2>>", "<</A 1/#41 2>>", "<</A>>", "<<1 2>>", "<</A 1", "[1 2", "(abc", "<4e", "<4x>",
		"--5", "1-2", "1.2.3", "+", "1e5", "99999999999999999999", "nul", "True", "<</A 1>", "{}", ")", "4..",
	} {
		if o, err := parse(text); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: got %#v, %v; want damage", text, o, err)
		}
	}
}

func TestSpansCoverTheToken(t *testing.T) {
	src := "%PDF-1.7 <</A (x\\)y) /B <00> >>"
	f := &File{limits: Limits{}.withDefaults(), src: &source{ctx: testContext, r: strings.NewReader(src), size: int64(len(src))}}
	o, err := f.parserAt(9, int64(len(src))).object(0)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[Name]string{"A": `(x\)y)`, "B": "<00>"} {
		s := o.(Dict)[key].(String).Span
		if got := src[s.Start:s.End]; got != want {
			t.Errorf("span of /%s is %q, want %q", string(key), got, want)
		}
	}
}

func TestHostileNestingCostsMilliseconds(t *testing.T) {
	for _, unit := range []string{"[", "<</A", "(", "<", "/", "[ ", "1 0 ", "% "} {
		text := strings.Repeat(unit, 10<<20/len(unit))
		began := time.Now()
		if _, err := parse(text); err == nil {
			t.Errorf("10 MB of %q were read", unit)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("10 MB of %q took %s", unit, took)
		}
	}
}

func TestLimitsOfOneObject(t *testing.T) {
	f := &File{limits: Limits{Depth: 3, Items: 10, Token: 5}.withDefaults()}
	for _, text := range []string{"[[[[[]]]]]", "[1 2 3 4 5 6 7 8 9 10 11]", "(123456)", "<010203040506>", "/123456"} {
		if _, err := f.parserOf([]byte(text)).object(0); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v, want a limit", text, err)
		}
	}
}

func TestWrittenObjectsReadBack(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, o := range []Object{
		nil, Bool(true), Integer(-7), Real(3), Real(-0.1), Real(1e-7), Real(12345678.9), Name("a b/c#(章)\x00"), Name(""),
		String{Value: all}, String{Value: all, Hex: true}, TextString("小山层 (甲\\乙)"), Ref{12, 3},
		Array{Integer(1), Ref{2, 0}, Integer(3), Name("x"), Array{}, Dict{}}, Dict{"A": nil, "B": Dict{"C": TextString("d")}},
	} {
		var w writer
		w.object(o, 0)
		got, err := parse(string(w.buf))
		if w.err != nil || err != nil || !Equal(got, o) {
			t.Errorf("%#v was written as %q and read as %#v (%v, %v)", o, w.buf, got, w.err, err)
		}
		if _, isReal := o.(Real); isReal && !bytes.Contains(w.buf, []byte(".")) {
			t.Errorf("%v lost its point: %s", o, w.buf)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	deep := Array{}
	for range 300 {
		deep = Array{deep}
	}
	for _, o := range []Object{Real(math.NaN()), Real(math.Inf(1)), Array{&Stream{}}, 5, deep, Array{Reserved{1}, Reserved{1}}, Reserved{}} {
		var w writer
		if w.object(o, 0); w.err == nil {
			t.Errorf("%T was written as %q", o, w.buf)
		}
	}
}

func TestTextStrings(t *testing.T) {
	for want, s := range map[string]string{
		"小山层": "\xfe\xff\x5c\x0f\x5c\x71\x5c\x42", "层": "\xef\xbb\xbf层", "小": "\xff\xfe\x0f\x5c", "Œ€é•": "\x96\xa0\xe9\x80", "plain": "plain", "": "",
	} {
		if got := Text(String{Value: []byte(s)}); got != want {
			t.Errorf("%q is decoded as %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"", "abc", "小山层", "tab\t", "𠮷"} {
		if got := Text(TextString(s)); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if Text(Integer(1)) != "" {
		t.Error("an integer has text")
	}
}
