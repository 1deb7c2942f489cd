package templates

import (
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"contractd/workflow"
)

//go:embed letters
var letterFiles embed.FS

// maxFile is how large a replaced file may be.
const maxFile = 1 << 20

// Set is a complete set of letters, safe for concurrent use.
type Set struct {
	letters map[string]letter
}

// letter is one kind of letter in one language.
type letter struct {
	text *template.Template // Defines "subject" as well.
	html *html.Template
}

// Kinds lists the kinds of letters.
var Kinds = []workflow.LetterKind{
	workflow.LetterContract, workflow.LetterConfirmed, workflow.LetterReview,
	workflow.LetterRejected, workflow.LetterWithdrawn, workflow.LetterExtended, workflow.LetterNotice,
}

func letterName(kind workflow.LetterKind, language workflow.Language) string {
	return string(kind) + "." + string(language)
}

// Load returns the embedded letters, each file replaced by the one of the same name in overrideDir where there is
// one ("contract.zh-CN.txt", "contract.zh-CN.html", "foot.zh-CN.txt", "shell.html"). An empty overrideDir replaces
// nothing. A file that cannot be read or executed, or whose name replaces nothing, is an error naming file and line.
// All faults are reported together.
func Load(overrideDir string) (*Set, error) {
	source, err := openSource(overrideDir)
	if err != nil {
		return nil, err
	}
	set := &Set{letters: map[string]letter{}}
	var faults []error
	for _, language := range Languages {
		for _, kind := range Kinds {
			name := letterName(kind, language)
			loaded, err := source.letter(name, string(language))
			if err == nil {
				err = rehearse(loaded, kind, language)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("load letter %s: %w", name, err))
			}
			set.letters[name] = loaded
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return set, nil
}

// source reads a file from the folder of replacements, else from the embedded ones.
type source struct {
	dir      string
	replaced map[string]bool
}

// openSource lists what is replaced. A name that replaces nothing is a slip, and would be ignored for ever.
func openSource(dir string) (source, error) {
	s := source{dir, map[string]bool{}}
	if dir == "" {
		return s, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, fmt.Errorf("read folder of letters: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || entry.IsDir() {
			continue
		}
		if _, err := fs.Stat(letterFiles, "letters/"+name); err != nil {
			return s, workflow.WithHint(fmt.Errorf("letter %s: replaces no known letter: %w", filepath.Join(dir, name), workflow.ErrUsage),
				"names are such as contract.zh-CN.txt, contract.zh-CN.html, foot.zh-CN.txt, shell.html")
		}
		s.replaced[name] = true
	}
	return s, nil
}

// read returns a file's text and the name under which its faults are told.
func (s source) read(name string) (shown, text string, err error) {
	if !s.replaced[name] {
		raw, err := letterFiles.ReadFile("letters/" + name)
		return name, string(raw), err
	}
	shown = filepath.Join(s.dir, name)
	info, err := os.Stat(shown)
	if err != nil {
		return shown, "", fmt.Errorf("read letter: %w", err)
	}
	if info.Size() > maxFile {
		return shown, "", fmt.Errorf("read letter %s: larger than 1 MiB", shown)
	}
	raw, err := os.ReadFile(shown)
	return shown, string(raw), err
}

// functions are what letters may call.
var functions = map[string]any{"facts": facts, "list": func(items ...string) []string { return items }, "join": strings.Join}

// facts makes rows of labels and values, without those that have no value.
func facts(pairs ...string) ([][2]string, error) {
	var rows [][2]string
	if len(pairs)%2 != 0 {
		return nil, errors.New("facts: a label lacks its value")
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			rows = append(rows, [2]string{pairs[i], pairs[i+1]})
		}
	}
	return rows, nil
}

// letter parses the files of one letter.
func (s source) letter(name, language string) (letter, error) {
	shown, main, err := s.read(name + ".txt")
	if err != nil {
		return letter{}, err
	}
	// An override is told by its whole path; errors of text/template begin with the template's name and line.
	text, err := template.New(shown).Funcs(functions).Parse(main)
	if err != nil {
		return letter{}, err
	}
	footName, foot, err := s.read("foot." + language + ".txt")
	if err != nil {
		return letter{}, err
	}
	if _, err := text.New(footName).Parse(foot); err != nil {
		return letter{}, err
	}
	page, err := s.html(name)
	return letter{text, page}, err
}

// html parses a letter's HTML with the shell round it.
func (s source) html(name string) (*html.Template, error) {
	shown, main, err := s.read(name + ".html")
	if err != nil {
		return nil, err
	}
	page, err := html.New(shown).Funcs(functions).Parse(main)
	if err != nil {
		return nil, err
	}
	shellName, shell, err := s.read("shell.html")
	if err != nil {
		return nil, err
	}
	_, err = page.New(shellName).Parse(shell)
	return page, err
}
