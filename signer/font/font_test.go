package font

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

func chinese(t testing.TB) *Font {
	t.Helper()
	f, err := Find("")
	if errors.Is(err, ErrNone) {
		if os.Getenv("CI") != "" {
			t.Fatal("a Chinese TrueType font is missing (Debian: fonts-droid-fallback)")
		}
		t.Skip("a Chinese TrueType font is missing (Debian: fonts-droid-fallback)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSubsetKeepsOutlinesAndMetrics(t *testing.T) {
	const text = "小山层：广州某某科技有限公司 2026-11-23 Ändé fi"
	fonts := map[string]*Font{"chinese": chinese(t)}
	latin, err := Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	fonts["latin with composites"] = latin
	for name, f := range fonts {
		t.Run(name, func(t *testing.T) {
			use := covered(f, text)
			subset, err := f.Subset(use)
			if err != nil {
				t.Fatal(err)
			}
			sameGlyphs(t, f, subset, use)
		})
	}
}

func covered(f *Font, text string) string {
	return strings.Map(func(r rune) rune {
		if f.Check(string(r)) != nil {
			return -1
		}
		return r
	}, text)
}

// sameGlyphs compares outlines as another implementation reads them from both files.
func sameGlyphs(t *testing.T, f *Font, subset *Subset, text string) {
	t.Helper()
	// x/image wants tables that PDF readers do not: lend it those of the original.
	after, err := sfnt.Parse(lend(subset.Data, f))
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	ppem := fixed.I(int(after.UnitsPerEm()))
	for _, r := range text {
		glyph, _ := f.lookup(r)
		before, err := sfnt.Parse(glyph.font.Data())
		if err != nil {
			t.Fatal(err)
		}
		cid := sfnt.GlyphIndex(binary.BigEndian.Uint16(subset.Encode(string(r))))
		want := load(t, before, sfnt.GlyphIndex(glyph.index), ppem)
		if got := load(t, after, cid, ppem); !equalSegments(got, want) || r != ' ' && len(got) == 0 {
			t.Errorf("outline of %q changed:\n%v\n%v", r, got, want)
		}
		advance, err := after.GlyphAdvance(&buffer, cid, fixed.I(1000), 0)
		if err != nil || abs(advance.Round()-subset.Widths[cid]) > 1 {
			t.Errorf("width of %q is %d, want %d (%v)", r, subset.Widths[cid], advance.Round(), err)
		}
	}
}

func TestFileIsAFontOfItsOwn(t *testing.T) {
	f := chinese(t)
	const text = "合同编号 NJ-2026-014 小山层"
	data, err := f.File(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Check(text); err != nil {
		t.Error(err)
	}
	if err := again.Check("外"); !errors.Is(err, ErrMissing) {
		t.Errorf("a character that was not asked for: %v", err)
	}
	if d := again.Width(text) - f.Width(text); d > 0.01 || d < -0.01 {
		t.Errorf("width differs by %v em", d)
	}
	other, err := sfnt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	for _, r := range text {
		if glyph, err := other.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			t.Errorf("%q is not in its map: %v", r, err)
		}
	}
}

func abs(v int) int { return max(v, -v) }

func load(t *testing.T, f *sfnt.Font, glyph sfnt.GlyphIndex, ppem fixed.Int26_6) sfnt.Segments {
	t.Helper()
	var buffer sfnt.Buffer
	segments, err := f.LoadGlyph(&buffer, glyph, ppem, nil)
	if err != nil {
		t.Fatal(err)
	}
	return segments
}

// equalSegments allows for the rounding of implied points, half a unit of the coarser font.
func equalSegments(a, b sfnt.Segments) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Op != b[i].Op {
			return false
		}
		for j := range a[i].Args {
			dx, dy := a[i].Args[j].X-b[i].Args[j].X, a[i].Args[j].Y-b[i].Args[j].Y
			if abs(dx.Round()) > 4 || abs(dy.Round()) > 4 {
				return false
			}
		}
	}
	return true
}

func lend(data []byte, f *Font) []byte {
	tables, err := directory(data)
	if err != nil {
		panic(err)
	}
	var all []tableEntry
	for _, tag := range []string{"OS/2", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "prep"} {
		table, ok := tables[tag]
		if !ok && (tag == "OS/2" || tag == "cmap" || tag == "name" || tag == "post") {
			table, ok = f.tables[tag], f.tables[tag] != nil
		}
		if tag == "post" && ok {
			table = append([]byte{0, 3, 0, 0}, table[4:32]...)
		}
		if ok {
			all = append(all, tableEntry{tag, table})
		}
	}
	return writeFont(all)
}

func TestSubsetIsDeterministicAndSmall(t *testing.T) {
	f := chinese(t)
	a, err := f.Subset("合同编号 NJ-2026-014 合同")
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Subset("NJ-2026-014合同编号 ")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Data, b.Data) || a.Name != b.Name || !bytes.Equal(a.ToUnicode, b.ToUnicode) {
		t.Error("the same characters gave different bytes")
	}
	if len(a.Data) > 10_000 {
		t.Errorf("subset of 13 characters has %d bytes", len(a.Data))
	}
	other, err := f.Subset("合同")
	if err != nil || other.Name == a.Name {
		t.Errorf("different characters share the name %s (%v)", a.Name, err)
	}
	if checksum(a.Data) != magicChecksum {
		t.Errorf("the file adds up to %#x", checksum(a.Data))
	}
	if !bytes.Contains(a.ToUnicode, []byte("<5408>")) {
		t.Error("合 is not in ToUnicode")
	}
}

func TestMissingGlyphsAreNamed(t *testing.T) {
	f, err := Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Check("Seal 小山, 山\n")
	if !errors.Is(err, ErrMissing) {
		t.Fatal(err)
	}
	for _, want := range []string{"'小' (U+5C0F)", "'山' (U+5C71)", "'\\n'"} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("%q is not named once: %v", want, err)
		}
	}
	if _, err := f.Subset("小"); !errors.Is(err, ErrMissing) {
		t.Errorf("subset with a missing glyph: %v", err)
	}
}

func TestRefusedFonts(t *testing.T) {
	restricted := bytes.Clone(goregular.TTF)
	tables, err := directory(restricted)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint16(tables["OS/2"][8:], 2)
	tests := map[string][]byte{
		"empty":      nil,
		"text":       []byte("this is a text and not a font at all"),
		"cff":        append([]byte("OTTO"), make([]byte, 60)...),
		"cut":        goregular.TTF[:2000],
		"restricted": restricted,
	}
	for name, data := range tests {
		if _, err := Parse(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFind(t *testing.T) {
	if _, err := Find(filepath.Join(t.TempDir(), "missing.ttf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("configured and missing: %v", err)
	}
	if _, err := findIn(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("empty folder: %v", err)
	}
	if f, err := findIn("/usr/share/fonts"); err == nil {
		if err := f.Check(latin + sample); err != nil {
			t.Error(err)
		}
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "mine", "SimHei.ttf")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, chinese(t).Data(), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := findIn(folder); err != nil || f.Path() != file {
		t.Errorf("copied font: %v", err)
	}
	if err := os.WriteFile(file, goregular.TTF, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := findIn(folder); !errors.Is(err, ErrNone) {
		t.Errorf("font without Chinese was taken: %v", err)
	}
}

func TestCollection(t *testing.T) {
	shifted := append(make([]byte, 16), goregular.TTF...)
	copy(shifted, "ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10")
	for i := range u16(shifted, 20) {
		at := 16 + 12 + 16*i + 8
		binary.BigEndian.PutUint32(shifted[at:], binary.BigEndian.Uint32(shifted[at:])+16)
	}
	f, err := Parse(shifted)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Check("Seal"); err != nil {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(goregular.TTF[:4096])
	if small, err := Parse(goregular.TTF); err == nil {
		if subset, err := small.Subset("Ändé"); err == nil {
			f.Add(lend(subset.Data, small))
		}
	}
	f.Add([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0c"))
	f.Fuzz(func(t *testing.T, data []byte) {
		font, err := Parse(data)
		if err != nil {
			return
		}
		if err := font.borrow(); err != nil {
			t.Fatal(err)
		}
		font.Width("Ändé 小山层𠮷")
		use := covered(font, "Ändé 小山层𠮷")
		if subset, err := font.Subset(use); err == nil && len(subset.Encode(use))%2 != 0 {
			t.Fatal("odd encoding")
		}
	})
}

func BenchmarkSubset(b *testing.B) {
	f := chinese(b)
	for b.Loop() {
		if _, err := f.Subset("签章人：广州某某科技有限公司时间：0123456789-:+ 原因：确认签订"); err != nil {
			b.Fatal(err)
		}
	}
}
