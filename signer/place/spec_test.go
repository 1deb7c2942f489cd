package place

import (
	"errors"
	"reflect"
	"testing"

	"contractd/workflow"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Spec{
		"130,40":                  {Kind: AtPoint, X: 130, Y: 40},
		" 12.5 ，7 ":               {Kind: AtPoint, X: 12.5, Y: 7},
		"free:130,40":             {Kind: AtPoint, X: 130, Y: 40, Free: true},
		"free:130,40;within 25":   {Kind: AtPoint, X: 130, Y: 40, Free: true, Within: 25},
		"free:lower-right":        {Kind: AtPoint, Free: true, Corners: []Corner{LowerRight}},
		"field:Buyer:1":           {Kind: InField, Field: "Buyer:1"},
		"keyword:甲方（盖章）":          {Kind: AtKeyword, Keyword: "甲方（盖章）"},
		"keyword:乙方：;last;+10,-5": {Kind: AtKeyword, Keyword: "乙方：", Which: Last, DX: 10, DY: -5},
		"keyword:x;3;free":        {Kind: AtKeyword, Keyword: "x", Which: Nth, N: 3, Free: true},
		`keyword:"a;b";all`:       {Kind: AtKeyword, Keyword: "a;b", Which: All},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, wrong := range []string{
		"", "130", "130,", "130,40,50", "-1,5", "NaN,5", "1e9,5", "free:", "free:middle", "free:1,2;first", "field:", "keyword:", "keyword: ;first",
		"keyword:a;sideways", "keyword:a;0", `keyword:"a"b`, "nowhere:1", "keyword:a;within -3",
	} {
		if got, err := Parse(wrong); !errors.Is(err, workflow.ErrUsage) || workflow.HintOf(err) == "" {
			t.Errorf("%q: %+v, %v", wrong, got, err)
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"甲 方（盖　章）": "甲方(盖章)", "⽤⽅": "用方", "ＮＪ－２０２６": "nj-2026", "a\u200bb\r\nc": "abc", "x—y": "x-y",
	} {
		if got := string(fold(text)); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"130,40", "free:lower-right|upper-left;within 3", `keyword:"甲；乙";all;+1,-2;free`, "field:x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := Parse(text)
		if err == nil && spec.Kind == AtKeyword && len(fold(spec.Keyword)) == 0 {
			t.Errorf("%q has no keyword", text)
		}
	})
}

func FuzzNearest(f *testing.F) {
	f.Add("the Seller (seal) signs", "Seler (seal)")
	f.Add("甲方（盖章）", "甲方(签章)")
	f.Fuzz(func(t *testing.T, text, keyword string) {
		letters, key := foldRunes([]rune(text)), fold(keyword)
		from, to, edits := nearest(letters, key)
		if from > to || to > len(letters) || edits > len(key) {
			t.Errorf("%d to %d of %d, %d edits of %d", from, to, len(letters), edits, len(key))
		}
		if len(key) > 0 && len(occurrences(letters, key)) > 0 && edits != 0 {
			t.Errorf("%q stands in %q, but not exactly", keyword, text)
		}
	})
}
