//go:build !cgo

package cli

import (
	"context"
	"fmt"

	"contractd/signer/token"
	"contractd/workflow"
)

// makeToken cannot use tokens in this build.
func (w *demoWorld) makeToken(context.Context) error {
	return workflow.WithHint(fmt.Errorf("make the demo's tokens: %w", token.ErrNoCgo), "build with CGO_ENABLED=1 and a C compiler")
}
