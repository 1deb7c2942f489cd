package font

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/image/font/gofont/goregular"
)

// sizeLimit is above the largest CJK collections (some 40 MB).
const sizeLimit = 128 << 20

// Font is a parsed TrueType font. It may be used concurrently.
type Font struct {
	path   string
	data   []byte
	tables map[string][]byte
	cmap   charmap

	borrowed   *Font // Has the Latin characters that this one lacks; nil if it has them.
	postscript string
	unitsPerEm int
	glyphs     int // numGlyphs of maxp.
	metrics    int // numberOfHMetrics of hhea.
	longLoca   bool
}

// Open reads a font file (.ttf, or the first font of a .ttc). Latin characters that it lacks are borrowed from the Go
// fonts, which are part of this program.
func Open(file string) (*Font, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("open font: %w", err)
	}
	f, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("open font %s: %w", file, err)
	}
	f.path = file
	return f, f.borrow()
}

func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > sizeLimit {
		return nil, fmt.Errorf("%s: %w: no regular file of at most %d MB", file, ErrFormat, sizeLimit>>20)
	}
	return os.ReadFile(file)
}

// Parse reads a font as it is, without borrowing anything.
func Parse(data []byte) (*Font, error) {
	tables, err := directory(data)
	if err != nil {
		return nil, err
	}
	f := &Font{data: data, tables: tables}
	if err := f.readHeaders(); err != nil {
		return nil, err
	}
	if err := f.checkLicense(); err != nil {
		return nil, err
	}
	if f.cmap, err = parseCharmap(tables["cmap"]); err != nil {
		return nil, err
	}
	f.postscript = postscriptName(tables["name"])
	return f, nil
}

// latin is what every contract needs beside Chinese.
const latin = " 0123456789-:.,/+()ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// borrow lends the Go fonts' Latin characters to a font that has none, as Droid Sans Fallback.
func (f *Font) borrow() error {
	if f.Check(latin) == nil {
		return nil
	}
	lender, err := Parse(goregular.TTF)
	if err != nil {
		return fmt.Errorf("borrow Latin characters: %w", err)
	}
	f.borrowed = lender
	return nil
}

// Path returns the file that the font was read from; empty after Parse.
func (f *Font) Path() string { return f.path }

// Data returns the font file, which must not be changed. For a collection it is the whole collection; borrowed
// characters are not in it.
func (f *Font) Data() []byte { return f.data }

// directory reads the table directory (OpenType 1.9, "Organization of an OpenType Font").
func directory(data []byte) (map[string][]byte, error) {
	start := 0
	if len(data) >= 16 && string(data[:4]) == "ttcf" {
		start = int(binary.BigEndian.Uint32(data[12:]))
	}
	if start < 0 || start > len(data)-12 {
		return nil, malformed("no table directory")
	}
	switch head := data[start:]; string(head[:4]) {
	case "\x00\x01\x00\x00", "true":
	case "OTTO":
		return nil, malformed("it has PostScript (CFF) outlines; choose a font with TrueType outlines")
	default:
		return nil, malformed("neither a TrueType font nor a collection of them")
	}
	count := u16(data, start+4)
	if start+12+16*count > len(data) {
		return nil, malformed("the table directory is cut off")
	}
	tables := make(map[string][]byte, count)
	for i := range count {
		entry := data[start+12+16*i:]
		offset, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(offset)+uint64(length) > uint64(len(data)) {
			return nil, malformed("table %q lies outside of the file", entry[:4])
		}
		tables[string(entry[:4])] = data[offset : offset+length]
	}
	return tables, nil
}

func (f *Font) readHeaders() error {
	for _, need := range []struct {
		tag  string
		size int
	}{{"head", 54}, {"hhea", 36}, {"maxp", 6}, {"hmtx", 4}, {"loca", 4}, {"glyf", 0}, {"cmap", 4}} {
		table, ok := f.tables[need.tag]
		if !ok {
			return malformed("table %q is missing", need.tag)
		}
		if len(table) < need.size {
			return malformed("table %q is too short", need.tag)
		}
	}
	f.unitsPerEm = u16(f.tables["head"], 18)
	f.longLoca = u16(f.tables["head"], 50) == 1
	f.glyphs = u16(f.tables["maxp"], 4)
	f.metrics = u16(f.tables["hhea"], 34)
	if f.unitsPerEm < 16 || f.unitsPerEm > 16384 {
		return malformed("%d units per em", f.unitsPerEm)
	}
	entry := 2
	if f.longLoca {
		entry = 4
	}
	switch {
	case f.glyphs == 0 || f.metrics == 0 || f.metrics > f.glyphs:
		return malformed("%d glyphs with %d metrics", f.glyphs, f.metrics)
	case len(f.tables["hmtx"]) < 4*f.metrics:
		return malformed("table \"hmtx\" is too short for %d glyphs", f.glyphs)
	case len(f.tables["loca"]) < entry*(f.glyphs+1):
		return malformed("table \"loca\" is too short for %d glyphs", f.glyphs)
	}
	return nil
}

// checkLicense honours fsType of OS/2: bit 1 forbids embedding, bit 8 forbids subsetting.
func (f *Font) checkLicense() error {
	os2 := f.tables["OS/2"]
	if len(os2) < 10 {
		return nil
	}
	if fsType := u16(os2, 8); fsType&0x000f == 2 || fsType&0x0100 != 0 {
		return malformed("its licence forbids embedding (fsType %#04x)", fsType)
	}
	return nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }

func s16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
