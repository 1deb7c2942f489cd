package verify

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// certificates judges signers' certificates; verification.md, 17. Revocation belongs here too, between path and
// verdict, once signer/trust reads it.
func (c *fileCase) certificates() error {
	if !c.trust {
		return nil
	}
	policy := trust.DefaultPolicy()
	stored, err := c.storedCertificates()
	if err != nil {
		return err
	}
	for _, s := range c.found {
		if s.cms == nil || s.timestamp() {
			continue
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
		at := c.judgedAt(s)
		findings := policy.SignedData(s.cms, at)
		if cert := s.cms.SignerCertificate(); cert != nil {
			pool := slices.Concat(s.cms.Certificates, c.opts.Intermediates, stored)
			s.path = trust.Path(cert, pool, c.opts.Roots, at, trust.Sign)
			findings = append(findings, s.path.Findings...)
		}
		for _, f := range findings {
			c.weigh(s, f)
		}
	}
	return nil
}

const maxStored = 100

// storedCertificates reads those of the DSS, which help to build paths. ISO 32000-2, 12.8.4.3.
func (c *fileCase) storedCertificates() ([]*x509.Certificate, error) {
	r := c.file.Last()
	catalog, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	dss, err := r.Dict(catalog["DSS"])
	if err != nil {
		return nil, err
	}
	list, err := r.Array(dss["Certs"])
	if err != nil {
		return nil, err
	}
	var stored []*x509.Certificate
	for _, o := range list[:min(len(list), maxStored)] {
		value, err := r.Resolve(o)
		if err != nil {
			return nil, err
		}
		stream, ok := value.(*pdf.Stream)
		if !ok {
			continue
		}
		der, err := r.Decode(stream)
		if err != nil {
			return nil, err
		}
		if cert, err := x509.ParseCertificate(der); err == nil {
			stored = append(stored, cert)
		}
	}
	return stored, nil
}

// weigh turns what speaks against a certificate into a cause.
func (c *fileCase) weigh(s *signature, f trust.Finding) {
	switch f.Code {
	case trust.Untrusted, trust.Constraint:
		s.doubt(workflow.ReasonUntrusted, "%s: %s", f.Code, f.Detail)
	case trust.Expired:
		s.doubt(workflow.ReasonExpired, "%s", f.Detail)
		c.untrustedTimes(s)
	case trust.NotYetValid:
		s.doubt(workflow.ReasonNotYetValid, "%s", f.Detail)
	case trust.KeyUsage, trust.ExtendedKeyUsage:
		if f.Code == trust.KeyUsage && s.path.Has(trust.CACertificate) {
			return // A CA could issue itself a certificate for signing: noted, proof of nothing.
		}
		s.fail(workflow.ReasonKeyUsage, "%s: %s", f.Code, f.Detail)
	case trust.WeakDigest, trust.WeakKey:
		s.fail(workflow.ReasonWeakAlgorithm, "%s: %s", f.Code, f.Detail)
	case trust.Unsupported:
		s.doubt(workflow.ReasonUnsupported, "%s", f.Detail)
	case trust.CACertificate:
		c.note("signature %q: the signer's certificate is that of a CA", s.out.Field)
	default:
		s.doubt(workflow.ReasonUntrusted, "%s: %s", f.Code, f.Detail)
	}
}

// untrustedTimes names the timestamp that would have helped, had its authority been trusted.
func (c *fileCase) untrustedTimes(s *signature) {
	for _, r := range s.tokens {
		if s.out.Time.IsZero() && r.Has(tsa.Untrusted) {
			s.doubt(workflow.ReasonTimestampTrust, "its timestamp of %s is by an authority that is not trusted", r.Time.Format(time.RFC3339))
		}
	}
}

// describeCertificate copies what people and rules need.
func describeCertificate(cert *x509.Certificate) *workflow.Certificate {
	subject := trust.Identity(cert)
	d := &workflow.Certificate{
		Subject: cert.Subject.String(), Organization: subject.Organization, Serial: cert.SerialNumber.Text(16),
		NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
		Fingerprint: sha256.Sum256(cert.Raw), PublicKey: sha256.Sum256(cert.RawSubjectPublicKeyInfo),
	}
	if subject.CreditCode != "" {
		d.Codes = append(d.Codes, subject.CreditCode)
	}
	for _, id := range subject.Identifiers {
		if !slices.Contains(d.Codes, id.Value) {
			d.Codes = append(d.Codes, id.Value)
		}
	}
	return d
}
