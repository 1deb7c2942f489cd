package cli

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"contractd/signer"
	"contractd/signer/verify"
	"contractd/workflow"
)

// Recognise implements outbound.Checker: the seals are found from the end of the file backwards, as undo would take them
// off, so that nothing stands above them or between them.
func (b *bench) Recognise(ctx context.Context, sealed workflow.Document) (workflow.Document, []workflow.Batch, error) {
	if err := inspectInput(ctx, sealed, b.cfg.Seal.Shadow); err != nil {
		return workflow.Document{}, nil, err
	}
	own, err := b.identities(ctx)
	if err != nil {
		return workflow.Document{}, nil, err
	}
	draft, batches, err := b.peel(ctx, sealed)
	if err != nil {
		return workflow.Document{}, nil, err
	}
	verdict, err := verify.Verify(ctx, sealed, verify.Options{
		Roots: b.roots, TSARoots: b.anchor, Intermediates: b.middle, Now: b.now(), Sent: &verify.Sent{Document: draft},
		Theirs: own.expected, Required: own.required, Statements: b.statements(),
	})
	if err != nil {
		return workflow.Document{}, nil, fmt.Errorf("verify its seals: %w", err)
	}
	if verdict.Verdict != workflow.Passed {
		err := fmt.Errorf("our verifier says %s: %s: %w", verdict.Verdict, causeTexts(verdict.AllCauses()), workflow.ErrPolicy)
		return workflow.Document{}, nil, workflow.WithHint(err, "both roles must have sealed it, with certificates below [trust] roots; name ours as `certificate` in [[keys]] or in [company] certificates, or set [company] code")
	}
	return draft, batches, own.complete(batches, verdict.Signatures)
}

// peel takes the signatures off one by one and returns what is below them.
func (b *bench) peel(ctx context.Context, sealed workflow.Document) (workflow.Document, []workflow.Batch, error) {
	var batches []workflow.Batch
	any := func(*x509.Certificate) bool { return true }
	left := sealed
	for {
		undone, err := b.sealer.Undo(ctx, left, left.Size, io.Discard, signer.Batch{Own: any})
		if err != nil && len(batches) > 0 && errors.Is(err, workflow.ErrPolicy) {
			return left, batches, nil
		}
		if err != nil {
			return left, nil, workflow.WithHint(fmt.Errorf("the file must end with our seal: %w", err), "send the file as the client saved it, without anything after its last signature")
		}
		below := workflow.Document{Ref: workflow.Ref{Hash: undone.SHA256, Size: undone.Size}, ReaderAt: io.NewSectionReader(sealed, 0, undone.Size)}
		certificate := undone.Certificate
		batches = slices.Insert(batches, 0, workflow.Batch{
			ID: undone.BatchID, Before: below.Ref, After: left.Ref, Signer: nameOf(certificate), Issuer: issuerOf(certificate),
			Certificate: sha256.Sum256(certificate.Raw), PublicKey: sha256.Sum256(certificate.RawSubjectPublicKeyInfo),
		})
		left = below
	}
}

// complete tells each batch what the verifier found out about its signature.
func (own identities) complete(batches []workflow.Batch, signatures []workflow.Signature) error {
	n := 0
	for _, signature := range signatures {
		if signature.Kind == "timestamp" {
			continue
		}
		if n >= len(batches) || signature.Certificate == nil || signature.Certificate.Fingerprint != batches[n].Certificate {
			return fmt.Errorf("there are signatures that no revision of their own holds: %w", workflow.ErrPolicy)
		}
		batches[n].Role, batches[n].Values = signature.Role, []workflow.Hash{signature.Value}
		batches[n].Key = own.keys[batches[n].PublicKey]
		if batches[n].ID == "" {
			batches[n].ID = signature.Value.Short()
		}
		n++
	}
	if n != len(batches) {
		return fmt.Errorf("%d seals, but %d signatures: %w", len(batches), n, workflow.ErrPolicy)
	}
	return nil
}

// causeTexts says causes in one line, each once.
func causeTexts(causes []workflow.Cause) string {
	var texts []string
	for _, cause := range causes {
		if text := causeText(cause); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}
