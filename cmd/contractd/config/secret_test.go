//go:build unix

package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func writeFile(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // the umask does not count
		t.Fatal(err)
	}
	return file
}

func TestSecretFromFile(t *testing.T) {
	for text, want := range map[string]string{"授权码 1\n": "授权码 1", "a\r\n": "a", " a \n\n": " a \n", "a": "a"} {
		got, err := Secret{File: writeFile(t, "s", text, 0o600)}.Read(t.Context(), "PIN", nil)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestSecretFileIsRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, part := range map[string]string{
		writeFile(t, "group", "a", 0o640):                              "rights are 0640",
		writeFile(t, "world", "a", 0o604):                              "chmod 600",
		writeFile(t, "empty", "\n", 0o600):                             "empty",
		writeFile(t, "large", strings.Repeat("a", maxSecret+1), 0o600): "at most",
		writeFile(t, "zero", "a\x00b", 0o600):                          "not a text",
		t.TempDir():                                                    "not a regular file",
		pipe:                                                           "not a regular file",
		filepath.Join(t.TempDir(), "missing.secret"):                   "no such file",
	} {
		_, err := Secret{File: file}.Read(t.Context(), "PIN", nil)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want …%s…", file, err, part)
		}
	}
}

func TestSecretFromCredential(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := (Secret{Credential: "imap"}).Read(t.Context(), "password", nil); err == nil || !strings.Contains(err.Error(), "LoadCredential") {
		t.Errorf("without systemd: %v", err)
	}
	// systemd.exec(5): the files are 0440 in a folder that only the unit's user may enter.
	file := writeFile(t, "imap", "geheim\n", 0o440)
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(file))
	got, err := Secret{Credential: "imap"}.Read(t.Context(), "password", nil)
	if err != nil || got != "geheim" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSecretFromPrompt(t *testing.T) {
	asked := ""
	prompt := func(_ context.Context, what string) (string, error) {
		asked = what
		return "1234", nil
	}
	got, err := Secret{Prompt: true}.Read(t.Context(), "PIN of org", prompt)
	if err != nil || got != "1234" || asked != "PIN of org" {
		t.Errorf("got %q, %v, asked for %q", got, err, asked)
	}
	if _, err := (Secret{Prompt: true}).Read(t.Context(), "PIN of org", nil); err == nil {
		t.Error("without a terminal it was read all the same")
	}
	if _, err := (Secret{}).Read(t.Context(), "PIN of org", prompt); !errors.Is(err, ErrNoSecret) {
		t.Errorf("no secret configured: %v", err)
	}
}

func TestCheckFiles(t *testing.T) {
	folder := t.TempDir()
	for name, mode := range map[string]os.FileMode{"mail.password": 0o644, "org.p12": 0o600} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "roots.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := Parse([]byte(minimal+"[timestamp]\nuser='u'\npassword={credential='tsa'}\n"), filepath.Join(folder, "c.toml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	faults := c.CheckFiles()
	want := []struct {
		key  string
		line int
	}{{"mail.imap.password.file", 6}, {"trust.roots[0]", 20}, {"timestamp.password.credential", 23}}
	if len(faults) != len(want) {
		t.Fatalf("got %v", faults)
	}
	for i, w := range want {
		if faults[i].Key != w.key || faults[i].Line != w.line {
			t.Errorf("got %v, want %v", faults[i], w)
		}
	}

	// systemd.exec(5): a credential's rights are not its owner's alone.
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(writeFile(t, "tsa", "geheim", 0o440)))
	if faults := c.CheckFiles(); len(faults) != len(want)-1 {
		t.Errorf("with the credential: %v", faults)
	}
}
