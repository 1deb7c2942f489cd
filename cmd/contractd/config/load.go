package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile is far above any real configuration; go-toml takes the square of the number of keys in a table.
const maxFile = 256 << 10

// Load reads the file over the defaults and validates the result. An error of type Faults says what is wrong in the
// file; any other that the file could not be read.
func Load(path string) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	text, err := readLimited(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(text, path)
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return text, nil
}

// Parse is Load for a text that is at hand; path says where it came from and against what relative paths are resolved.
func Parse(text []byte, path string) (*Config, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // editors on Windows put a byte order mark
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		return nil, Faults{syntaxFault(err)}
	}
	where, err := findLines(text)
	if err != nil {
		return nil, Faults{syntaxFault(err)}
	}
	c := Default()
	c.Path, c.lines = path, where
	r := &report{lines: where}
	r.decodeConfig(c, values)
	c.resolvePaths(filepath.Dir(path))
	c.validate(r)
	if len(r.faults) > 0 {
		return nil, r.sorted()
	}
	return c, nil
}

func syntaxFault(err error) Fault {
	fault := Fault{Message: "is not TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		fault.Line, _ = at.Position()
		fault.Key = strings.Join(at.Key(), ".")
	}
	if strings.Contains(strings.ToLower(err.Error()), "utf") {
		fault.Hint = "save the file as UTF-8"
	}
	return fault
}

// report collects faults; a key or table that is known to be wrong gets one fault, not also those that follow
// from it.
type report struct {
	lines  lines
	faults Faults
	known  map[string]bool
}

func (r *report) add(key, message, hint string) {
	for above := key; above != ""; above = parent(above) {
		if r.known[above] {
			return
		}
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[key] = true
	r.faults = append(r.faults, Fault{Key: key, Line: r.lines.of(key), Message: message, Hint: hint})
}

func (r *report) addf(key, format string, args ...any) { r.add(key, fmt.Sprintf(format, args...), "") }

func (r *report) sorted() Faults {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		// A key whose table is missing as well has no line; it comes last.
		return cmp.Or(cmp.Compare(uint(a.Line-1), uint(b.Line-1)), cmp.Compare(a.Key, b.Key))
	})
	return r.faults
}
