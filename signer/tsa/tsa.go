// Package tsa obtains and judges RFC 3161 timestamps.
//
// It promises: a token is returned by Stamp only if nonce, imprint, signature and chain to the configured anchors
// are right; every authority is asked in order within its own deadline; a judgement is data. It does not read
// revocation data.
package tsa

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/http"
	"time"

	"contractd/signer/cms"
	"contractd/signer/trust"
)

// ErrUnavailable is wrapped when no authority gave a usable token; trying again later may help.
var ErrUnavailable = errors.New("no timestamp authority answered with a usable timestamp")

// Authority is one timestamp server.
type Authority struct {
	URL      string // http or https.
	User     string // Basic authentication; empty for none.
	Password string
}

// Client asks authorities in order.
type Client struct {
	Authorities []Authority
	Anchors     *trust.Anchors
	HTTP        *http.Client     // nil means one of its own, without proxy surprises.
	Timeout     time.Duration    // For each authority; 0 means 15 s.
	Now         func() time.Time // nil means time.Now.
}

// Stamp returns a checked token over imprint.
func (c *Client) Stamp(ctx context.Context, imprint []byte, hash crypto.Hash) ([]byte, error) {
	return nil, errors.New("tsa: not written yet")
}

// Token is a parsed timestamp.
type Token struct {
	CMS      *cms.SignedData
	Time     time.Time     // genTime.
	Accuracy time.Duration // 0 when not stated.
	Policy   asn1.ObjectIdentifier
	Serial   *big.Int
	Nonce    *big.Int // nil when absent.
	Digest   cms.Algorithm
	Imprint  []byte
}

// Parse reads a TimeStampToken.
func Parse(token []byte) (*Token, error) { return nil, errors.New("tsa: not written yet") }

// Code says what is wrong with a timestamp.
type Code string

// The codes of Verify. Findings of the signature and of the path keep the codes of cms and trust.
const (
	WrongImprint Code = "timestamp-imprint" // The token is over something else: copied from elsewhere.
	BadSignature Code = "timestamp-signature"
	Untrusted    Code = "timestamp-untrusted"
	Order        Code = "timestamp-order" // The stated time contradicts an order that is known.
)

// Finding is one thing that is wrong with a timestamp.
type Finding struct {
	Code   Code
	Detail string
}

// Options says what a caller knows about the moment.
type Options struct {
	At        time.Time           // When the chain is judged; zero means the token's own time.
	NotBefore time.Time           // The token cannot be older; zero if unknown.
	NotAfter  time.Time           // The token cannot be younger; zero if unknown.
	Pool      []*x509.Certificate // Further certificates for the path.
}

// Result is what Verify found.
type Result struct {
	Token     *Token
	Time      time.Time // genTime.
	Authority *x509.Certificate
	Path      trust.Result
	CMS       cms.Findings
	Findings  []Finding // Empty: the time is proven.
}

// Verify judges a token over what digest gives.
func Verify(token []byte, digest func(crypto.Hash) ([]byte, error), anchors *trust.Anchors, opts Options) (Result, error) {
	return Result{}, errors.New("tsa: not written yet")
}

// Size returns how many octets to reserve for the next token of the same authority, given an earlier one (nil: an
// upper bound for any token that Stamp accepts).
func Size(previous []byte) int { return 0 }
