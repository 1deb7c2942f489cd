package access

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"contractd/workflow"
)

// prefix lets people and scanners for leaked secrets recognise a key.
const prefix = "cd"

const (
	idLength     = 20 // As workflow.NewID makes them.
	secretLength = 64 // 256 bits in hexadecimal.
)

// newSecret returns 256 random bits.
func newSecret() string {
	var raw [32]byte
	rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24.
	return hex.EncodeToString(raw[:])
}

func text(id workflow.APIKeyID, secret string) string {
	return prefix + "_" + string(id) + "_" + secret
}

// parse takes a key's text apart. An id that no key can have is not looked up.
func parse(shown string) (workflow.APIKeyID, string, bool) {
	parts := strings.Split(shown, "_")
	if len(parts) != 3 || parts[0] != prefix || len(parts[1]) != idLength || len(parts[2]) != secretLength {
		return "", "", false
	}
	return workflow.APIKeyID(parts[1]), parts[2], true
}

func join[T ~string](values []T) string {
	texts := make([]string, len(values))
	for n, value := range values {
		texts[n] = string(value)
	}
	return strings.Join(texts, " ")
}
