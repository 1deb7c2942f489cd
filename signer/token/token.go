// Package token opens PKCS#11 tokens (CA 锁) and gives their private keys as crypto.Signers.
//
// A vendor's module runs in a child process of this very program, for its calls cannot be cancelled, and it may crash. It
// promises: every call has a deadline; a child that hangs, crashes, or whose token or sessions went away is replaced, and
// what it was asked is asked once more. Signing may be repeated: a signature that nobody received stands in no document.
// A PIN is never given to a token again without Config.Authorize or a new Login: a call to which the token did not answer may
// have counted. The last try that a token allows is never used up. Keys never leave the token; PINs reach the child by its
// pipe alone, and are wiped where they were ours.
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
	ErrPINCountLow = errors.New("a wrong PIN was entered")          // Refused before trying; a person may say that it is right now.
	ErrPINUnknown  = errors.New("token gave no answer to the PIN")  // It may have counted as a try: as ErrPIN.
	ErrPINLocked   = errors.New("PIN of the token is locked")       // Only its administrator can unlock it.
	ErrLogin       = errors.New("token needs a login")              // Login first.
	ErrRemoved     = errors.New("token was removed")                // Try again once it is back.
	ErrTimeout     = errors.New("token did not answer in time")     // Try again; re-plug it.
	ErrCrash       = errors.New("PKCS#11 module crashed")           // Try again; tell its vendor.
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
	Sessions    int           // How many operations may run at once; default 4, or as many as the token gives.
	Timeout     time.Duration // For each call; default 30 s.

	// Authorize is asked whenever the token wants a PIN: at first, after the child was replaced, and for each signature of
	// a key that wants it so. It gives the PIN to try at most once; anyway says that a person knows of a wrong one before.
	// try's error goes back as it is. Without it, Login must be called again after the child was replaced.
	Authorize func(ctx context.Context, try func(ctx context.Context, pin []byte, anyway bool) error) error
}

// PINState is what a token says about its PIN before a login.
type PINState struct {
	Initialized bool // A user PIN was set at all.
	CountLow    bool // A wrong PIN was entered since the last successful login.
	FinalTry    bool // The next wrong PIN locks the token.
	Locked      bool
	ToBeChanged bool // It is the one that the token came with.
}

// Info describes a token.
type Info struct {
	Label        string
	Serial       string
	Manufacturer string
	Model        string
	PIN          PINState
}

// Slot is a token with the slot that it is in.
type Slot struct {
	Info
	ID          uint
	Reader      string
	Sessions    int    // Open ones of all programs; -1 if the token does not tell.
	MaxSessions int    // 0 means no limit, -1 that the token does not tell.
	Mechanisms  []uint // CKM_…

	flags uint
}

// Object is a certificate on a token.
type Object struct {
	Label       string
	ID          []byte
	Raw         []byte            // The certificate in DER.
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
