// Package faulty builds a PKCS#11 module for tests that passes calls on to a real one and fails when told to: it hangs,
// crashes, loses the token, its sessions or a login, and counts how often a PIN is tried. testdata/faulty.c says how it is
// steered. It is no part of the product.
package faulty

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed testdata/faulty.c
var source []byte

// ErrCompiler says that there is no C compiler (Debian: gcc, libc6-dev).
var ErrCompiler = errors.New("a C compiler is missing")

// Module is one built module with its control folder.
type Module struct {
	Path string // Of the shared library.
	Dir  string // What FAULTY_DIR names.
	Real string // What FAULTY_MODULE names.
}

// Build compiles the module into a folder; headers holds pkcs11.h.
func Build(dir, headers, real string) (*Module, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCompiler, err)
	}
	m := &Module{Path: filepath.Join(dir, "faulty.so"), Dir: dir, Real: real}
	text := filepath.Join(dir, "faulty.c")
	if err := os.WriteFile(text, source, 0o600); err != nil {
		return nil, err
	}
	build := exec.Command(compiler, "-shared", "-fPIC", "-O1", "-Wall", "-I", headers, "-o", m.Path, text, "-ldl")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the faulty module: %w\n%s", err, said)
	}
	return m, nil
}

// Headers returns the folder with pkcs11.h of the library that contractd uses.
func Headers() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		return "", fmt.Errorf("find pkcs11.h: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Environment is what a process that loads the module needs beside the usual.
func (m *Module) Environment() []string {
	return []string{"FAULTY_DIR=" + m.Dir, "FAULTY_MODULE=" + m.Real}
}

// Rules replaces the rules, a line each: FUNCTION ACTION TIMES.
func (m *Module) Rules(rules ...string) error {
	text := strings.Join(rules, "\n") + "\n"
	next := filepath.Join(m.Dir, "rules.next")
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(m.Dir, "rules")) // The module never reads half of them.
}

// Calls counts how often a function was called.
func (m *Module) Calls(function string) (int, error) {
	return m.count("calls", func(line string) bool { return strings.HasSuffix(line, " "+function) })
}

// Logins counts how often a PIN was tried, whoever's it was.
func (m *Module) Logins() (int, error) {
	return m.count("logins", func(line string) bool { return line != "" })
}

// Fired counts how often rules held.
func (m *Module) Fired() (int, error) {
	return m.count("fired", func(line string) bool { return line != "" })
}

// Tries returns how many wrong PINs the token still takes; it begins with ten.
func (m *Module) Tries() (int, error) {
	text, err := os.ReadFile(filepath.Join(m.Dir, "tries"))
	if errors.Is(err, fs.ErrNotExist) {
		return 10, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// SetTries sets how many wrong PINs the token still takes.
func (m *Module) SetTries(n int) error {
	return os.WriteFile(filepath.Join(m.Dir, "tries"), []byte(strconv.Itoa(n)+"\n"), 0o600)
}

func (m *Module) count(name string, fits func(string) bool) (int, error) {
	text, err := os.ReadFile(filepath.Join(m.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if fits(strings.TrimSpace(line)) {
			n++
		}
	}
	return n, err
}
