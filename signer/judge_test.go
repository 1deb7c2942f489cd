package signer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool skips the test if a program is missing, except in CI.
func tool(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is missing (Debian: %s)", name, debian)
	}
	if err != nil {
		t.Skipf("%s is missing (Debian: %s)", name, debian)
	}
	return path
}

// run returns what a program prints, whatever its exit status: pdfsig and mutool exit 0 on tampered files.
func run(t testing.TB, program string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out), err
}

// judge lets pdfsig, mutool and qpdf judge a file that must carry that many valid signatures, the last one over all.
func judge(t *testing.T, file string, signatures int) {
	t.Helper()
	byPDFSig(t, file, signatures)
	byMuTool(t, file, signatures)
	if out, err := run(t, tool(t, "qpdf", "qpdf"), "--check", file); err != nil || !strings.Contains(out, "No syntax or stream encoding errors found") {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
}

func byPDFSig(t *testing.T, file string, signatures int) {
	t.Helper()
	out, _ := run(t, tool(t, "pdfsig", "poppler-utils"), "-nocert", file)
	valid := strings.Count(out, "Signature Validation: Signature is Valid.")
	signed := strings.Count(out, "Signature #") - strings.Count(out, "The signature form field is not signed.")
	if valid != signatures || signed != signatures {
		t.Errorf("pdfsig: %d of %d signatures valid, want %d\n%s", valid, signed, signatures, out)
	}
	if last := strings.LastIndex(out, "Signature #"); last < 0 || !strings.Contains(out[last:], "Total document signed") {
		t.Errorf("pdfsig: the last signature does not cover the document\n%s", out)
	}
}

func byMuTool(t *testing.T, file string, signatures int) {
	t.Helper()
	out, _ := run(t, tool(t, "mutool", "mupdf-tools"), "sign", "-v", file)
	whole := strings.Count(out, "The document is unchanged since signing")
	earlier := strings.Count(out, "The signature is valid but there have been edits since signing")
	if whole != 1 || earlier != signatures-1 {
		t.Errorf("mutool: %d signatures valid over the whole, %d over a part; want 1 and %d\n%s", whole, earlier, signatures-1, out)
	}
}

func writeTemp(t testing.TB, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
