package trust

import (
	"bytes"
	"crypto/x509"

	"contractd/signer/cms"
)

const (
	maxPath   = 8
	maxChecks = 48 // Signatures verified in one diagnosis.
)

// diagnose says why crypto/x509 found no path: it refuses SHA-1 and what it does not support in the same way as a
// stranger. A path that holds by signatures alone is returned together with what policy or RFC 5280 has against it,
// so it is never a trusted one.
func (s *search) diagnose(cause error) ([]*x509.Certificate, []Finding) {
	d := &diagnosis{search: s, left: maxChecks}
	if chain := d.climb([]*x509.Certificate{s.cert}); chain != nil {
		return chain, nil
	}
	if d.unsupported != "" {
		return nil, []Finding{{Unsupported, s.cert, d.unsupported}}
	}
	detail := "no path to a configured anchor"
	if cause != nil {
		detail = cause.Error()
	}
	return nil, []Finding{{Untrusted, s.cert, detail}}
}

type diagnosis struct {
	*search
	left        int
	unsupported string
}

// climb extends a chain to an anchor by names and signatures.
func (d *diagnosis) climb(chain []*x509.Certificate) []*x509.Certificate {
	last := chain[len(chain)-1]
	if d.anchors.Contains(last) {
		return chain
	}
	if len(chain) == maxPath {
		return nil
	}
	for _, candidates := range [][]*x509.Certificate{d.anchors.certificates, d.pool} {
		for _, issuer := range candidates {
			if !bytes.Equal(issuer.RawSubject, last.RawIssuer) || issuer.Equal(last) {
				continue
			}
			if d.left--; d.left < 0 {
				return nil
			}
			findings := cms.CheckIssued(last, issuer)
			if findings.Unsupported() {
				d.unsupported = findings[0].Detail
			}
			if len(findings) > 0 {
				continue
			}
			if found := d.climb(append(chain[:len(chain):len(chain)], issuer)); found != nil {
				return found
			}
		}
	}
	return nil
}

// explained reports whether the findings say why crypto/x509 refused. What they leave unsaid must not pass.
func explained(err error, r Result) bool {
	if r.Has(Untrusted) || r.Has(Unsupported) || r.Has(WeakDigest) {
		return true
	}
	return expiry(err) && (r.Has(Expired) || r.Has(NotYetValid))
}
