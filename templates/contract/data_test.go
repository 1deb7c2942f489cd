package contract

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"contractd/signer/font"
	"contractd/workflow"
)

func TestInWords(t *testing.T) {
	tests := map[int64]string{
		0: "人民币零元整", 1: "人民币壹分", 10: "人民币壹角整", 15: "人民币壹角伍分",
		100: "人民币壹元整", 105: "人民币壹元零伍分", 150: "人民币壹元伍角整", 123_45: "人民币壹佰贰拾叁元肆角伍分",
		1_000_00: "人民币壹仟元整", 1_005_00: "人民币壹仟零伍元整", 1_050_00: "人民币壹仟零伍拾元整",
		10_000_00: "人民币壹万元整", 10_005_00: "人民币壹万零伍元整", 12_050_50: "人民币壹万贰仟零伍拾元伍角整",
		100_000_00: "人民币壹拾万元整", 1_000_000_00: "人民币壹佰万元整", 10_010_000_00: "人民币壹仟零壹万元整",
		100_000_000_00: "人民币壹亿元整", 100_000_001_00: "人民币壹亿零壹元整", 100_010_000_00: "人民币壹亿零壹万元整",
		123_456_789_12: "人民币壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分", 1_000_000_000_000_00: "人民币壹万亿元整",
	}
	for minor, want := range tests {
		if got := InWords(workflow.Amount{Minor: minor, Currency: "CNY"}); got != want {
			t.Errorf("%d: %s, want %s", minor, got, want)
		}
	}
	if got := InWords(workflow.Amount{Minor: 200, Currency: "USD"}); got != "美元贰元整" {
		t.Errorf("dollars: %s", got)
	}
}

func TestAmountRoundsEachLine(t *testing.T) {
	data := Data{Items: []Item{{Quantity: "0.5", Price: "0.01"}, {Quantity: "0.499", Price: "0.01"}, {Quantity: "3", Price: "0.3333"}, {Quantity: "25.5", Price: "118.35"}}}
	if got, err := data.Amount(); err != nil || got != (workflow.Amount{Minor: 1 + 0 + 100 + 301793, Currency: "CNY"}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, item := range []Item{{Quantity: "1e3", Price: "1"}, {Quantity: "-1", Price: "1"}, {Quantity: "1.", Price: "1"}, {Quantity: "", Price: "1"}, {Quantity: "1/3", Price: "1"}, {Quantity: "9999999999999", Price: "9999999999999"}} {
		if _, err := item.amount(); err == nil {
			t.Errorf("%+v is no error", item)
		}
	}
}

func TestFigures(t *testing.T) {
	for minor, want := range map[int64]string{0: "0.00", 99: "0.99", 100_00: "100.00", 1_000_00: "1,000.00", 123_456_789_01: "123,456,789.01"} {
		if got := figures(minor); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestReadTellsEveryFault(t *testing.T) {
	text := strings.NewReplacer(
		`"CG-2026-001"`, `"../x"`, `"date": "2026-11-23"`, `"date": "23.11.2026"`, "91440101MA59ABCD1D", "91440101MA59ABCD1E",
		"sales@supplier.example", "sales", `"quantity": "12"`, `"quantity": "zwölf"`, `"payment": "`, `"payment": "@items`,
		"乙方应随货提供", "两行\\n文字",
	).Replace(string(ExampleJSON()))
	_, err := Read(strings.NewReader(text))
	if !errors.Is(err, workflow.ErrUsage) {
		t.Fatalf("error %v", err)
	}
	for _, key := range []string{"number", "date", "buyer.code", "seller.mailbox", "items[0]", "payment", "clauses[0]"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not told: %v", key, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key": strings.Replace(string(ExampleJSON()), `"title"`, `"titel": "x", "title"`, 1),
		"two objects": string(ExampleJSON()) + "{}",
		"empty":       "",
		"too large":   `{"title": "` + strings.Repeat("x", maxData) + `"}`,
		"wrong type":  `{"number": 1}`,
	} {
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%s: error %v, want one of usage", name, err)
		}
	}
}

func TestDeadlineIsTheEndOfTheDayInChina(t *testing.T) {
	data := Data{Deadline: "2026-12-07"}
	if got := data.DeadlineTime().UTC().Format("2006-01-02T15:04:05Z"); got != "2026-12-07T15:59:59Z" {
		t.Errorf("got %s", got)
	}
	if data.Deadline = ""; !data.DeadlineTime().IsZero() {
		t.Error("no deadline is a time")
	}
}

func TestWrapKeepsMarksInPlace(t *testing.T) {
	em := func(text string) float64 { return float64(len([]rune(text))) }
	tests := []struct {
		text          string
		width, indent float64
		want          string
	}{
		{"一二三四五六", 4, 0, "一二三四|五六"},
		{"一二三四五六", 4, 2, "一二|三四五六"},
		{"一二三四，五六", 4, 0, "一二三|四，五六"},
		{"一二三（四五）六", 4, 0, "一二三|（四五）|六"},
		{"一二 abc 三", 5, 0, "一二|abc 三"},
		{"abcdefgh", 3, 0, "abc|def|gh"},
		{"一一（abcde", 5, 0, "一一（|abcde"},
		{"。。。。。。", 2, 0, "。。|。。|。。"},
	}
	for _, test := range tests {
		if got := strings.Join(wrap(test.text, test.width, test.indent, em), "|"); got != test.want {
			t.Errorf("wrap(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

func FuzzData(f *testing.F) {
	f.Add(ExampleJSON())
	f.Add([]byte(`{"number":"1","items":[{"quantity":"1","price":"0.0001"}]}`))
	f.Add([]byte(strings.Replace(string(ExampleJSON()), "采购合同", "（（（。。。\u00a0x", 1)))
	_, noFont := font.Find("")
	f.Fuzz(func(t *testing.T, raw []byte) {
		data, err := Read(bytes.NewReader(raw))
		if err != nil {
			if !errors.Is(err, workflow.ErrUsage) {
				t.Errorf("error %v does not say that the data is at fault", err)
			}
			return
		}
		if _, err := data.Amount(); err != nil {
			t.Errorf("checked data has no amount: %v", err)
		}
		if noFont != nil {
			return
		}
		var out bytes.Buffer
		if err := Render(context.Background(), &out, data, Options{Created: created, Code: "c"}); err != nil && !errors.Is(err, font.ErrMissing) {
			t.Errorf("checked data cannot be rendered: %v", err)
		}
	})
}
