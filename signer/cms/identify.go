package cms

import (
	"crypto/x509"
	"errors"
)

// SignerCertificate returns the certificate that the signer names, from the embedded ones or else the further ones
// given; nil when there is none, several different ones, or only one that crypto/x509 cannot read.
func (s *SignedData) SignerCertificate(further ...*x509.Certificate) *x509.Certificate {
	c := &checker{SignedData: s, opts: CheckOptions{Certificates: further}}
	cert, _ := c.certificate()
	return cert
}

// certificate finds the one certificate that the signer identifier and the ESS attributes mean.
func (c *checker) certificate() (*x509.Certificate, bool) {
	named := c.named()
	if len(named) == 0 {
		c.missing()
		return nil, false
	}
	ids, err := c.Signer.essCertIDs()
	if err != nil {
		c.add(AttributeForm, "signing-certificate attribute: %v", err)
		return nil, false
	}
	var meant []*x509.Certificate
	var why error
	for _, cert := range named {
		if err := matchesESS(ids, cert); err != nil {
			why = err
			continue
		}
		meant = append(meant, cert)
	}
	switch {
	case errors.Is(why, errUnsupported) && len(meant) == 0:
		c.add(Unsupported, "%v", why)
		return nil, false
	case len(meant) == 0:
		c.add(SignerMismatch, "%v", why)
		return nil, false
	case len(meant) > 1 && c.Signer.KeyID == nil:
		c.add(AmbiguousSigner, "%d certificates bear serial number %v of the same issuer", len(meant), c.Signer.Serial)
		return nil, false
	}
	return meant[0], true
}

// named returns the different certificates that the signer identifier fits.
func (c *checker) named() []*x509.Certificate {
	var found []*x509.Certificate
	for _, all := range [][]*x509.Certificate{c.Certificates, c.opts.Certificates} {
		for _, cert := range all {
			if c.Signer.names(cert.RawIssuer, cert.SerialNumber, cert.SubjectKeyId) && !contains(found, cert) {
				found = append(found, cert)
			}
		}
	}
	return found
}

// missing says why there is no certificate: not embedded, or embedded and unreadable.
func (c *checker) missing() {
	for _, raw := range c.Unread {
		if !c.Signer.names(raw.Issuer, raw.Serial, raw.KeyID) {
			continue
		}
		if raw.Key.Name != "" && raw.Key.Name != "RSA" {
			c.add(Unsupported, "public key %s", raw.Key.Name)
		} else {
			c.add(Unsupported, "certificate that cannot be read: %v", raw.Cause)
		}
		return
	}
	c.add(NoCertificate, "none of %d certificates is the one that the signer names", len(c.Certificates)+len(c.Unread))
}

func contains(all []*x509.Certificate, cert *x509.Certificate) bool {
	for _, one := range all {
		if one.Equal(cert) {
			return true
		}
	}
	return false
}
