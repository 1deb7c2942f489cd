package cli

import (
	"fmt"
	"slices"

	"contractd/signer/trust"
	"contractd/workflow"
)

// precheck (预检查) refuses to seal with a certificate that the recipients' verifiers would not accept: its chain must end in
// a configured root, now, and its usage must be to sign. Its validity against the contract's deadline is a caution, and the
// token looks at its PIN by itself.
func (b *bench) precheck(name string, held *heldKey) error {
	now := b.now()
	if b.roots == nil || now.Before(held.certificate.NotBefore) || now.After(held.certificate.NotAfter) {
		return nil // The signer refuses a certificate that is not valid now.
	}
	chain := slices.Concat(held.chain, b.middle)
	path := trust.Path(held.certificate, chain, b.roots, now, trust.Sign)
	if path.Trusted() {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("check key %q before sealing: %s: %w", name, describeFindings(path.Findings), workflow.ErrPolicy), trustHint(path))
}
