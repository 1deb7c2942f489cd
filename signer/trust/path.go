package trust

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

const (
	maxMoments = 64    // Further moments tried to tell "expired" from "untrusted".
	maxRSABits = 16384 // A longer modulus in a stranger's certificate only costs time.
)

// Path looks for a path from cert over pool to anchors (RFC 5280, 6) and judges it for purpose at the moment at,
// under DefaultPolicy.
func Path(cert *x509.Certificate, pool []*x509.Certificate, anchors *Anchors, at time.Time, purpose Purpose) Result {
	return DefaultPolicy().Path(cert, pool, anchors, at, purpose)
}

// Path is the function Path under this policy.
func (p *Policy) Path(cert *x509.Certificate, pool []*x509.Certificate, anchors *Anchors, at time.Time, purpose Purpose) Result {
	s := newSearch(cert, pool, anchors)
	r := Result{Findings: usage(cert, purpose)}
	chains, err := s.at(at)
	switch {
	case err == nil:
		r.Chain = p.best(chains, at)
	case expiry(err):
		r.Chain = s.anyMoment()
	}
	var diagnosed []Finding
	if r.Chain == nil {
		r.Chain, diagnosed = s.diagnose(err)
	}
	r.Findings = append(r.Findings, diagnosed...)
	r.Findings = append(r.Findings, validity(r.Chain, at)...)
	r.Findings = append(r.Findings, p.chain(r.Chain, at)...)
	if r.Chain == nil {
		// Without a path its weaknesses are unknown, but the signer's own key is not.
		r.Findings = append(r.Findings, p.Key(cert, at)...)
	}
	if err != nil && !explained(err, r) {
		r.Findings = append(r.Findings, Finding{Constraint, cert, err.Error()})
	}
	return r
}

// search is one certificate with where its issuers may be.
type search struct {
	cert    *x509.Certificate
	pool    []*x509.Certificate
	anchors *Anchors
	issuers *x509.CertPool
}

func newSearch(cert *x509.Certificate, pool []*x509.Certificate, anchors *Anchors) *search {
	if anchors == nil || anchors.pool == nil {
		anchors = NewAnchors() // To crypto/x509, no pool would mean the system's.
	}
	s := &search{cert: cert, anchors: anchors, issuers: x509.NewCertPool()}
	for _, one := range pool {
		if key, ok := one.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
			continue
		}
		s.pool = append(s.pool, one)
		s.issuers.AddCert(one)
	}
	return s
}

// at lets crypto/x509 build paths. Extended key usage is judged by usage alone: CAs of the field nest it at will.
func (s *search) at(moment time.Time) ([][]*x509.Certificate, error) {
	if s.national() {
		return s.nationalAt(moment)
	}
	return s.cert.Verify(x509.VerifyOptions{
		Roots:         s.anchors.pool,
		Intermediates: s.issuers,
		CurrentTime:   moment,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
}

// anyMoment returns a path that was valid at some moment. Where all validity periods of a path overlap, they do so
// at the start of one of them.
func (s *search) anyMoment() []*x509.Certificate {
	tried := 0
	for _, all := range [][]*x509.Certificate{{s.cert}, s.pool, s.anchors.certificates} {
		for _, one := range all {
			moment := one.NotBefore
			if moment.Before(s.cert.NotBefore) || moment.After(s.cert.NotAfter) {
				continue
			}
			if tried++; tried > maxMoments {
				return nil
			}
			if chains, err := s.at(moment); err == nil {
				return chains[0]
			}
		}
	}
	return nil
}

// best returns the path that policy objects to least.
func (p *Policy) best(chains [][]*x509.Certificate, at time.Time) []*x509.Certificate {
	best, fewest := chains[0], len(p.chain(chains[0], at))
	for _, chain := range chains[1:] {
		if n := len(p.chain(chain, at)); n < fewest {
			best, fewest = chain, n
		}
	}
	return best
}

// validity names the certificates of a path that are not valid at a moment.
func validity(chain []*x509.Certificate, at time.Time) []Finding {
	var findings []Finding
	for _, cert := range chain {
		name := cert.Subject.CommonName
		switch {
		case at.Before(cert.NotBefore):
			findings = append(findings, Finding{NotYetValid, cert, fmt.Sprintf("%q is valid from %s", name, cert.NotBefore.Format(time.RFC3339))})
		case at.After(cert.NotAfter):
			findings = append(findings, Finding{Expired, cert, fmt.Sprintf("%q ended %s", name, cert.NotAfter.Format(time.RFC3339))})
		}
	}
	return findings
}

func expiry(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}
