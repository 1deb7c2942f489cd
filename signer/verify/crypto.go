package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"

	"contractd/signer/cms"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// The SubFilters that verification.md, 8 names.
const (
	subFilterPKCS7     = "adbe.pkcs7.detached"
	subFilterCAdES     = "ETSI.CAdES.detached"
	subFilterTimestamp = "ETSI.RFC3161"
	subFilterSHA1      = "adbe.pkcs7.sha1"
	subFilterX509      = "adbe.x509.rsa_sha1"
)

// cryptography reads each value and checks it over its byte range; verification.md, 7 and 8.
func (c *fileCase) cryptography() error {
	for _, s := range c.found {
		if s.covered == nil {
			continue
		}
		if err := c.value(s); err != nil {
			return fmt.Errorf("check signature %q: %w", s.out.Field, err)
		}
	}
	return nil
}

func (c *fileCase) value(s *signature) error {
	switch s.out.SubFilter {
	case subFilterSHA1, subFilterX509:
		// ISO 32000-2, 12.8.3.1 deprecates both: SHA-1 is all that they prove.
		s.fail(workflow.ReasonWeakAlgorithm, "SubFilter %s rests on SHA-1", s.out.SubFilter)
		return nil
	}
	digest := func(h crypto.Hash) ([]byte, error) {
		return c.digests.around(h, s.span[1], s.span[2], s.span[2]+s.span[3])
	}
	parsed, err := cms.Parse(s.contents.Value)
	if err != nil {
		if seal, failure := c.electronicSeal(s, digest); seal || failure != nil {
			return failure
		}
		c.unreadable(s, err)
		return nil
	}
	s.cms = parsed
	s.out.Value = workflow.HashOf(parsed.Signer.Value)
	if claimed, ok := parsed.Signer.SigningTime(); ok {
		s.out.ClaimedTime = claimed
	} else if claimed, ok := date(s.dict["M"]); ok {
		s.out.ClaimedTime = claimed
	}
	c.nothingBehind(s, parsed.Length)
	if s.timestamp() {
		return c.documentTimestamp(s, digest)
	}
	return c.signatureValue(s, digest)
}

// unreadable tells a broken value of a known format from a format that is unknown.
func (c *fileCase) unreadable(s *signature, err error) {
	switch s.out.SubFilter {
	case subFilterPKCS7, subFilterCAdES, subFilterTimestamp, "":
		s.fail(workflow.ReasonCMS, "%v", err)
	default:
		s.doubt(workflow.ReasonSubFilter, "SubFilter %s: %v", s.out.SubFilter, err)
	}
}

// signatureValue checks a signature proper. Chinese clients write many SubFilters over the same CMS, so the ASN.1
// decides.
func (c *fileCase) signatureValue(s *signature, digest func(crypto.Hash) ([]byte, error)) error {
	findings, err := s.cms.Check(digest, cms.CheckOptions{
		RequireESS: s.out.SubFilter == subFilterCAdES,
		Prefixed: func(prefix []byte) ([]byte, error) {
			return c.digests.behind(cms.SM3, prefix, s.span[1], s.span[2], s.span[2]+s.span[3])
		},
	})
	if err != nil {
		return err
	}
	for _, f := range findings {
		s.out.Blame(cmsCause(f))
	}
	s.out.Intact = len(findings) == 0
	c.describe(s, s.cms.SignerCertificate())
	return nil
}

var cmsReasons = map[cms.Code]workflow.Reason{
	cms.MessageDigest:   workflow.ReasonDigest,
	cms.SignatureValue:  workflow.ReasonSignatureValue,
	cms.NoCertificate:   workflow.ReasonSignerUnclear,
	cms.AmbiguousSigner: workflow.ReasonSignerUnclear,
	cms.SignerMismatch:  workflow.ReasonSignerUnclear,
	cms.Unsupported:     workflow.ReasonUnsupported,
}

func cmsCause(f cms.Finding) workflow.Cause {
	cause := workflow.Cause{Reason: cmsReasons[f.Code], Weight: workflow.Failed, Detail: fmt.Sprintf("%s: %s", f.Code, f.Detail)}
	if cause.Reason == "" {
		cause.Reason = workflow.ReasonCMS
	}
	if f.Code == cms.Unsupported {
		cause.Weight = workflow.Indeterminate
	}
	return cause
}

// documentTimestamp checks a timestamp over the byte range; ISO 32000-2, 12.8.5.
func (c *fileCase) documentTimestamp(s *signature, digest func(crypto.Hash) ([]byte, error)) error {
	r, err := tsa.Verify(s.contents.Value[:s.cms.Length], digest, c.opts.TSARoots, c.stampOptions())
	if err != nil {
		return err
	}
	s.token = &r
	s.out.Intact = r.Token != nil && !r.Has(tsa.WrongImprint) && !r.Has(tsa.BadSignature) && !r.Has(tsa.Unsupported)
	for _, f := range r.Findings {
		cause := stampCause(f)
		if f.Code == tsa.WrongImprint {
			cause.Reason = workflow.ReasonDigest
		}
		if c.trust || cause.Weight == workflow.Failed {
			s.out.Blame(cause)
		}
	}
	c.describe(s, r.Authority)
	s.path = r.Path
	return nil
}

func (c *fileCase) stampOptions() tsa.Options {
	return tsa.Options{NotAfter: c.opts.Now.Add(clockSkew), Pool: c.opts.Intermediates}
}

// stampCause weighs what is wrong with a timestamp: an authority that is none of ours proves nothing, a token that
// does not belong here was put here by somebody.
func stampCause(f tsa.Finding) workflow.Cause {
	cause := workflow.Cause{Reason: workflow.ReasonTimestamp, Weight: workflow.Failed, Detail: fmt.Sprintf("%s: %s", f.Code, f.Detail)}
	switch f.Code {
	case tsa.Untrusted:
		cause.Reason, cause.Weight = workflow.ReasonTimestampTrust, workflow.Indeterminate
	case tsa.Weak:
		cause.Reason = workflow.ReasonWeakAlgorithm
	case tsa.Unsupported:
		cause.Reason, cause.Weight = workflow.ReasonUnsupported, workflow.Indeterminate
	case tsa.Order:
		cause.Weight = workflow.Indeterminate
	}
	return cause
}

// describe fills in what was signed with, and whom the certificate names.
func (c *fileCase) describe(s *signature, cert *x509.Certificate) {
	s.out.Algorithm = algorithmName(cert, s.cms.Signer)
	if cert != nil {
		c.name(s, cert)
	}
}

func (c *fileCase) name(s *signature, cert *x509.Certificate) {
	s.out.Signer = cert.Subject.CommonName
	if s.out.Signer == "" {
		s.out.Signer = strings.Join(cert.Subject.Organization, "; ")
	}
	s.out.Issuer = cert.Issuer.CommonName
	if s.out.Issuer == "" {
		s.out.Issuer = strings.Join(cert.Issuer.Organization, "; ")
	}
	s.out.Certificate = describeCertificate(cert, c.opts.IdentityExtensions)
}

func algorithmName(cert *x509.Certificate, signer cms.SignerInfo) string {
	key := ""
	if cert != nil {
		switch k := cert.PublicKey.(type) {
		case *rsa.PublicKey:
			key = fmt.Sprintf("RSA-%d ", k.N.BitLen())
		case *ecdsa.PublicKey:
			key = k.Curve.Params().Name + " "
		}
	}
	name := key + signer.Signature.Name
	if !strings.Contains(name, signer.Digest.Name) {
		name += " with " + signer.Digest.Name
	}
	return name
}
