package worker

import (
	"context"
	"fmt"

	"contractd/signer/render"
	"contractd/signer/verify"
	"contractd/workflow"
)

// askHere does a task in this process, where there is no child to do it. The reader's own limits are all that bounds it,
// so a file that breaks it ends the command; no daemon runs there.
func (p *Pool) askHere(ctx context.Context, t task, documents []workflow.Document) (answer, error) {
	ctx, stop := context.WithTimeout(ctx, p.config.Limits.Timeout)
	defer stop()
	for _, document := range documents {
		t.Documents = append(t.Documents, document.Ref)
	}
	var eyes *verify.Eyes
	if p.config.Shows {
		renderer, err := render.New(ctx, render.Options{Cache: p.config.Cache})
		if err != nil {
			return answer{}, fmt.Errorf("start the renderer: %w", err)
		}
		defer renderer.Close(ctx) // What was seen is in hand.
		eyes = verify.NewEyes(renderer)
	}
	return perform(ctx, t, documents, eyes)
}
