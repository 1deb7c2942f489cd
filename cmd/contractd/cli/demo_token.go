//go:build cgo

package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"contractd/signer/signtest"
	"contractd/signer/token"
	"contractd/workflow"
)

// makeToken puts our organisation's and our employee's key on two SoftHSM2 tokens.
func (w *demoWorld) makeToken(ctx context.Context) error {
	hsm, err := token.NewSoftHSM(filepath.Join(w.dir, "softhsm"))
	if err != nil {
		return workflow.WithHint(fmt.Errorf("make the demo's tokens: %w", err), "install softhsm2; `make demo` does that by itself")
	}
	w.module = hsm.Module
	for _, key := range []struct {
		label string
		issue func(signtest.KeyKind) (*signtest.Identity, error)
		kind  signtest.KeyKind
	}{{demoOrganization, w.ca.Organization, signtest.RSA2048}, {demoEmployee, w.ca.Employee, signtest.P256}} {
		identity, err := key.issue(key.kind)
		if err != nil {
			return fmt.Errorf("issue certificate for token %s: %w", key.label, err)
		}
		if err := hsm.Init(key.label, demoPIN); err != nil {
			return err
		}
		if err := hsm.Import(ctx, key.label, demoPIN, key.label, []byte{1}, identity.Signer, identity.Certificate, identity.Chain...); err != nil {
			return fmt.Errorf("store key on token %s: %w", key.label, err)
		}
	}
	return nil
}
