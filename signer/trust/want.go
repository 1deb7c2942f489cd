package trust

import (
	"bytes"
	"crypto/x509"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/ocsp"

	"contractd/signer/cms"
)

// WantKind is what an address gives.
type WantKind string

// The kinds of what can be fetched.
const (
	WantOCSP   WantKind = "ocsp"   // POST application/ocsp-request (RFC 6960, A.1).
	WantCRL    WantKind = "crl"    // GET (RFC 5280, 4.2.1.13).
	WantIssuer WantKind = "issuer" // GET, one certificate (RFC 5280, 4.2.2.1).
)

// Want is something that would answer an open question, if it were fetched.
type Want struct {
	Kind WantKind `json:"kind"`
	URLs []string `json:"urls"`           // In the order of preference; one is enough.
	Body []byte   `json:"body,omitempty"` // With WantOCSP: the request.
}

const maxURLs = 4 // Of one certificate and kind.

// RevocationWants returns what would settle what is unknown, or known only from what is old. The certificates must be those of a path to an anchor:
// only then are the addresses in them those of an authority, and not of whoever made a file.
func RevocationWants(chain []*x509.Certificate, standings []Status) []Want {
	var wants []Want
	for i, s := range standings {
		if s.Standing != StandingUnknown && !s.Old || i+1 >= len(chain) {
			continue
		}
		if urls := webOnly(s.Certificate.OCSPServer); len(urls) > 0 {
			if body, err := ocsp.CreateRequest(s.Certificate, chain[i+1], nil); err == nil {
				wants = append(wants, Want{Kind: WantOCSP, URLs: urls, Body: body})
			}
		}
		if urls := webOnly(s.Certificate.CRLDistributionPoints); len(urls) > 0 {
			wants = append(wants, Want{Kind: WantCRL, URLs: urls})
		}
	}
	return wants
}

// IssuerWants returns where the missing issuer of a certificate may be had. Nobody vouches for a certificate without a
// path, so an address in it is followed only to a host that is trusted with it: named by hosts, or by an anchor or
// configured certificate as the place of its own material.
func IssuerWants(cert *x509.Certificate, known []*x509.Certificate, hosts []string) []Want {
	trusted := slices.Clone(hosts)
	for _, one := range known {
		for _, address := range slices.Concat(one.IssuingCertificateURL, one.CRLDistributionPoints, one.OCSPServer) {
			if u, err := url.Parse(address); err == nil {
				trusted = append(trusted, u.Hostname())
			}
		}
	}
	urls := slices.DeleteFunc(webOnly(cert.IssuingCertificateURL), func(address string) bool {
		u, err := url.Parse(address)
		return err != nil || !slices.ContainsFunc(trusted, func(host string) bool { return strings.EqualFold(host, u.Hostname()) })
	})
	if len(urls) == 0 {
		return nil
	}
	return []Want{{Kind: WantIssuer, URLs: urls}}
}

// webOnly keeps addresses with http or https and a host; ldap and file are not followed.
func webOnly(addresses []string) []string {
	var kept []string
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(kept) < maxURLs {
			kept = append(kept, address)
		}
	}
	return kept
}

// Dangling climbs by names and signatures as far as pool leads and returns the certificate whose issuer is missing.
func Dangling(cert *x509.Certificate, pool []*x509.Certificate) *x509.Certificate {
	for range maxPath {
		i := slices.IndexFunc(pool, func(issuer *x509.Certificate) bool {
			return bytes.Equal(issuer.RawSubject, cert.RawIssuer) && !issuer.Equal(cert) && len(cms.CheckIssued(cert, issuer)) == 0
		})
		if i < 0 {
			break
		}
		cert = pool[i]
	}
	return cert
}
