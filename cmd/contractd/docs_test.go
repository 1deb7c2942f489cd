package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"contractd/cmd/contractd/cli"
)

// verb is a command as its --help shows it.
type verb struct {
	path     string // "archive query", empty for the program itself.
	flags    []string
	examples []string
	children []string
}

var (
	childLine = regexp.MustCompile(`^  ([a-z]+) `)
	flagLine  = regexp.MustCompile(`^ {2,6}(?:(-[a-zA-Z]), )?(--[a-z][a-z-]*)`)
	flagUsed  = regexp.MustCompile(`(?:^| )(--?[a-zA-Z][a-z-]*)`)
	quoted    = regexp.MustCompile(`'[^']*'|"[^"]*"`)
)

// readHelp asks a command and everything below it for --help.
func readHelp(t *testing.T, path ...string) []verb {
	t.Helper()
	var out, said bytes.Buffer
	if code := cli.Run(t.Context(), append(path, "--help"), strings.NewReader(""), &out, &said); code != 0 {
		t.Fatalf("contractd %s --help ended with %d: %s", strings.Join(path, " "), code, &said)
	}
	v, section := verb{path: strings.Join(path, " ")}, ""
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, "\n")
		if strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ") {
			section = line
			continue
		}
		switch child, flag := childLine.FindStringSubmatch(line), flagLine.FindStringSubmatch(line); {
		case section == "Available Commands:" && child != nil:
			v.children = append(v.children, child[1])
		case section == "Examples:" && strings.Contains(line, "contractd "):
			v.examples = append(v.examples, strings.TrimSpace(line))
		case strings.HasSuffix(section, "Flags:") && flag != nil:
			v.flags = append(v.flags, flag[1], flag[2])
		}
	}
	all := []verb{v}
	for _, child := range v.children {
		if child != "completion" && child != "help" { // The library's own.
			all = append(all, readHelp(t, append(slices.Clone(path), child)...)...)
		}
	}
	return all
}

// pages are the documents for users, by name.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	check(t, err)
	all := map[string]string{}
	for _, file := range append(files, filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")) {
		text, err := os.ReadFile(file)
		check(t, err)
		name, err := filepath.Rel(root, file)
		check(t, err)
		all[name] = string(text)
	}
	return all
}

func TestEveryVerbIsDocumented(t *testing.T) {
	verbs := readHelp(t)
	if len(verbs) < 20 {
		t.Fatalf("found only %d verbs", len(verbs))
	}
	readme := pages(t)["README.md"]
	for _, v := range verbs {
		if len(v.children) == 0 && !strings.Contains(readme, "`"+v.path+"`") {
			t.Errorf("README.md does not name `%s`", v.path)
		}
		if len(v.children) == 0 && len(v.examples) == 0 && len(v.flags) > 6 { // More than help and the global ones.
			t.Errorf("%s has flags and no example", v.path)
		}
	}
}

// TestExamplesWork holds the flags of every example, in --help and in the documents, to what the command knows.
func TestExamplesWork(t *testing.T) {
	verbs := readHelp(t)
	for _, v := range verbs {
		for _, example := range v.examples {
			for _, fault := range exampleFaults(verbs, example) {
				t.Errorf("contractd %s --help: %s: %s", v.path, example, fault)
			}
		}
	}
	checked := 0
	for name, page := range pages(t) {
		shown := false // Within a fence.
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "```") {
				shown = !shown
			}
			if command, found := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(line), "$ "), "contractd "); shown && found {
				checked++
				for _, fault := range exampleFaults(verbs, "contractd "+command) {
					t.Errorf("%s: %s: %s", name, strings.TrimSpace(line), fault)
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("found only %d examples in the documents", checked)
	}
}

// exampleFaults returns what is wrong with a command line.
func exampleFaults(verbs []verb, line string) []string {
	line, _, _ = strings.Cut(quoted.ReplaceAllString(line, "TEXT"), " #")
	var faults []string
	for part := range strings.SplitSeq(strings.ReplaceAll(line, "sudo -u contractd ", ""), "|") {
		_, arguments, found := strings.Cut(part, "contractd ")
		if !found {
			continue
		}
		v := verbOf(verbs, arguments)
		if v.path == "" && !strings.HasPrefix(arguments, "-") {
			faults = append(faults, "no such command")
			continue
		}
		for _, used := range flagUsed.FindAllStringSubmatch(arguments, -1) {
			if !slices.Contains(v.flags, used[1]) {
				faults = append(faults, v.path+" has no flag "+used[1])
			}
		}
	}
	return faults
}

var configFlag = regexp.MustCompile(`^(?:--config|-c) \S+ `)

// verbOf returns the longest command that the arguments begin with.
func verbOf(verbs []verb, arguments string) verb {
	arguments = configFlag.ReplaceAllString(arguments, "")
	var best verb
	for _, v := range verbs {
		if strings.HasPrefix(arguments+" ", v.path+" ") && len(v.path) > len(best.path) || v.path == "" && best.path == "" {
			best = v
		}
	}
	return best
}

func TestExampleFaultsAreFound(t *testing.T) {
	verbs := readHelp(t)
	for line, want := range map[string]int{
		"contractd verify returned.pdf --json":                               0,
		"contractd archive query --number 'NJ --nonsense' --csv > x.csv":     0,
		"contractd --config some.toml show A-7 --pages DIR # --nonsense":     0,
		"contractd verify returned.pdf --jsn":                                1,
		"contractd nonsense":                                                 1,
		"contractd archive open A-7 -o - | contractd verify - --nonsense":    1,
		"contractd archive query --from 2026-01-01 --nonsense --too":         2,
		"sudo -u contractd contractd doctor --config /etc/contractd/c --bad": 1,
		"sudo -u contractd contractd doctor --config /etc/contractd/c":       0,
	} {
		if faults := exampleFaults(verbs, line); len(faults) != want {
			t.Errorf("%s: %q, want %d faults", line, faults, want)
		}
	}
}

var linkForm = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	for name, page := range pages(t) {
		for _, link := range linkForm.FindAllStringSubmatch(page, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), link[1])); err != nil {
				t.Errorf("%s: link to %s: %v", name, link[1], err)
			}
		}
	}
}

// TestRoomsAreDescribed wants a line for each room in the table of the architecture.
func TestRoomsAreDescribed(t *testing.T) {
	page := pages(t)["docs/architecture.md"]
	for _, p := range listPackages(t) {
		if room := roomOf(p.ImportPath); !strings.Contains(page, "\n| `"+room+"` |") {
			t.Errorf("docs/architecture.md has no line for %s", room)
		}
	}
}

var exitForm = regexp.MustCompile(`(\d) ([^;.]+)[;.]`)

// TestExitCodesAreDocumented compares the table of the README with what --help says.
func TestExitCodesAreDocumented(t *testing.T) {
	var out bytes.Buffer
	cli.Run(t.Context(), []string{"--help"}, strings.NewReader(""), &out, &out)
	_, text, _ := strings.Cut(strings.ReplaceAll(out.String(), "\n", " "), "Exit codes: ")
	text, _, _ = strings.Cut(text, "Usage:")
	codes := exitForm.FindAllStringSubmatch(text, -1)
	if len(codes) != 10 {
		t.Fatalf("found %d exit codes in %q", len(codes), text)
	}
	for _, code := range codes {
		if !strings.Contains(pages(t)["README.md"], "\n| "+code[1]+" | "+code[2]) {
			t.Errorf("README.md does not say that exit code %s means %q", code[1], code[2])
		}
	}
}
