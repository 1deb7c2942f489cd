// Package trust decides whether a certificate leads to a configured trust anchor, what it may be used for, whether
// the algorithms are still acceptable, and whom it names.
//
// It promises: only the anchors that were given count, never the system pool; every judgement is made for a given
// moment; whatever speaks against a certificate is a typed Finding, not an error.
//
// It does not fetch anything, and it does not yet read revocation data.
package trust

import (
	"crypto/x509"
	"errors"
	"time"
)

// Purpose is what a certificate was used for.
type Purpose string

// The purposes of Path.
const (
	Sign      Purpose = "sign"      // A person's or an organisation's signature on a document.
	Timestamp Purpose = "timestamp" // An RFC 3161 token: critical extended key usage timeStamping, alone.
)

// Code says what speaks against a certificate.
type Code string

// The codes of Path and of Policy.
const (
	Untrusted        Code = "untrusted"             // No path leads to a configured anchor.
	Expired          Code = "expired"               // A certificate of the path was no longer valid at the time judged.
	NotYetValid      Code = "not-yet-valid"         // A certificate of the path was not valid yet at the time judged.
	KeyUsage         Code = "key-usage"             // The key usage has neither digitalSignature nor nonRepudiation.
	ExtendedKeyUsage Code = "extended-key-usage"    // The extended key usage is for something else (serverAuth only …).
	CACertificate    Code = "ca-certificate"        // The signer's certificate is that of a CA; a note for policy, no proof of anything.
	Constraint       Code = "constraint"            // RFC 5280, 6.1: path length, name constraint or unknown critical extension.
	WeakDigest       Code = "weak-digest"           // A digest that ETSI TS 119 312 no longer accepts.
	WeakKey          Code = "weak-key"              // A key that is too short.
	Unsupported      Code = "unsupported-algorithm" // The path uses an algorithm that is not supported; nothing is proven.
)

// Finding is one thing that speaks against a certificate or an algorithm.
type Finding struct {
	Code        Code
	Certificate *x509.Certificate // The one concerned; nil when it is none in particular.
	Detail      string            // For operators.
}

// Result is what Path found.
type Result struct {
	Chain    []*x509.Certificate // Leaf first, anchor last; nil when no path was found.
	Findings []Finding           // Empty means trusted for that purpose at that time.
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

// Anchors are the certificates that are trusted by configuration.
type Anchors struct {
	certificates []*x509.Certificate
	pool         *x509.CertPool
}

// LoadAnchors reads anchors from PEM (or DER) files and from folders of them. No certificate at all is an error.
func LoadAnchors(paths ...string) (*Anchors, error) { return nil, errors.New("trust: not written yet") }

// ParseAnchors reads every certificate of one PEM text or one DER certificate.
func ParseAnchors(data []byte) (*Anchors, error) { return nil, errors.New("trust: not written yet") }

// NewAnchors makes anchors of certificates at hand.
func NewAnchors(certificates ...*x509.Certificate) *Anchors { return &Anchors{} }

// Certificates returns the anchors.
func (a *Anchors) Certificates() []*x509.Certificate { return a.certificates }

// Path looks for a path from cert over pool to anchors and judges it for purpose at the moment at, under
// DefaultPolicy.
func Path(cert *x509.Certificate, pool []*x509.Certificate, anchors *Anchors, at time.Time, purpose Purpose) Result {
	return Result{}
}
