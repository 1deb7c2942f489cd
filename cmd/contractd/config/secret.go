package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Secret says where a password or PIN stands; the secret itself never stands in the configuration.
// At most one of the three is set. The zero Secret names none.
type Secret struct {
	File       string `toml:"file"`       // a file that only its owner may read
	Credential string `toml:"credential"` // the name of a systemd credential (LoadCredential=)
	Prompt     bool   `toml:"prompt"`     // asked on the terminal; `serve` under a supervisor cannot
}

// ErrNoSecret says that a secret was asked for and the configuration names none.
var ErrNoSecret = errors.New("no secret configured")

// Prompter asks a person for a secret. It returns an error where there is no terminal.
type Prompter func(ctx context.Context, what string) (string, error)

// IsZero says that no place is named.
func (s Secret) IsZero() bool { return s == Secret{} }

// Read returns the secret without its final newline. What names it to a person who is asked.
func (s Secret) Read(ctx context.Context, what string, prompt Prompter) (string, error) {
	switch {
	case s.File != "":
		return readSecret(s.File, true)
	case s.Credential != "":
		path, err := s.credentialPath()
		if err != nil {
			return "", err
		}
		return readSecret(path, false)
	case s.Prompt && prompt != nil:
		return prompt(ctx, what)
	case s.Prompt:
		return "", fmt.Errorf("read %s: it is asked on a terminal, and there is none", what)
	}
	return "", fmt.Errorf("read %s: %w", what, ErrNoSecret)
}

func (s Secret) credentialPath() (string, error) {
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return "", fmt.Errorf("read credential %q: CREDENTIALS_DIRECTORY is not set; systemd sets it by LoadCredential=", s.Credential)
	}
	return filepath.Join(folder, s.Credential), nil
}

const maxSecret = 64 << 10

func readSecret(path string, ownerOnly bool) (string, error) {
	// Without O_NONBLOCK the opening of a named pipe would wait for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	defer f.Close() // only read
	if err := checkSecret(f, ownerOnly); err != nil {
		return "", fmt.Errorf("read secret %s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", path, err)
	}
	if len(text) > maxSecret || bytes.ContainsRune(text, 0) {
		return "", fmt.Errorf("read secret %s: not a text of at most %d bytes", path, maxSecret)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" {
		return "", fmt.Errorf("read secret %s: the file is empty", path)
	}
	return secret, nil
}

// checkSecret looks at the open file, not at its path, so that nobody can exchange it in between.
func checkSecret(f *os.File, ownerOnly bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if rights := info.Mode().Perm(); ownerOnly && rightsTold && rights&0o077 != 0 {
		return fmt.Errorf("rights are %04o, others than its owner may use it; chmod 600 cures it", rights)
	}
	return nil
}
