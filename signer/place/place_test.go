package place_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer"
	"contractd/signer/font"
	"contractd/signer/pdf"
	"contractd/signer/place"
	"contractd/signer/render"
	"contractd/templates/contract"
	"contractd/workflow"
)

// renderer is shared: PDFium takes seconds to compile.
var renderer *render.Renderer

func TestMain(m *testing.M) {
	code := func() int {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		cache = filepath.Join(cache, "contractd-test", "render")
		if err := os.MkdirAll(cache, 0o700); err != nil {
			panic(err)
		}
		renderer, err = render.New(context.Background(), render.Options{Cache: cache})
		if err != nil {
			panic(err)
		}
		defer renderer.Close(context.Background())
		return m.Run()
	}()
	os.Exit(code)
}

// chinese is a contract of the embedded template: text of a subset font, in pieces, with a table.
func chinese(t testing.TB) []byte {
	t.Helper()
	if _, err := font.Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no Chinese font: install fonts-droid-fallback")
	}
	data, err := contract.Example("NJ-2026-014", "采购合同")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := contract.Render(t.Context(), &out, data, contract.Options{Code: "8c1f2a9be07d", Created: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// drawn is a document that fpdf draws in millimetres from the upper left.
func drawn(t testing.TB, pages int, draw func(p *fpdf.Fpdf, page int)) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.SetAutoPageBreak(false, 0)
	p.SetFont("Helvetica", "", 12)
	for page := range pages {
		p.AddPage()
		draw(p, page+1)
	}
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// altered sets keys of every page.
func altered(t testing.TB, data []byte, keys pdf.Dict) []byte {
	t.Helper()
	file, err := pdf.Open(t.Context(), bytes.NewReader(data), int64(len(data)), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := file.Last().Pages()
	if err != nil {
		t.Fatal(err)
	}
	u := pdf.NewUpdate(file)
	for _, page := range pages {
		changed := pdf.Dict{}
		for key, value := range page.Dict {
			changed[key] = value
		}
		for key, value := range keys {
			changed[key] = value
		}
		u.Set(page.Ref, changed)
	}
	tail, err := u.Build()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(data), tail.Bytes...)
}

func find(t testing.TB, data []byte, queries ...place.Query) ([][]signer.Place, error) {
	t.Helper()
	for n := range queries {
		if queries[n].Pages == "" {
			queries[n].Pages = signer.AllPages
		}
	}
	return place.Find(t.Context(), renderer, bytes.NewReader(data), int64(len(data)), queries...)
}

func mustFind(t testing.TB, data []byte, queries ...place.Query) [][]signer.Place {
	t.Helper()
	places, err := find(t, data, queries...)
	if err != nil {
		t.Fatal(err, workflow.HintOf(place.Explain(err)))
	}
	return places
}

// refused wants a refusal that says so, with a cure that says so.
func refused(t testing.TB, err error, what, cure string) {
	t.Helper()
	var refusal *place.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), what) || !strings.Contains(refusal.Cure, cure) {
		t.Errorf("got %v (%+v), want %q, %q", err, refusal, what, cure)
	}
	if explained := place.Explain(err); !errors.Is(explained, workflow.ErrUsage) || workflow.HintOf(explained) == "" {
		t.Errorf("explained as %v", explained)
	}
}

// TestKeywordOfATemplate finds the words where Poppler has them.
func TestKeywordOfATemplate(t *testing.T) {
	draft := chinese(t)
	known := popplerWords(t, draft, "（盖章）")
	if len(known) != 2 {
		t.Fatalf("Poppler finds %v", known)
	}
	for _, at := range []string{"keyword:方（盖章）：;all", "keyword:方(盖 章)：;all", "keyword: 方 ( 盖　章 ): ;all"} {
		places := mustFind(t, draft, place.Query{At: at, Width: 40, Height: 40})[0]
		if len(places) != len(known) {
			t.Fatalf("%s: %v", at, places)
		}
		for n, p := range places {
			const half = 20
			if want := known[n]; p.Page != want.Page || p.X+half < want.X || p.X+half > want.X+want.Width || p.Y+half < want.Y || p.Y+half > want.Y+want.Height {
				t.Errorf("%s: %+v, Poppler says %+v", at, p, want)
			}
		}
	}
}

var popplerWord = regexp.MustCompile(`<page width="[0-9.]+" height="([0-9.]+)">|<word xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="([0-9.]+)" yMax="([0-9.]+)">([^<]*)</word>`)

// popplerWords asks another reader for the words that hold a text.
func popplerWords(t testing.TB, data []byte, text string) (found []place.Taken) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pdftotext is missing: install poppler-utils")
		}
		t.Skip("pdftotext is missing: install poppler-utils")
	}
	name := filepath.Join(t.TempDir(), "draft.pdf")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "-bbox", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	page, height := 0, 0.0
	number := func(text string) float64 {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return value * 25.4 / 72
	}
	for _, m := range popplerWord.FindAllStringSubmatch(string(out), -1) {
		if m[1] != "" {
			page, height = page+1, number(m[1])
			continue
		}
		if strings.Contains(m[6], text) {
			found = append(found, place.Taken{Page: page, X: number(m[2]), Y: height - number(m[5]), Width: number(m[4]) - number(m[2]), Height: number(m[5]) - number(m[3])})
		}
	}
	return found
}

// letters writes a text letter by letter, as typesetting programs do, at a place in mm from the upper left.
func letters(p *fpdf.Fpdf, x, y, step float64, text string) {
	for _, letter := range text {
		p.Text(x, y, string(letter))
		x += step
	}
}

// TestKeywordOfSplitAndTurnedText wants the same place as seen, whatever the page's rotation, crop box and unit.
func TestKeywordOfSplitAndTurnedText(t *testing.T) {
	draft := drawn(t, 1, func(p *fpdf.Fpdf, _ int) { letters(p, 60, 200, 6, "Seal here") })
	upright := mustFind(t, draft, place.Query{At: "keyword:SEAL HERE", Width: 20, Height: 10})[0][0]
	if math.Abs(upright.X+10-84.5) > 3 || math.Abs(upright.Y+5-98.5) > 2 {
		t.Errorf("upright at %+v", upright)
	}
	middleX, middleY := upright.X+10, upright.Y+5
	for rotate, want := range map[int][2]float64{
		90: {middleY, 210 - middleX}, 180: {210 - middleX, 297 - middleY}, 270: {297 - middleY, middleX},
	} {
		turned := altered(t, draft, pdf.Dict{"Rotate": pdf.Integer(rotate)})
		p := mustFind(t, turned, place.Query{At: "keyword:seal here", Width: 20, Height: 10})[0][0]
		if math.Abs(p.X+10-want[0]) > 0.1 || math.Abs(p.Y+5-want[1]) > 0.1 {
			t.Errorf("turned by %d: middle at %.1f,%.1f, want %.1f", rotate, p.X+10, p.Y+5, want)
		}
	}
	cropped := altered(t, draft, pdf.Dict{"CropBox": pdf.Array{pdf.Integer(72), pdf.Integer(72), pdf.Integer(500), pdf.Integer(700)}, "UserUnit": pdf.Real(2)})
	p := mustFind(t, cropped, place.Query{At: "keyword:seal here", Width: 20, Height: 10})[0][0]
	if math.Abs(p.X+10-2*(middleX-25.4)) > 0.2 || math.Abs(p.Y+5-2*(middleY-25.4)) > 0.2 {
		t.Errorf("cropped, in double units: %+v", p)
	}
}

// TestWhichOne of several places, and offsets.
func TestWhichOne(t *testing.T) {
	draft := drawn(t, 3, func(p *fpdf.Fpdf, page int) {
		p.Text(50, 100, "Buyer (seal)")
		if page == 3 {
			p.Text(120, 200, "Seller (seal)")
		}
	})
	for at, pages := range map[string][]int{
		"keyword:(seal);first": {1}, "keyword:(seal);last": {3}, "keyword:(seal);all": {1, 2, 3, 3}, "keyword:(seal);2": {2}, "keyword:Seller": {3},
	} {
		var got []int
		for _, p := range mustFind(t, draft, place.Query{At: at, Width: 10, Height: 10})[0] {
			got = append(got, p.Page)
		}
		if len(got) != len(pages) {
			t.Errorf("%s: pages %v", at, got)
		}
		for n := range min(len(got), len(pages)) {
			if got[n] != pages[n] {
				t.Errorf("%s: pages %v, want %v", at, got, pages)
			}
		}
	}
	plain := mustFind(t, draft, place.Query{At: "keyword:Seller", Width: 10, Height: 10})[0][0]
	moved := mustFind(t, draft, place.Query{At: "keyword:Seller;+12.5,-7", Width: 10, Height: 10})[0][0]
	if math.Abs(moved.X-plain.X-12.5) > 1e-9 || math.Abs(moved.Y-plain.Y+7) > 1e-9 {
		t.Errorf("moved from %+v to %+v", plain, moved)
	}
	hanging := mustFind(t, draft, place.Query{At: "keyword:Seller", Width: 10, Height: 16, Below: 6})[0][0]
	if math.Abs(hanging.X-plain.X) > 1e-9 || math.Abs(hanging.Y+6-plain.Y) > 1e-9 {
		t.Errorf("with text below, the picture moves from %+v to %+v", plain, hanging)
	}
	_, err := find(t, draft, place.Query{At: "keyword:(seal)", Width: 10, Height: 10})
	refused(t, err, "4 places", "on page 2")
	_, err = find(t, draft, place.Query{At: "keyword:(seal);9", Width: 10, Height: 10})
	refused(t, err, "not in 9", "on page 1")
	_, err = find(t, draft, place.Query{At: "keyword:Seller", Pages: "1-2", Width: 10, Height: 10})
	refused(t, err, "nowhere on the 2 pages", "")
	_, err = find(t, draft, place.Query{At: "keyword:Seller", Pages: "4", Width: 10, Height: 10})
	refused(t, err, "page 4", "")
	_, err = find(t, draft, place.Query{At: "keyword:Seler (seel)", Width: 10, Height: 10})
	refused(t, err, "nowhere", `"Seller (seal)"`)
	_, err = find(t, draft, place.Query{At: "keyword:Seller;+200,0", Width: 10, Height: 10})
	refused(t, err, "stands out", "offset")
}

// scan is a picture of a page, as a scanner makes it: not quite white, with something black.
func scan(t testing.TB) []byte {
	t.Helper()
	return drawn(t, 2, func(p *fpdf.Fpdf, _ int) {
		p.SetFillColor(236, 233, 226)
		p.Rect(0, 0, 210, 297, "F")
		p.SetFillColor(20, 20, 20)
		p.Rect(20, 20, 170, 100, "F")
	})
}

func TestScan(t *testing.T) {
	_, err := find(t, scan(t), place.Query{At: "keyword:甲方（盖章）", Width: 40, Height: 40})
	refused(t, err, "pictures without text", "free:X,Y")
	p := mustFind(t, scan(t), place.Query{At: "free:60,250", Pages: "1", Width: 40, Height: 40})[0][0]
	if p.Y+40 > 297-120 || math.Abs(p.X-60) > 1 {
		t.Errorf("on a yellowish page: %+v", p)
	}
}

// TestWhiteSpace counts the ink below every place that was found, in a picture of its own.
func TestWhiteSpace(t *testing.T) {
	draft := chinese(t)
	queries := []place.Query{
		{At: "free:105,150", Width: 30, Height: 30}, {At: "keyword:甲方（盖章）;first;free", Width: 38, Height: 45},
		{At: "free:lower-right|upper-right", Width: 25, Height: 25, Pages: "1"}, {At: "free:lower-right|upper-right", Width: 25, Height: 25, Pages: "1"},
	}
	places := mustFind(t, draft, queries...)
	pictures := map[int]*image.RGBA{}
	err := renderer.Pages(t.Context(), bytes.NewReader(draft), int64(len(draft)), render.Options{DPI: 144}, func(page int, picture *image.RGBA) error {
		pictures[page] = picture
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, some := range places {
		for _, p := range some {
			if dark := inked(pictures[p.Page], p, queries[n].Width, queries[n].Height); dark > 0 {
				t.Errorf("%s: %d inked pixels below %+v", queries[n].At, dark, p)
			}
			if p.X < 5 || p.Y < 5 || p.X+queries[n].Width > 205 || p.Y+queries[n].Height > 292 {
				t.Errorf("%s: %+v is at the edge", queries[n].At, p)
			}
			for m := range n {
				for _, other := range places[m] {
					if p.Page == other.Page && p.X < other.X+queries[m].Width && other.X < p.X+queries[n].Width && p.Y < other.Y+queries[m].Height && other.Y < p.Y+queries[n].Height {
						t.Errorf("%s at %+v meets %s at %+v", queries[n].At, p, queries[m].At, other)
					}
				}
			}
		}
	}
}

func inked(picture *image.RGBA, p signer.Place, width, height float64) (dark int) {
	const k = 144 / 25.4
	top := float64(picture.Bounds().Dy()) - (p.Y+height)*k
	for y := int(top); y < int(top+height*k); y++ {
		for x := int(p.X * k); x < int((p.X+width)*k); x++ {
			if c := picture.RGBAAt(x, y); c != (color.RGBA{255, 255, 255, 255}) {
				dark++
			}
		}
	}
	return dark
}

// TestNearestWhiteSpace is computed by hand: right below a bar.
func TestNearestWhiteSpace(t *testing.T) {
	draft := drawn(t, 1, func(p *fpdf.Fpdf, _ int) {
		p.SetFillColor(0, 0, 0)
		p.Rect(0, 97, 210, 100, "F") // From 100 to 200 mm above the lower edge.
	})
	for wish, want := range map[string][2]float64{"free:80,60": {80, 60}, "free:80,80": {80, 69}, "free:80,190": {80, 201}, "free:0,0": {5, 5}} {
		p := mustFind(t, draft, place.Query{At: wish, Width: 30, Height: 30})[0][0]
		if math.Abs(p.X-want[0]) > 0.3 || math.Abs(p.Y-want[1]) > 0.6 {
			t.Errorf("%s: %+v, want %v", wish, p, want)
		}
	}
	_, err := find(t, draft, place.Query{At: "free:80,130;within 20", Width: 30, Height: 30})
	refused(t, err, "no white space of 30.0 × 30.0 mm within 20 mm", "smaller")
	_, err = find(t, draft, place.Query{At: "free:80,130", Width: 60, Height: 100})
	refused(t, err, "no white space of 60.0 × 100.0 mm", "smaller")
	_, err = find(t, draft, place.Query{At: "80,80", Width: 30, Height: 30, Clear: true})
	refused(t, err, "would cover", "free:80,80")
	if _, err = find(t, draft, place.Query{At: "80,60", Width: 30, Height: 30, Clear: true}); err != nil {
		t.Error(err)
	}
	_, err = find(t, draft, place.Query{At: "190,60", Width: 30, Height: 30})
	refused(t, err, "stands out over page 1", "")
}

// TestOverOneAnother lets marks touch as seals on paper do, but not where that is not wanted, nor over ink.
func TestOverOneAnother(t *testing.T) {
	draft := drawn(t, 2, func(p *fpdf.Fpdf, page int) {
		if page == 2 {
			p.Rect(0, 97, 20, 100, "F")
		}
	})
	seal := place.Query{At: "50,50", Pages: "1", Width: 30, Height: 30}
	over, beside, other := seal, seal, seal
	over.At, beside.At, other.Pages = "79,50", "80,50", "2"
	mustFind(t, draft, seal, over)
	for _, strict := range []func(*place.Query){func(q *place.Query) { q.Apart = true }, func(q *place.Query) { q.Clear = true }} {
		for _, q := range []*place.Query{&over, &beside, &other} {
			q.Apart, q.Clear = false, false
			strict(q)
		}
		_, err := find(t, draft, seal, over)
		refused(t, err, "would lie over another mark", "free:79,50")
		mustFind(t, draft, seal, beside, other)
	}
	slices := []place.Taken{{Page: 1, X: 0, Y: 130, Width: 10, Height: 40}, {Page: 2, X: 200, Y: 130, Width: 10, Height: 40}}
	mustFind(t, draft, place.Query{At: "its edge", Marks: slices})
	slices[1].X = 0
	_, err := find(t, draft, place.Query{At: "its edge", Marks: slices})
	refused(t, err, "on page 2 would cover", "another edge")
}

func TestField(t *testing.T) {
	draft := drawn(t, 1, func(*fpdf.Fpdf, int) {})
	var out bytes.Buffer
	_, err := signer.New(signer.Config{}).Prepare(t.Context(), bytes.NewReader(draft), int64(len(draft)), &out, signer.Preparation{
		Fields: []signer.EmptyField{{Name: "乙方", Place: signer.Place{Page: 1, X: 20, Y: 20}, Width: 40, Height: 20}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if places := mustFind(t, out.Bytes(), place.Query{At: "field:乙方"}); places[0] != nil {
		t.Errorf("a field has its own place, not %v", places)
	}
	_, err = find(t, out.Bytes(), place.Query{At: "field:甲方"})
	refused(t, err, `no signature field "甲方"`, `"乙方"`)
	_, err = find(t, draft, place.Query{At: "field:甲方"})
	refused(t, err, "no empty signature field", "place on a page")
}
