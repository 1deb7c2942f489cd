package config

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

const exampleFile = "../../../config.example.toml"

func readExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExampleLoads(t *testing.T) {
	if _, err := Load(exampleFile); err != nil {
		t.Fatal(err)
	}
}

// documented is one key of the example with what stands above it.
type documented struct {
	key, comment, value string
	active              bool
}

var (
	keyLine   = regexp.MustCompile(`^(#?)([a-z0-9_]+) = (.+)$`)
	tableLine = regexp.MustCompile(`^\[+([a-z_.]+)\]+$`)
)

// readDocumented reads the example as people do: a block of comments, then the key that it is about.
func readDocumented(text string) []documented {
	var all []documented
	table, comment := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table, comment = m[1], ""
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			all = append(all, documented{join(table, m[2]), comment, m[3], m[1] == ""})
			comment = ""
		} else if line == "" {
			comment = ""
		} else {
			comment += strings.TrimPrefix(line, "#")
		}
	}
	return all
}

// leaves returns every key of the structs, without indexes, and its type.
func leaves(path string, t reflect.Type, into map[string]reflect.Type) {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isText(t.Elem()) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isText(t) || t == reflect.TypeFor[Secret]() {
		into[path] = t
		return
	}
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			leaves(join(path, tag), t.Field(i).Type, into)
		}
	}
}

func isText(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(interface{ UnmarshalText([]byte) error })
	return ok
}

func TestExampleDocumentsEveryKey(t *testing.T) {
	want := map[string]reflect.Type{}
	leaves("", reflect.TypeFor[Config](), want)
	if len(want) < 60 {
		t.Fatalf("found only %d keys in the structs", len(want))
	}
	comments := map[string]string{}
	for _, d := range readDocumented(readExample(t)) {
		if want[d.key] == nil {
			t.Errorf("%s is documented, and nothing reads it", d.key)
		}
		comments[d.key] += d.comment
	}
	for key, typ := range want {
		comment := comments[key]
		if !strings.Contains(comment, "Required") && !strings.Contains(comment, "Default: ") && !strings.Contains(comment, "No default") {
			t.Errorf("%s: its comment names neither a default nor that it is required: %q", key, comment)
		}
		unit := slices.Contains([]reflect.Type{reflect.TypeFor[Duration](), reflect.TypeFor[Size](),
			reflect.TypeFor[Millimetres](), reflect.TypeFor[Amount]()}, typ)
		if unit && !strings.Contains(comment, "Unit: ") {
			t.Errorf("%s: its comment names no unit: %q", key, comment)
		}
	}
}

var defaultForm = regexp.MustCompile(`Default: (.+?)\.( |$)`)

// TestExampleTellsTheDefaults sets every documented default in a file and compares with what Go has without one.
func TestExampleTellsTheDefaults(t *testing.T) {
	seen := 0
	for _, d := range readDocumented(readExample(t)) {
		m := defaultForm.FindStringSubmatch(d.comment)
		if m == nil {
			continue
		}
		seen++
		if !d.active && d.value != m[1] {
			t.Errorf("%s: the comment says %s, the line below %s", d.key, m[1], d.value)
		}
		got, want := withKey(t, d.key, m[1]), withKey(t, d.key, "")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: documented default %s is not Go's:\n got %+v\nwant %+v", d.key, m[1], got, want)
		}
	}
	if seen < 50 {
		t.Errorf("compared only %d defaults", seen)
	}
}

// withKey decodes a file in which only this key stands, or only its table when the value is empty.
func withKey(t *testing.T, key, value string) *Config {
	t.Helper()
	i := strings.LastIndexByte(key, '.')
	text := ""
	if table := key[:max(i, 0)]; slices.Contains([]string{"keys", "seal.marks", "seal.fields", "users"}, table) {
		text = "[[" + table + "]]\n"
	} else if table != "" {
		text = "[" + table + "]\n"
	}
	if value != "" {
		text += key[i+1:] + " = " + value + "\n"
	}
	values := map[string]any{}
	if err := toml.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	c, r := Default(), &report{}
	r.decodeConfig(c, values)
	if len(r.faults) > 0 {
		t.Errorf("%s: %v", text, r.faults)
	}
	return normal(c)
}

// normal makes an empty list equal to none.
func normal(c *Config) *Config {
	for _, list := range []*[]string{&c.Trust.Intermediates, &c.Trust.IssuerHosts, &c.Trust.PrivateHosts, &c.Trust.IdentityExtensions, &c.Company.Certificates} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(c.Timestamp.URLs) == 0 {
		c.Timestamp.URLs = nil
	}
	if len(c.Timestamp.Roots) == 0 {
		c.Timestamp.Roots = nil
	}
	if len(c.Notify.Managers) == 0 {
		c.Notify.Managers = nil
	}
	for i := range c.Keys {
		if len(c.Keys[i].ID) == 0 {
			c.Keys[i].ID = nil
		}
	}
	for i := range c.Seal.Marks {
		if len(c.Seal.Marks[i].Lines) == 0 {
			c.Seal.Marks[i].Lines = nil
		}
	}
	if c.Contracts.Number.text == "" {
		c.Contracts.Number = Pattern{}
	}
	return c
}

func TestExampleWithEveryKeyActive(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#([a-z0-9_]+ = )`).ReplaceAllString(readExample(t), "$1")
	c, err := Parse([]byte(text), exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(slices.Collect(maps.Keys(c.lines))); got < 100 {
		t.Errorf("only %d lines were found", got)
	}
	if folder := filepath.Dir(c.Trust.Roots[0]); !strings.HasSuffix(folder, "roots") {
		t.Errorf("trust.roots[0] = %s", c.Trust.Roots[0])
	}
}
