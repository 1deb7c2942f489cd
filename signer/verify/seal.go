package verify

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"contractd/signer/ses"
	"contractd/signer/trust"
	"contractd/workflow"
)

// electronicSeal judges a value that is an SES_Signature in place of a CMS; verification.md, 8. What the ASN.1 is decides, not
// the SubFilter; ok is false for what is none.
func (c *fileCase) electronicSeal(s *signature, digest func(crypto.Hash) ([]byte, error)) (ok bool, err error) {
	seal, err := ses.Parse(s.contents.Value)
	if err != nil {
		return false, nil // The fault of the CMS is the one to tell.
	}
	s.seal = seal
	s.out.Value = workflow.HashOf(seal.Value)
	s.out.ClaimedTime = seal.Time
	c.nothingBehind(s, seal.Length)
	// Of its validity alone the seal is judged later, for the time that is proven then.
	findings, err := seal.Check(digest, seal.Seal.From)
	if err != nil {
		return true, err
	}
	for _, f := range findings {
		s.out.Blame(sealCause(f))
	}
	s.out.Intact = len(findings) == 0
	s.out.Algorithm = fmt.Sprintf("SM2 with SM3, electronic seal of version %d", seal.Version)
	c.name(s, seal.Signer)
	return true, nil
}

// nothingBehind holds to verification.md, 3: behind the value nothing but the zero bytes that fill the reserved space.
func (c *fileCase) nothingBehind(s *signature, length int) {
	if rest := bytes.Trim(s.contents.Value[length:], "\x00"); len(rest) > 0 {
		s.fail(workflow.ReasonContents, "%d bytes other than zero follow the signature's value", len(rest))
	}
}

var sealReasons = map[ses.Code]workflow.Reason{
	ses.SignatureValue: workflow.ReasonSignatureValue,
	ses.NotListed:      workflow.ReasonSignerUnclear,
	ses.SealValue:      workflow.ReasonSignatureValue,
	ses.DocumentHash:   workflow.ReasonDigest,
	ses.Unsupported:    workflow.ReasonUnsupported,
}

func sealCause(f ses.Finding) workflow.Cause {
	cause := workflow.Cause{Reason: sealReasons[f.Code], Weight: workflow.Failed, Detail: fmt.Sprintf("%s: %s", f.Code, f.Detail)}
	if f.Code == ses.Unsupported {
		cause.Weight = workflow.Indeterminate
	}
	return cause
}

// sealTrust judges the certificates of signer and seal maker, and whether the seal was valid.
func (c *fileCase) sealTrust(s *signature, policy *trust.Policy, stored []*x509.Certificate, at time.Time) []trust.Finding {
	pool := slices.Concat(c.opts.Intermediates, c.opts.Evidence.Certificates, stored)
	s.path = policy.Path(s.seal.Signer, pool, c.opts.Roots, at, trust.Sign)
	findings := slices.Clone(s.path.Findings)
	for _, f := range policy.Path(s.seal.Seal.Maker, pool, c.opts.Roots, at, trust.Sign).Findings {
		f.Detail = "seal maker: " + f.Detail
		findings = append(findings, f)
	}
	if from, to := s.seal.Seal.From, s.seal.Seal.To; at.Before(from) || at.After(to) {
		s.doubt(workflow.ReasonExpired, "the electronic seal %q is valid from %s to %s", s.seal.Seal.Name, from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	return findings
}

// value is what a signature timestamp is over.
func (s *signature) value() []byte {
	if s.seal != nil {
		return s.seal.Value
	}
	return s.cms.Signer.Value
}

// timestamps returns the tokens over the value.
func (s *signature) timestamps() [][]byte {
	switch {
	case s.seal == nil:
		return s.cms.Signer.TimestampTokens()
	case s.seal.Timestamp != nil:
		return [][]byte{s.seal.Timestamp}
	}
	return nil
}

// signer returns the certificate that made the value, and those beside it.
func (s *signature) signer() (*x509.Certificate, []*x509.Certificate) {
	if s.seal != nil {
		return s.seal.Signer, nil
	}
	return s.cms.SignerCertificate(), s.cms.Certificates
}

// readable reports whether there is a value of a person to judge.
func (s *signature) readable() bool { return (s.cms != nil || s.seal != nil) && !s.timestamp() }
