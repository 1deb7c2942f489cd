// Package tsa obtains and judges RFC 3161 timestamps.
//
// It promises: Stamp returns a token only if nonce, imprint, signature, time and chain to the configured anchors are
// right; authorities are asked in order, each within its own deadline and a size limit; a judgement is data.
//
// It does not read revocation data.
package tsa

import (
	"crypto/x509"
	"errors"
	"time"

	"contractd/signer/cms"
	"contractd/signer/trust"
)

// ErrUnavailable is wrapped when no authority gave a usable token; trying again later may help.
var ErrUnavailable = errors.New("no timestamp authority gave a usable timestamp")

// MaxToken is the longest token in octets that Stamp accepts. Tokens with their chain take 2 to 8 KiB.
const MaxToken = 16 << 10

// Code says what is wrong with a timestamp.
type Code string

// The codes of Verify.
const (
	Malformed    Code = "timestamp-malformed"   // Not a timestamp token at all.
	WrongImprint Code = "timestamp-imprint"     // The token is over something else: copied from elsewhere.
	BadSignature Code = "timestamp-signature"   // The token itself is altered or signed by another.
	Untrusted    Code = "timestamp-untrusted"   // The authority is none of ours, or not valid at that time.
	Weak         Code = "timestamp-weak"        // A digest or key that policy does not accept.
	Order        Code = "timestamp-order"       // The stated time contradicts an order that is known.
	Unsupported  Code = "timestamp-unsupported" // An algorithm that is not supported; nothing is proven either way.
)

// Finding is one thing that is wrong with a timestamp.
type Finding struct {
	Code   Code
	Detail string // For operators.
}

// Options says what a caller knows about the moment.
type Options struct {
	At        time.Time           // When the chain is judged; zero means the token's own time.
	NotBefore time.Time           // The token cannot be older; zero if unknown.
	NotAfter  time.Time           // The token cannot be younger; zero if unknown.
	Pool      []*x509.Certificate // Further certificates for signer and path.
	Policy    *trust.Policy       // nil means trust.DefaultPolicy.
}

// Result is what Verify found.
type Result struct {
	Token     *Token            // nil when malformed.
	Time      time.Time         // genTime.
	Accuracy  time.Duration     // 0 when not stated.
	Authority *x509.Certificate // The certificate that signed; nil when not found.
	Path      trust.Result
	CMS       cms.Findings
	Findings  []Finding // Empty: the time is proven.
}

// Has reports whether one of the findings has that code.
func (r Result) Has(code Code) bool {
	for _, finding := range r.Findings {
		if finding.Code == code {
			return true
		}
	}
	return false
}

// Size returns how many octets to reserve for the next token of the same authority, given an earlier one: serial
// number, fraction of a second, nonce and ECDSA values vary by some octets. Without one it is MaxToken.
func Size(previous []byte) int {
	const variation = 128
	if len(previous) == 0 {
		return MaxToken
	}
	return min(len(previous)+variation, MaxToken)
}
