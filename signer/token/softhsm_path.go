package token

import (
	"fmt"
	"os"
)

// softHSMModules are the places of libsofthsm2.so.
var softHSMModules = []string{
	"/usr/lib/softhsm/libsofthsm2.so",
	"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib64/pkcs11/libsofthsm2.so",
	"/usr/lib64/softhsm/libsofthsm2.so",
	"/usr/local/lib/softhsm/libsofthsm2.so",
}

// FindSoftHSM returns the path of the SoftHSM2 module; the error wraps ErrMissing if it is not installed.
func FindSoftHSM() (string, error) {
	for _, path := range softHSMModules {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find SoftHSM2 (Debian: softhsm2): %w", ErrMissing)
}
