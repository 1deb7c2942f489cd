// Package sm2module builds a PKCS#11 module for tests: a token with one SM2 key, which signs by a mechanism of the vendor's
// own. testdata/sm2.c says how it is set. It is no part of the product.
package sm2module

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed testdata/sm2.c
var source []byte

// ErrCompiler says that there is no C compiler, or nothing of libcrypto to compile with (Debian: gcc, libc6-dev, libssl-dev).
var ErrCompiler = errors.New("a C compiler or libssl-dev is missing")

// PIN is the token's.
const PIN = "654321"

// Token is how the vendor made it.
type Token struct {
	File      string // PEM with the private key and its certificate.
	Mechanism uint64 // CKM_….
	KeyType   uint64 // CKK_….
	Input     string // digest or message.
	Signature string // raw or der.
}

// Build compiles the module into a folder and returns its path; headers holds pkcs11.h.
func Build(dir, headers string) (string, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCompiler, err)
	}
	probe := exec.Command(compiler, "-E", "-include", "openssl/evp.h", "-x", "c", os.DevNull)
	if err := probe.Run(); err != nil {
		return "", fmt.Errorf("%w: find openssl/evp.h: %w", ErrCompiler, err)
	}
	text, library := filepath.Join(dir, "sm2.c"), filepath.Join(dir, "sm2.so")
	if err := os.WriteFile(text, source, 0o600); err != nil {
		return "", err
	}
	build := exec.Command(compiler, "-shared", "-fPIC", "-O1", "-Wall", "-I", headers, "-o", library, text, "-lcrypto")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the SM2 module: %w\n%s", err, said)
	}
	return library, nil
}

// Environment is what a process that loads the module needs beside the usual.
func (t Token) Environment() []string {
	return []string{
		"SM2_FILE=" + t.File, "SM2_PIN=" + PIN, "SM2_INPUT=" + t.Input, "SM2_SIGNATURE=" + t.Signature,
		fmt.Sprintf("SM2_MECHANISM=%#x", t.Mechanism), fmt.Sprintf("SM2_KEY_TYPE=%#x", t.KeyType),
	}
}
