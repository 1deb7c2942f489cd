package pdf

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool skips the test if a program is missing, except in CI.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing (Debian package %s)", name, debian)
	}
	t.Skipf("%s is missing (Debian package %s)", name, debian)
	return ""
}

func tempFile(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run returns what a program prints; it must exit 0.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %v: %v\n%s", filepath.Base(program), args, err, out)
	}
	return string(out)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkTools has other readers say whether they see the same document.
func checkTools(t *testing.T, before *File, out []byte) {
	path := tempFile(t, out)
	if s := run(t, tool(t, "qpdf", "qpdf"), "--check", path); !strings.Contains(s, "No syntax or stream encoding errors found") {
		t.Errorf("qpdf --check: %s", s)
	}
	pages, err := before.Last().Pages()
	if err != nil {
		t.Fatal(err)
	}
	pageCount := fmt.Sprintf("%d", len(pages))
	s := run(t, tool(t, "pdfinfo", "poppler-utils"), path)
	info, err := before.Last().Info()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s, "Pages:           "+pageCount+"\n") || strings.Contains(s, "Error") {
		t.Errorf("pdfinfo: %s", s)
	}
	if title := Text(info["Title"]); title != "" && !strings.Contains(s, title) {
		t.Errorf("pdfinfo lost the title %s: %s", title, s)
	}
	s = run(t, tool(t, "mutool", "mupdf-tools"), "info", path)
	if !strings.Contains(s, "Pages: "+pageCount+"\n") || strings.Contains(s, "rror") || strings.Contains(s, "warning: repair") {
		t.Errorf("mutool info: %s", s)
	}
	s = run(t, tool(t, "pdfsig", "poppler-utils"), "-nocert", path)
	if !strings.Contains(s, "甲方签章") {
		t.Errorf("pdfsig does not see the field: %s", s)
	}
}
