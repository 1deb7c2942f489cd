package verify

import (
	"crypto/x509"
	"slices"
	"time"

	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

func (c *fileCase) revocationOff() bool {
	return c.opts.Revocation == "" || c.opts.Revocation == trust.RevocationOff
}

// revocation judges whether the certificates behind a signature were revoked; verification.md, 19.
func (c *fileCase) revocation(policy *trust.Policy, s *signature, evidence trust.Evidence, at time.Time) {
	if c.revocationOff() {
		return
	}
	evidence = withEmbedded(s, evidence)
	if s.path.Chain != nil && s.path.Trusted() {
		standings := policy.Revocation(s.path.Chain, evidence, at, c.opts.Now)
		c.ask(trust.RevocationWants(s.path.Chain, standings))
		c.weighStandings(s, standings, "")
	}
	for _, token := range s.tokens {
		if len(token.Findings) > 0 || !token.Path.Trusted() {
			continue
		}
		standings := c.authority(policy, token, evidence)
		c.ask(trust.RevocationWants(token.Path.Chain, standings))
		c.weighStandings(s, standings, "timestamp authority: ")
	}
}

// stampRevocation judges the authority of a document timestamp, like that of a signature's.
func (c *fileCase) stampRevocation(policy *trust.Policy, s *signature, evidence trust.Evidence) {
	if c.revocationOff() || !s.token.Path.Trusted() {
		return
	}
	standings := c.authority(policy, *s.token, evidence)
	c.ask(trust.RevocationWants(s.token.Path.Chain, standings))
	c.weighStandings(s, standings, "timestamp authority: ")
}

// withEmbedded adds what the signature itself carries.
func withEmbedded(s *signature, evidence trust.Evidence) trust.Evidence {
	if s.cms == nil {
		return evidence
	}
	if own, ok := s.cms.Signer.Revocation(); ok {
		held := evidence.Carried
		evidence.Carried = trust.Carried{CRLs: slices.Concat(held.CRLs, own.CRLs), OCSPs: slices.Concat(held.OCSPs, own.OCSPs)}
	}
	return evidence
}

// harmless are the reasons after which earlier timestamps of an authority stay good. RFC 3161, 4: all others void them.
var harmlessReasons = []string{"unspecified", "affiliationChanged", "superseded", "cessationOfOperation"}

// authority judges a timestamp authority's certificates at its token's time. Only the reason tells whether a later
// revocation reaches back.
func (c *fileCase) authority(policy *trust.Policy, token tsa.Result, evidence trust.Evidence) []trust.Status {
	standings := policy.Revocation(token.Path.Chain, evidence, token.Time, c.opts.Now)
	for i, s := range standings {
		if s.Standing == trust.StandingGood && !s.Since.IsZero() && !slices.Contains(harmlessReasons, s.Detail) {
			standings[i].Standing = trust.StandingRevoked
		}
	}
	return standings
}

// weighStandings turns what is known into causes and records it.
func (c *fileCase) weighStandings(s *signature, standings []trust.Status, whose string) {
	for _, standing := range c.counting(standings) {
		name := standing.Certificate.Subject.CommonName
		s.out.Revocation = append(s.out.Revocation, workflow.Revocation{
			Certificate: name, Standing: string(standing.Standing), Source: standing.Source, Since: standing.Since, Detail: standing.Detail,
		})
		switch standing.Standing {
		case trust.StandingRevoked:
			c.blameRevoked(s, standing, whose)
		case trust.StandingOnHold:
			s.doubt(workflow.ReasonRevoked, "%s%q is on hold since %s", whose, name, standing.Since.Format(time.RFC3339))
		case trust.StandingUnknown:
			if c.opts.Revocation == trust.RevocationRequire {
				s.doubt(workflow.ReasonNotKnownGood, "%s%q: %s", whose, name, standing.Detail)
			} else {
				c.unknown(name)
			}
		}
	}
}

// counting drops what does not count under require: a "good" that is old and came with the file.
func (c *fileCase) counting(standings []trust.Status) []trust.Status {
	standings = slices.Clone(standings)
	for i, s := range standings {
		if s.Old && s.Standing == trust.StandingGood && c.opts.Revocation == trust.RevocationRequire {
			standings[i].Standing, standings[i].Source = trust.StandingUnknown, ""
		}
	}
	return standings
}

// unknown collects the certificates of which nobody says whether they were revoked.
func (c *fileCase) unknown(name string) {
	if !slices.Contains(c.unasked, name) {
		c.unasked = append(c.unasked, name)
	}
}

// blameRevoked weighs a revocation. ETSI EN 319 102-1, 5.6.2.2: without proof of when a signature was made it may have been
// made before. A client asks for the timestamp as it signs, so that one which came after the revocation tells of a signature
// made after it, and fails; our own at arrival tells nothing of that.
func (c *fileCase) blameRevoked(s *signature, standing trust.Status, whose string) {
	detail := "%s%q was revoked %s (%s), says the %s"
	args := []any{whose, standing.Certificate.Subject.CommonName, standing.Since.Format(time.RFC3339), standing.Detail, standing.Source}
	if whose == "" && !s.out.Time.IsZero() && s.out.TimeSource != workflow.TimeByArrival {
		s.fail(workflow.ReasonRevoked, detail, args...)
		return
	}
	s.doubt(workflow.ReasonRevoked, detail, args...)
}

// missingIssuer asks for the certificate that a path lacks.
func (c *fileCase) missingIssuer(s *signature, cert *x509.Certificate, pool []*x509.Certificate) {
	if c.opts.Want == nil || !s.path.Has(trust.Untrusted) || c.revocationOff() {
		return
	}
	known := slices.Concat(c.opts.Roots.Certificates(), c.opts.Intermediates)
	c.ask(trust.IssuerWants(trust.Dangling(cert, pool), known, c.opts.Hosts))
}

func (c *fileCase) ask(wants []trust.Want) {
	if c.opts.Want == nil {
		return
	}
	for _, want := range wants {
		c.opts.Want(want)
	}
}
