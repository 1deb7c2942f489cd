package verify

import (
	"fmt"
	"time"

	"contractd/signer/tsa"
	"contractd/workflow"
)

// clockSkew is how far clocks of honest authorities may run ahead of ours.
const clockSkew = 10 * time.Minute

// maxTokens is how many timestamps of one signature are looked at.
const maxTokens = 8

// times finds the earliest proven time of each signature; verification.md, 18. The signing-time attribute is a claim
// and proves nothing.
func (c *fileCase) times() error {
	for _, s := range c.found {
		if !s.readable() {
			continue
		}
		if err := c.embeddedTimes(s); err != nil {
			return fmt.Errorf("check timestamp of %q: %w", s.out.Field, err)
		}
	}
	for _, stamp := range c.found {
		if stamp.token == nil || len(stamp.token.Findings) > 0 || !stamp.out.Intact || stamp.out.Verdict == workflow.Failed {
			continue
		}
		stamp.prove(*stamp.token, workflow.TimeByDocument)
		for _, s := range c.found {
			// A document timestamp proves the existence of everything that it covers.
			if s.covered != nil && s.end() < stamp.end() && s.out.Intact {
				s.prove(*stamp.token, workflow.TimeByDocument)
			}
		}
	}
	return c.arrival()
}

// embeddedTimes judges the signature timestamps: RFC 3161, appendix A: over the signature value.
func (c *fileCase) embeddedTimes(s *signature) error {
	tokens := s.timestamps()
	for _, token := range tokens[:min(len(tokens), maxTokens)] {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		r, err := tsa.Verify(token, digestOf(s.value()), c.opts.TSARoots, c.stampOptions())
		if err != nil {
			return err
		}
		for _, f := range r.Findings {
			if cause := stampCause(f); cause.Weight == workflow.Failed && f.Code != tsa.Weak {
				s.out.Blame(cause)
			} else {
				c.note("signature %q: its timestamp does not count: %s: %s", s.out.Field, f.Code, f.Detail)
			}
		}
		if len(r.Findings) == 0 {
			s.prove(r, workflow.TimeBySignature)
		}
		s.tokens = append(s.tokens, r)
	}
	return nil
}

func (s *signature) prove(r tsa.Result, source workflow.TimeSource) {
	if s.out.Time.IsZero() || r.Time.Before(s.out.Time) {
		s.out.Time, s.out.TimeSource = r.Time, source
		if r.Authority != nil {
			s.out.Authority = r.Authority.Subject.CommonName
		}
	}
}

// judgedAt is when the signer's certificate had to be valid.
func (c *fileCase) judgedAt(s *signature) time.Time {
	if !s.out.Time.IsZero() {
		return s.out.Time
	}
	return c.opts.At
}
