package cli

import (
	"crypto"
	"fmt"

	"contractd/cmd/contractd/config"
	"contractd/signer/trust"
	"contractd/workflow"
)

// complete replaces and extends what lay beside a key by the certificates that its configuration names.
func (h *heldKey) complete(settings config.Key) error {
	if settings.Certificate != "" {
		named, err := trust.LoadAnchors(settings.Certificate)
		if err != nil {
			return fmt.Errorf("read its certificate: %w: %w", err, workflow.ErrUsage)
		}
		h.certificate = named.Certificates()[0]
		public, ok := h.certificate.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		if !ok || !public.Equal(h.signer.Public()) {
			return workflow.WithHint(fmt.Errorf("certificate %s is not that of the key: %w", settings.Certificate, workflow.ErrUsage), "correct certificate in [[keys]]")
		}
	}
	if settings.Chain != "" {
		above, err := trust.LoadAnchors(settings.Chain)
		if err != nil {
			return fmt.Errorf("read its chain: %w: %w", err, workflow.ErrUsage)
		}
		h.chain = append(h.chain, above.Certificates()...)
	}
	return nil
}
