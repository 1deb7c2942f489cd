package verify

import (
	"crypto"
	"fmt"

	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// arrival judges our own timestamp over the whole file, taken when it arrived; verification.md, 18. It proves that every
// signature was there by then. It is evidence beside the file, so that no level of the file follows from it. ETSI EN 319 102-1,
// 5.6.2.3: proofs of existence may come from outside the signature.
func (c *fileCase) arrival() error {
	if c.opts.Arrival == nil || !c.trust {
		return nil
	}
	whole := func(h crypto.Hash) ([]byte, error) { return c.digests.prefix(h, c.doc.Size) }
	r, err := tsa.Verify(c.opts.Arrival, whole, c.opts.TSARoots, c.stampOptions())
	if err != nil {
		return fmt.Errorf("check timestamp of the arrival: %w", err)
	}
	for _, f := range r.Findings {
		cause := stampCause(f)
		cause.Detail = "our timestamp over the arrived file: " + cause.Detail
		c.verdict.Blame(cause)
	}
	if len(r.Findings) > 0 {
		return nil
	}
	good, err := c.arrivalGood(r)
	if err != nil || !good {
		return err
	}
	c.verdict.Arrived = r.Time
	for _, s := range c.found {
		if s.out.Intact {
			s.prove(r, workflow.TimeByArrival)
		}
	}
	return nil
}

// arrivalGood says whether the authority's certificate stood at that time. Nothing hangs on this timestamp alone: where that is
// not known, it does not count, and signatures are judged as if there were none.
func (c *fileCase) arrivalGood(r tsa.Result) (bool, error) {
	if c.revocationOff() {
		return true, nil
	}
	evidence, err := c.storedEvidence()
	if err != nil {
		return false, err
	}
	standings := c.authority(trust.DefaultPolicy(), r, evidence)
	c.ask(trust.RevocationWants(r.Path.Chain, standings))
	for _, s := range c.counting(standings) {
		bad := s.Standing == trust.StandingRevoked || s.Standing == trust.StandingOnHold
		if bad || s.Standing == trust.StandingUnknown && c.opts.Revocation == trust.RevocationRequire {
			c.note("our timestamp over the arrived file does not count: the certificate %q of its authority is %s", s.Certificate.Subject.CommonName, s.Standing)
			return false, nil
		}
	}
	return true, nil
}
