package contract

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"contractd/signer/font"
	"contractd/workflow"
)

var created = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// needFont skips, or fails where everything must be there, if no Chinese font is installed.
func needFont(t testing.TB) {
	t.Helper()
	if _, err := font.Find(""); err != nil {
		missing(t, "a Chinese font (Debian: fonts-droid-fallback)")
	}
}

func missing(t testing.TB, part string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", part)
	}
	t.Skipf("%s is missing", part)
}

func example(t testing.TB) Data {
	t.Helper()
	data, err := Example("NJ-2026-014", "2026年度小山层办公设备采购合同")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func render(t testing.TB, data Data, options Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Render(context.Background(), &out, data, options); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRenderIsDeterministic(t *testing.T) {
	needFont(t)
	data, options := example(t), Options{Code: "8c1f2a9be07d", Created: created}
	first := render(t, data, options)
	for range 3 {
		if !bytes.Equal(render(t, data, options), first) {
			t.Fatal("the same contract has other bytes")
		}
	}
	options.Code = "000000000000"
	if bytes.Equal(render(t, data, options), first) {
		t.Error("another code has the same bytes")
	}
}

func TestRenderedTextCanBeRead(t *testing.T) {
	needFont(t)
	for _, tool := range []string{"pdftotext", "qpdf", "mutool"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool)
		}
	}
	data := example(t)
	data.Clauses = append(data.Clauses, "罕用字：龘、燊、犇、喆；反斜杠与括号：\\（a\\b）(c)。")
	file := filepath.Join(t.TempDir(), "contract.pdf")
	if err := os.WriteFile(file, render(t, data, Options{Code: "8c1f2a9be07d", Created: created}), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v: %s", err, out)
	}
	if out, err := exec.Command("mutool", "draw", "-q", "-F", "trace", "-o", os.DevNull, file).CombinedOutput(); err != nil || bytes.Contains(out, []byte("error")) {
		t.Errorf("mutool: %v: %s", err, out)
	}
	out, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(out)), "")
	for _, want := range []string{
		"2026年度小山层办公设备采购合同", "合同编号：NJ-2026-014", "91440101MA59ABCD1D", "甲方（盖章）", "乙方（盖章）",
		"人民币壹拾万贰仟壹佰壹拾柒元玖角叁分", "102,117.93", "电子签名法", "contracts@issuer.example", "2026年12月7日前",
		"第1页共", "验证码8c1f2a9be07d", "龘、燊、犇、喆", `\（a\b）(c)`, "第十一条", "第十二条",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF does not say %q", want)
		}
	}
}

func TestPlacesAreOnOnePage(t *testing.T) {
	needFont(t)
	for items := 1; items < 40; items++ { // However the text falls on the pages.
		data := example(t)
		for len(data.Items) < items {
			data.Items = append(data.Items, data.Items[0])
		}
		data.Items = data.Items[:items]
		places, err := Places(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(places) != 2 || places[0].Page != places[1].Page || places[0].Party != "buyer" || places[1].Party != "seller" {
			t.Fatalf("%d items: places %+v", items, places)
		}
		for _, place := range places {
			if place.Y < pageHeight-bottom+25 || place.Y > pageHeight-top || place.X < left || place.X > right {
				t.Errorf("%d items: no room for a seal at %+v", items, place)
			}
		}
	}
}

func TestSignaturesAreNeverTorn(t *testing.T) {
	needFont(t)
	for lines := 1; lines < 80; lines++ {
		file := filepath.Join(t.TempDir(), "own.tmpl")
		if err := os.WriteFile(file, []byte(strings.Repeat("| 一行\n", lines)+"@signatures\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		pages, _, err := arrange(example(t), Options{Template: file})
		if err != nil {
			t.Fatal(err)
		}
		last := pages[len(pages)-1]
		if len(last.places) != 2 {
			t.Fatalf("%d lines: %d places on the last page", lines, len(last.places))
		}
		for _, op := range last.texts {
			if op.size == bodySize && op.y > bottom {
				t.Fatalf("%d lines: %q stands at %.1f", lines, op.text, op.y)
			}
		}
	}
}

func TestTotalStaysWithTheLastItem(t *testing.T) {
	needFont(t)
	data := example(t)
	item := data.Items[0]
	for len(data.Items) < 60 {
		data.Items = append(data.Items, item)
		pages, _, err := arrange(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			total, last := false, false
			for _, op := range page.texts {
				total = total || op.text == "合计"
				last = last || op.text == strconv.Itoa(len(data.Items)) && op.size == tableSize && op.x < left+11
			}
			if total != last {
				t.Fatalf("%d items: the total is torn off on page %d", len(data.Items), i+1)
			}
		}
	}
}

func TestNothingLeavesThePage(t *testing.T) {
	needFont(t)
	data := example(t)
	data.Title = strings.Repeat("很长的标题", 10)
	data.Items[0].Name = strings.Repeat("名称", 50)
	data.Number = strings.Repeat("号", 32)
	data.Items[1].Model = strings.Repeat("A", 200)
	data.Clauses = []string{strings.Repeat("无标点", 200), strings.Repeat("x", 1500), strings.Repeat("（", 300), strings.Repeat("。", 300), strings.Repeat("a ", 500) + "a"}
	pages, face, err := arrange(data, Options{Code: "8c1f2a9be07d"})
	if err != nil {
		t.Fatal(err)
	}
	for i, page := range pages {
		for _, op := range page.texts {
			end := op.x + face.Width(op.text)*op.size/millimetre + op.spacing*float64(len([]rune(op.text))-1)/millimetre
			if op.x < left-0.1 && op.size == bodySize || end > right+0.1 || op.y > pageHeight-10 {
				t.Errorf("page %d: %.20q ends at %.1f, %.1f", i+1, op.text, end, op.y)
			}
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	needFont(t)
	broken := filepath.Join(t.TempDir(), "broken.tmpl")
	if err := os.WriteFile(broken, []byte("# {{.Title}}\n@nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	endless := filepath.Join(t.TempDir(), "endless.tmpl")
	if err := os.WriteFile(endless, []byte(`{{define "x"}}{{.Title}}{{template "x" .}}{{end}}{{template "x" .}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		spoil func(*Data, *Options)
		want  error
	}{
		"no date":              {func(_ *Data, o *Options) { o.Created = time.Time{} }, nil},
		"a missing glyph":      {func(d *Data, _ *Options) { d.Title = "ꦀ" }, font.ErrMissing},
		"beyond U+FFFF":        {func(d *Data, _ *Options) { d.Title = "𠀀" }, workflow.ErrUsage},
		"no such template":     {func(_ *Data, o *Options) { o.Template = "rental" }, workflow.ErrNotFound},
		"no such file":         {func(_ *Data, o *Options) { o.Template = "./missing.tmpl" }, os.ErrNotExist},
		"an unknown line":      {func(_ *Data, o *Options) { o.Template = broken }, workflow.ErrUsage},
		"an endless template":  {func(_ *Data, o *Options) { o.Template = endless }, workflow.ErrUsage},
		"no such font":         {func(_ *Data, o *Options) { o.Font = "/missing.ttf" }, os.ErrNotExist},
		"a code that is long":  {func(_ *Data, o *Options) { o.Code = strings.Repeat("x", 5000) }, workflow.ErrUsage},
		"data that is invalid": {func(d *Data, _ *Options) { d.Items = nil }, workflow.ErrUsage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, options := example(t), Options{Created: created}
			test.spoil(&data, &options)
			var out bytes.Buffer
			err := Render(context.Background(), &out, data, options)
			if err == nil || test.want != nil && !errors.Is(err, test.want) || out.Len() > 0 {
				t.Errorf("error %v with %d bytes written, want %v", err, out.Len(), test.want)
			}
		})
	}
}

func TestOwnTemplate(t *testing.T) {
	needFont(t)
	file := filepath.Join(t.TempDir(), "own.tmpl")
	if err := os.WriteFile(file, []byte("# {{.Title}}\n\n正文一段。\n| 顶格。\n@signatures\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if places, err := Places(example(t), Options{Template: file}); err != nil || len(places) != 2 || places[0].Page != 1 {
		t.Errorf("places %v, error %v", places, err)
	}
}
