package verify

import (
	"context"
	"errors"

	"contractd/signer/pdf"
	"contractd/workflow"
)

type pendingCase struct{}

func newCase(context.Context, workflow.Document, Options) pendingCase { return pendingCase{} }

func (pendingCase) judge() (workflow.Verdict, error) {
	return workflow.Verdict{}, errors.New("verify: not written yet")
}

func inspect(context.Context, workflow.Document, pdf.Limits) (Inspection, error) {
	return Inspection{}, errors.New("verify: not written yet")
}

func extract(context.Context, workflow.Document, pdf.Limits) ([]workflow.Hash, error) {
	return nil, errors.New("verify: not written yet")
}
