package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"

	"contractd/signer/cms"
)

// Bound is a shortest key: keys of at least that many bits are acceptable until that moment.
type Bound struct {
	Bits  int
	Until time.Time // Zero: no end is set yet.
}

// Policy says which algorithms are acceptable until when (ETSI TS 119 312, 10). What it does not name is refused.
type Policy struct {
	Digests map[crypto.Hash]time.Time // Acceptable until; zero: no end is set yet.
	RSA     []Bound
	EC      []Bound
}

// DefaultPolicy returns the policy of this program. MD5, SHA-1, SHA-224 and RSA under 2048 bits were out of
// ETSI TS 119 312 before the first contract was sealed, so they have no date; no end is set for the others, because
// a date in the future that only a new release could move would stop honest contracts.
func DefaultPolicy() *Policy {
	return &Policy{
		Digests: map[crypto.Hash]time.Time{
			crypto.SHA256: {}, crypto.SHA384: {}, crypto.SHA512: {}, crypto.SHA512_256: {},
			crypto.SHA3_256: {}, crypto.SHA3_384: {}, crypto.SHA3_512: {},
			cms.SM3: {}, // GB/T 32905; the policy of the State Cryptography Administration, not of ETSI.
		},
		RSA: []Bound{{Bits: 2048}},
		EC:  []Bound{{Bits: 256}},
	}
}

// SignedData judges the digests of one CMS structure at a moment. The signer's key is judged by Path, and algorithms
// that cms does not support are its to report.
func (p *Policy) SignedData(s *cms.SignedData, at time.Time) []Finding {
	for _, algorithm := range []cms.Algorithm{s.Signer.Digest, s.Signer.Signature} {
		if f, weak := p.digest(algorithm.Hash, at); weak {
			f.Certificate = s.SignerCertificate()
			return []Finding{f}
		}
	}
	return nil
}

// Digest judges one digest at a moment, such as that of a timestamp's imprint.
func (p *Policy) Digest(h crypto.Hash, at time.Time) []Finding {
	if f, weak := p.digest(h, at); weak {
		return []Finding{f}
	}
	return nil
}

func (p *Policy) digest(h crypto.Hash, at time.Time) (Finding, bool) {
	if h == 0 {
		return Finding{}, false
	}
	until, known := p.Digests[h]
	if known && over(until, at) {
		return Finding{Code: WeakDigest, Detail: fmt.Sprintf("%s was acceptable until %s", cms.DigestName(h), until.Format(time.DateOnly))}, true
	}
	return Finding{Code: WeakDigest, Detail: fmt.Sprintf("digest %s", cms.DigestName(h))}, !known
}

func over(until, at time.Time) bool { return !until.IsZero() && at.After(until) }

// Key judges the key of a certificate at a moment.
func (p *Policy) Key(cert *x509.Certificate, at time.Time) []Finding {
	var bounds []Bound
	var bits int
	var name string
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		bounds, bits, name = p.RSA, key.N.BitLen(), "RSA"
	case *ecdsa.PublicKey:
		bounds, bits, name = p.EC, key.Curve.Params().BitSize, "EC"
	default:
		return nil
	}
	for _, bound := range bounds {
		if bits >= bound.Bits && !over(bound.Until, at) {
			return nil
		}
	}
	return []Finding{{WeakKey, cert, fmt.Sprintf("%s key of %d bits", name, bits)}}
}

// chain judges the keys of a path and the digests that its certificates are signed with; an anchor's own signature
// proves nothing and is left out.
func (p *Policy) chain(chain []*x509.Certificate, at time.Time) []Finding {
	var findings []Finding
	for i, cert := range chain {
		findings = append(findings, p.Key(cert, at)...)
		if i == len(chain)-1 {
			break
		}
		if f, weak := p.digest(cms.CertificateAlgorithm(cert).Hash, at); weak {
			f.Certificate = cert
			findings = append(findings, f)
		}
	}
	return findings
}
