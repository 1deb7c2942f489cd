package trust

import (
	"time"

	"contractd/signer/cms"
)

// Policy says which algorithms are acceptable until when.
type Policy struct{}

// DefaultPolicy returns the policy of ETSI TS 119 312 as this program applies it.
func DefaultPolicy() *Policy { return &Policy{} }

// SignedData judges the digest, signature algorithm and signer's key of one CMS structure at a moment.
func (p *Policy) SignedData(s *cms.SignedData, at time.Time) []Finding { return nil }
