package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	testca "contractd/signer/signtest"
)

// TestVerifyClosesItselfOff watches the system calls of `contractd verify`: once the file is open, the process gives up paths
// and most calls, or has a child that did so read the file.
func TestVerifyClosesItselfOff(t *testing.T) {
	needPart(t, "strace")
	program, err := os.Executable()
	check(t, err)
	ours := filepath.Join(t.TempDir(), "contractd")
	check(t, os.Symlink(program, ours))
	file, err := filepath.Abs(filepath.Join(root, "testdata/pdf/libreoffice.pdf"))
	check(t, err)
	ca, err := testca.NewCA(testca.CAOptions{Name: "墙内根"})
	check(t, err)
	anchor := filepath.Join(t.TempDir(), "root.pem")
	check(t, ca.WriteRoot(anchor))
	for name, args := range map[string][]string{
		"asks nobody":     {"verify", "--offline", file},
		"may ask":         {"verify", "--root", anchor, file},
		"writes a report": {"verify", "--offline", "--html", filepath.Join(t.TempDir(), "report.html"), file},
	} {
		t.Run(name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "calls")
			trace := append([]string{"-f", "-o", log, "-e", "trace=seccomp,landlock_restrict_self,openat,execve", ours}, args...)
			out, err := exec.CommandContext(t.Context(), "strace", trace...).CombinedOutput()
			if err == nil { // The file has no signature: 3.
				t.Errorf("it passed: %s", out)
			}
			traced, err := os.ReadFile(log)
			check(t, err)
			before, after, closed := strings.Cut(string(traced), "SECCOMP_SET_MODE_FILTER")
			if !closed || !strings.Contains(before, "landlock_restrict_self") {
				t.Fatalf("neither it nor a child of it closed itself off:\n%s\n%s", out, traced)
			}
			if _, opened, _ := strings.Cut(after, file); opened != "" && strings.Contains(opened, "= 0") {
				t.Errorf("the file was opened after the walls stood:\n%s", after)
			}
		})
	}
}
