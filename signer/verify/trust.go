package verify

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"time"

	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// certificates judges signers' certificates; verification.md, 17 and 19.
func (c *fileCase) certificates() error {
	if !c.trust {
		return nil
	}
	policy := trust.DefaultPolicy()
	stored, err := c.storedCertificates()
	if err != nil {
		return err
	}
	evidence, err := c.storedEvidence()
	if err != nil {
		return err
	}
	for _, s := range c.found {
		if s.proves() {
			c.stampRevocation(policy, s, evidence)
		}
		if !s.readable() {
			continue
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
		at := c.judgedAt(s)
		findings := c.judgeTrust(s, policy, stored, at)
		c.revocation(policy, s, evidence, at)
		for _, f := range findings {
			c.weigh(s, f)
		}
	}
	return nil
}

// judgeTrust looks for the signer's path.
func (c *fileCase) judgeTrust(s *signature, policy *trust.Policy, stored []*x509.Certificate, at time.Time) []trust.Finding {
	if s.seal != nil {
		return c.sealTrust(s, policy, stored, at)
	}
	findings := policy.SignedData(s.cms, at)
	cert, embedded := s.signer()
	if cert == nil {
		return findings
	}
	pool := slices.Concat(embedded, c.opts.Intermediates, c.opts.Evidence.Certificates, stored)
	s.path = policy.Path(cert, pool, c.opts.Roots, at, trust.Sign)
	c.missingIssuer(s, cert, pool)
	return append(findings, s.path.Findings...)
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
func describeCertificate(cert *x509.Certificate, extensions []string) *workflow.Certificate {
	subject := trust.Identity(cert, extensions...)
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
