package verify

import (
	"strings"
	"testing"

	"contractd/signer/pdf"
	"contractd/signer/render"
	"contractd/workflow"
)

const characterMap = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
2 beginbfchar <0001> <540C> <0002> <D840DC0B> endbfchar
2 beginbfrange <0010> <0012> <0041> <0020> <0021> [<610F> <005A>] endbfrange
endcmap CMapName currentdict /CMap defineresource pop end end`

func TestLettersAreRead(t *testing.T) {
	read, err := readerOf([]byte(characterMap), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := read([]byte("\x00\x01\x00\x20\x00\x10\x00\x12\x00\x21\x00\x02")); err != nil || text != "同意ACZ𠀋" {
		t.Errorf("%q, %v", text, err)
	}
	for _, codes := range []string{"\x00\x03", "\x00\x13", "\x00", "\x01\x10"} {
		if text, err := read([]byte(codes)); err == nil {
			t.Errorf("%q was read as %q", codes, text)
		}
	}
	for _, broken := range []string{"1 beginbfchar 1 2 endbfchar", "1 beginbfrange <01> <0002> <0041> endbfrange", "1 beginbfrange <01> <02> 3 endbfrange", "("} {
		if _, err := readerOf([]byte(broken), pdf.Limits{}); err == nil {
			t.Errorf("%q was taken", broken)
		}
	}
}

func FuzzLetters(f *testing.F) {
	f.Add([]byte(characterMap), []byte("\x00\x01\x00\x20"))
	f.Add([]byte("1 beginbfrange <ff> <ff> [<00><01>] endbfrange"), []byte("\xff"))
	f.Fuzz(func(t *testing.T, data, codes []byte) {
		if read, err := readerOf(data, pdf.Limits{Items: 1000}); err == nil {
			if text, err := read(codes); err == nil && len(codes) == 0 && text != "" {
				t.Errorf("%q out of nothing", text)
			}
		}
	})
}

func TestSaysNothing(t *testing.T) {
	s := &signature{}
	s.out.Signer, s.out.Certificate = "李层山", &workflow.Certificate{Organization: "珠海某某（集团）有限公司"}
	c := &fileCase{opts: Options{Statements: []string{"合同签章"}}}
	for text, nothing := range map[string]bool{
		"": true, "李层山": true, "签署人：李 层 山\n2026年11月23日": true, "珠海某某(集团)有限公司 合同签章": true, "2026-11-23 12:00:05 +08:00": true, "— · —": false, "-": false, ".": false, "李层山\n-": false, "李层山 ___": false, "×同意": false, "不\x01同意": false, "签\n署人：李层\n山": true, "签\x01署人": false, "李层山 (公章)": true,
		"不同意": false, "李层山 8": false, "2026-11-238": false, "Signed, but not clause 4": false, "Ⅷ": false, "\ufffd": false, "合同签章无效": false,
	} {
		if c.saysNothing(text, s) != nothing {
			t.Errorf("%q: want %v", text, nothing)
		}
	}
}

// TestShorten: whoever reads a verdict sees none of the marks that we put between words.
func TestShorten(t *testing.T) {
	if got := shorten("Only" + brokenText + "clauses" + nextLine + strings.Repeat("x", 80)); !strings.HasPrefix(got, "Only clauses xx") || len([]rune(got)) != 81 {
		t.Errorf("%q", got)
	}
}

func TestRecallForgetsTheOldest(t *testing.T) {
	r := newRecall[string](10)
	key := func(page int) glance { return glance{page: page, view: render.View{DPI: dpi}} }
	r.put(key(1), "one", 4)
	r.put(key(2), "two", 4)
	if _, ok := r.get(key(1)); !ok { // So that two is the oldest.
		t.Error("one was forgotten")
	}
	r.put(key(3), "three", 4)
	r.put(key(4), strings.Repeat("x", 11), 11) // Larger than all that is kept.
	for page, there := range map[int]bool{1: true, 2: false, 3: true, 4: false} {
		if _, ok := r.get(key(page)); ok != there {
			t.Errorf("%d is kept: %v", page, ok)
		}
	}
}
