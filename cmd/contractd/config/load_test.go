package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// minimal is the least that is valid. Tests put faults into it.
const minimal = `[company]
name = "甲方公司"
[mail.imap]
host = "imap.example.com"
user = "a@example.com"
password = { file = "mail.password" }
[mail.smtp]
host = "smtp.example.com"
from = "甲方 <a@example.com>"
[[keys]]
name = "org"
role = "organization"
kind = "softkey"
file = "org.p12"
[seal]
level = "B-B"
[[seal.marks]]
key = "org"
[trust]
roots = ["roots.pem"]
`

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "contractd.toml")
	if err := os.WriteFile(file, []byte("\xef\xbb\xbf"+strings.ReplaceAll(minimal, "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir("/")
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(folder, "org.p12"); c.Keys[0].File != want {
		t.Errorf("keys[0].file = %q, want %q: relative to the file, not to where the process stands", c.Keys[0].File, want)
	}
	if want := filepath.Join(folder, "mail.password"); c.Mail.IMAP.Password.File != want {
		t.Errorf("password file = %q, want %q", c.Mail.IMAP.Password.File, want)
	}
	if c.Mail.SMTP.From != (Address{"甲方", "a@example.com"}) {
		t.Errorf("from = %#v", c.Mail.SMTP.From)
	}
	if c.Contracts.Deadline.Std() != 30*24*time.Hour || c.InlineMax != 256<<10 || c.Mail.IMAP.Port != 993 {
		t.Errorf("defaults are missing: %+v", c)
	}
	if data, err := Parse([]byte("data_dir = 'data'\n"+minimal), file); err != nil || data.DataDir != filepath.Join(folder, "data") {
		t.Errorf("data_dir: %+v, %v", data, err)
	}
	if c.Path != file || c.DataDir != "/var/lib/contractd" {
		t.Errorf("path %q, data_dir %q", c.Path, c.DataDir)
	}
	if faults := c.Validate(); len(faults) > 0 {
		t.Errorf("a loaded configuration is not valid: %v", faults)
	}
}

func TestLoadRefusesWhatIsNoConfiguration(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large.toml")
	if err := os.WriteFile(large, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("large file: %v", err)
	}
	if _, err := Load(filepath.Join(folder, "missing.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(folder); err == nil {
		t.Error("a folder was loaded")
	}
}

// TestFaultsAllAtOnce has several faults of each kind in one file and expects every one, with key and line.
func TestFaultsAllAtOnce(t *testing.T) {
	text := `inline_max = 5
data_dirr = "/x"
[company]
name = true
[mail]
start = "sometimes"
[mail.imap]
host = "imap.example.com"
port = "993"
user = "a"
password = "hunter2"
pol = "5m"
[mail.smtp]
host = "smtps://smtp.example.com"
from = "nobody"
timeout = "5"
[[keys]]
name = "org"
role = "organisation"
kind = "softkey"
[[keys]]
name = "org"
role = "employee"
kind = "pkcs11"
file = "x.p12"
[[seal.marks]]
key = "boss"
size = 600
[trust]
roots = ["a",
  7]
[nonsense]
a = 1
`
	want := []struct {
		key  string
		line int
		part string
	}{
		{"inline_max", 1, "must be a text in quotes, not the number 5"},
		{"data_dirr", 2, "unknown key (did you mean data_dir?)"},
		{"company.name", 4, "not true"},
		{"mail.start", 6, "must be one of now, all"},
		{"mail.imap.port", 9, "must be a whole number, not a text"},
		{"mail.imap.password", 11, "must be a table, not a text (secrets never stand here"},
		{"mail.imap.pol", 12, "unknown key (did you mean poll?)"},
		{"mail.smtp.host", 14, "without scheme"},
		{"mail.smtp.from", 15, "must be an address"},
		{"mail.smtp.timeout", 16, "with a unit"},
		{"keys[0].file", 17, "is required"},
		{"keys[0].role", 19, "must be one of organization, employee"},
		{"keys[1].module", 21, "is required"},
		{"keys[1].token", 21, "is required, or a serial"},
		{"keys[1].name", 22, `"org" stands twice`},
		{"keys[1].file", 25, "does not belong"},
		{"seal.marks[0].key", 27, `named "boss"`},
		{"seal.marks[0].size", 28, "from 5 to 60, not 600"},
		{"trust.roots[1]", 31, "not the number 7"},
		{"nonsense", 32, "unknown key"},
		{"timestamp.urls", 0, `required for seal.level = "B-T"`},
	}
	faults := faultsOf(t, text)
	for i, w := range want {
		if i >= len(faults) {
			t.Fatalf("missing %+v; got %d faults:\n%v", w, len(faults), faults)
		}
		if f := faults[i]; f.Key != w.key || f.Line != w.line || !strings.Contains(f.String(), w.part) {
			t.Errorf("fault %d:\n got %v\nwant line %d: %s: …%s…", i, f, w.line, w.key, w.part)
		}
	}
	if len(faults) > len(want) {
		t.Errorf("also: %v", faults[len(want):])
	}
	if strings.Contains(faults.Error(), "hunter2") {
		t.Error("a password stands in the message")
	}
	if got := strings.Count(faults.Error(), "\n") + 1; got != len(faults) {
		t.Errorf("%d faults in %d lines", len(faults), got)
	}
}

func faultsOf(t *testing.T, text string) Faults {
	t.Helper()
	_, err := Parse([]byte(text), "/etc/contractd.toml")
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("want faults, got %v", err)
	}
	return faults
}

func TestSyntaxFaultHasALine(t *testing.T) {
	for text, line := range map[string]int{
		"a = 1\nb = = 2\n":                  2,
		"[company]\nname = \"a":             2,
		"[company]\n[mail]\n[company]\n":    3,
		"[company]\nname='a'\nname = 'b'\n": 3,
		"[company]\nname = \"\xb9\xe3\"\n":  2, // GBK
	} {
		faults := faultsOf(t, text)
		if len(faults) != 1 || faults[0].Line != line || !strings.Contains(faults[0].Message, "not TOML") {
			t.Errorf("%q: %v, want line %d", text, faults, line)
		}
	}
}

// TestHostileFilesAreCheap has the shapes whose paths or faults would grow with the square of the file.
func TestHostileFilesAreCheap(t *testing.T) {
	for name, text := range map[string]string{
		"dots":     strings.Repeat("a.", 50_000) + "a = 1",
		"brackets": `"` + strings.Repeat("[", 200_000) + `" = 1`,
		"nested":   "a = " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
		"table":    `["` + strings.Repeat("x.", 100_000) + "\"]\n" + numbered(3_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if faults := faultsOf(t, text); len(faults.Error()) > 4096 {
				t.Errorf("a message of %d bytes", len(faults.Error()))
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d = 1\n", i)
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("[[keys]]\n[[keys]]\nid='0'\n[keys.pin]\nfile=[{a=1},2]\n"))
	f.Add([]byte("mail.imap={port=-1,password={file='\\u0000'}}\nmail.smtp.from='a<b>'\n"))
	f.Add([]byte("a.'b\\n'.\"c\\n\"=[[1,[2]],{x=[{y=1}]}]\n[[users]]\nuid=-1\nrights=['view','view']\n"))
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text, "/etc/contractd.toml")
		var faults Faults
		switch {
		case err == nil:
			if more := c.Validate(); len(more) > 0 {
				t.Errorf("valid, then not: %v", more)
			}
		case !errors.As(err, &faults):
			t.Errorf("an error that is no list of faults: %v", err)
		}
		total := strings.Count(string(text), "\n") + 1
		for _, fault := range faults {
			if fault.Line < 0 || fault.Line > total {
				t.Errorf("line %d of %d: %v", fault.Line, total, fault)
			}
			if fault.Message == "" || strings.ContainsAny(fault.String(), "\n\r") {
				t.Errorf("not one line: %q", fault.String())
			}
		}
	})
}

func TestLinesWithinInlineTables(t *testing.T) {
	faults := faultsOf(t, "keys = [\n  { name = 'a' },\n  { nam = 'b', pin = { fil = 'x' } },\n]\n")
	for _, key := range []string{"keys[1].nam", "keys[1].pin.fil"} {
		if i := slices.IndexFunc(faults, func(f Fault) bool { return f.Key == key }); i < 0 || faults[i].Line != 3 {
			t.Errorf("%s is not told with line 3:\n%v", key, faults)
		}
	}
	faults = faultsOf(t, "users = [{ rights = [\n'view',\n'fly' ] }]\n")
	if i := slices.IndexFunc(faults, func(f Fault) bool { return f.Key == "users[0].rights[1]" }); i < 0 || faults[i].Line != 3 {
		t.Errorf("users[0].rights[1] is not told with line 3:\n%v", faults)
	}
}

// TestEveryPathIsResolved finds the keys that are paths by what the example says of them, not by the list under test.
func TestEveryPathIsResolved(t *testing.T) {
	seen := 0
	for _, d := range readDocumented(readExample(t)) {
		i := strings.LastIndexByte(d.key, '.')
		list := strings.HasPrefix(d.value, "[")
		about := strings.Contains(d.comment, "PEM") || strings.Contains(d.comment, " file") || strings.Contains(d.comment, "PNG") || strings.Contains(d.comment, "library")
		if i < 0 || !about || strings.Contains(d.comment, "A secret") || slices.Contains([]string{"kind", "format"}, d.key[i+1:]) {
			continue
		}
		seen++
		table := "[" + d.key[:max(i, 0)] + "]\n"
		if strings.HasPrefix(d.key, "keys.") || strings.HasPrefix(d.key, "seal.marks.") {
			table = "[" + table[:len(table)-1] + "]\n"
		}
		value := `"relative"`
		if list {
			value = `["relative"]`
		}
		values := map[string]any{}
		if err := toml.Unmarshal([]byte(table+d.key[i+1:]+" = "+value), &values); err != nil {
			t.Fatal(err)
		}
		c, r := Default(), &report{}
		r.decodeConfig(c, values)
		c.resolvePaths("/folder")
		if !strings.Contains(fmt.Sprintf("%+v", *c), "/folder/relative") {
			t.Errorf("%s is left relative", d.key)
		}
	}
	if seen < 10 {
		t.Errorf("found only %d keys of paths", seen)
	}
}
