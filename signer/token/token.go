// Package token opens PKCS#11 tokens (CA 锁) and gives their private keys as crypto.Signers.
//
// It promises: a PIN is tried once for each Open and never again after it was refused; the last try that a token
// allows is never used up; every call has a deadline, after which the token counts as unusable until it is opened
// again, for PKCS#11 calls cannot be cancelled. Keys never leave the token.
//
// It does not keep PINs, and it does not remember across processes that a PIN was refused (workflow/keys does).
package token

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"time"
)

// Sentinels by which callers decide.
var (
	ErrModule      = errors.New("PKCS#11 module cannot be used")    // Wrong path, wrong architecture, or it fails to start.
	ErrMissing     = errors.New("token or key is not present")      // Plug it in, or correct the configuration.
	ErrAmbiguous   = errors.New("several tokens or keys match")     // Name it more closely.
	ErrPIN         = errors.New("token refused the PIN")            // Never try again without a person.
	ErrPINFinalTry = errors.New("one try is left for the PIN")      // Refused before trying.
	ErrPINLocked   = errors.New("PIN of the token is locked")       // Only its administrator can unlock it.
	ErrLogin       = errors.New("token needs a login")              // Login first.
	ErrRemoved     = errors.New("token was removed")                // Open it again once it is back.
	ErrTimeout     = errors.New("token did not answer in time")     // Open it again.
	ErrUnsupported = errors.New("token cannot do what is asked")    // Mechanism or kind of key.
	ErrNoCgo       = errors.New("built without support for tokens") // Build with CGO_ENABLED=1 and a C compiler.
)

// Config names a token and, where it holds several, a key on it.
type Config struct {
	Module      string        // Path of the PKCS#11 library.
	TokenLabel  string        // Label of the token; this or Serial, unless there is only one token.
	Serial      string        // Serial number of the token.
	ObjectLabel string        // Label of the key or its certificate; empty if only one pair is there.
	ID          []byte        // CKA_ID of the key; empty if ObjectLabel or the only pair decides.
	Sessions    int           // How many operations may run at once; default 1, which every token can do.
	Timeout     time.Duration // For each call; default 30 s.
}

// PINState is what a token says about its PIN before a login.
type PINState struct {
	Initialized bool // A user PIN was set at all.
	CountLow    bool // A wrong PIN was entered since the last successful login.
	FinalTry    bool // The next wrong PIN locks the token.
	Locked      bool
}

// Info describes a token.
type Info struct {
	Label        string
	Serial       string
	Manufacturer string
	Model        string
	PIN          PINState
}

// Object is a certificate on a token.
type Object struct {
	Label       string
	ID          []byte
	Certificate *x509.Certificate // nil if crypto/x509 cannot read it (SM2).
	HasKey      bool              // A private key belongs to it; known only after Login on most tokens.
}

// Key is a private key on a token with its certificate. It may be used concurrently; the token's pool of sessions
// bounds how many operations run at once.
type Key struct {
	crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // Further certificates on the token.
	Label       string
	ID          []byte
}

// WithContext returns a signer whose calls end with ctx.
func (k *Key) WithContext(ctx context.Context) crypto.Signer {
	if s, ok := k.Signer.(interface {
		withContext(context.Context) crypto.Signer
	}); ok {
		return s.withContext(ctx)
	}
	return k.Signer
}
