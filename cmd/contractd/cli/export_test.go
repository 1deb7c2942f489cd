package cli

import (
	"time"

	"contractd/cmd/contractd/config"
	"contractd/cmd/contractd/metrics"
	"contractd/signer/trust"
	"contractd/workflow"
)

// StampRest is stampRest, for tests outside.
const StampRest = stampRest

// NewNotary is newNotary for tests, which take no times.
func NewNotary(cfg *config.Config, anchors *trust.Anchors, now func() time.Time) (*notary, error) {
	return newNotary(cfg, anchors, func(metrics.Step, time.Time) {}, now)
}

// Proves is what archive check asks of a token.
func Proves(anchors *trust.Anchors, stamp workflow.Stamp, token []byte) error {
	return (&bench{anchor: anchors}).proves(stamp, token)
}
