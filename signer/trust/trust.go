// Package trust decides whether a certificate leads to a configured trust anchor, what it may be used for, whether
// the algorithms are still acceptable, and whom it names.
//
// It promises: only the anchors that were given count, never the system pool; every judgement is made for a given
// moment; whatever speaks against a certificate is a typed Finding, not an error.
//
// It reads CRLs and OCSP responses that somebody hands it; only Fetcher fetches any.
package trust

import "crypto/x509"

// Purpose is what a certificate was used for.
type Purpose string

// The purposes of Path.
const (
	Sign      Purpose = "sign"      // A person's or an organisation's signature on a document.
	Timestamp Purpose = "timestamp" // An RFC 3161 token: critical extended key usage timeStamping, alone.
)

// Code says what speaks against a certificate or an algorithm.
type Code string

// The codes of Path and of Policy.
const (
	Untrusted        Code = "untrusted"             // No path leads to a configured anchor.
	Expired          Code = "expired"               // A certificate of the path was no longer valid at the time judged.
	NotYetValid      Code = "not-yet-valid"         // A certificate of the path was not valid yet at the time judged.
	KeyUsage         Code = "key-usage"             // The key usage has neither digitalSignature nor nonRepudiation.
	ExtendedKeyUsage Code = "extended-key-usage"    // The extended key usage is for something else (serverAuth only …).
	CACertificate    Code = "ca-certificate"        // The signer's certificate is that of a CA: a note for policy, proof of nothing.
	Constraint       Code = "constraint"            // RFC 5280, 6.1: path length, name constraint, unknown critical extension.
	WeakDigest       Code = "weak-digest"           // A digest that policy does not accept at the time judged.
	WeakKey          Code = "weak-key"              // A key that is too short for the time judged.
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

// Trusted reports whether nothing speaks against the certificate, notes aside.
func (r Result) Trusted() bool {
	for _, finding := range r.Findings {
		if finding.Code != CACertificate {
			return false
		}
	}
	return len(r.Chain) > 0
}
