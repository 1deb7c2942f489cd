package cli

import (
	"context"
	"fmt"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/cmd/contractd/metrics"
	"contractd/signer/pdf"
	"contractd/signer/second"
	"contractd/signer/verify"
	"contractd/workflow"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
)

// Inspect implements outbound.Checker.
func (b *bench) Inspect(ctx context.Context, draft workflow.Document) error {
	if err := b.looks.check(ctx, b.cfg.Seal.Marks); err != nil {
		return err
	}
	if err := inspectInput(ctx, draft, b.cfg.Seal.Shadow); err != nil {
		return err
	}
	return b.rehearse(ctx, draft)
}

// inspectInput refuses a file that must not be signed.
func inspectInput(ctx context.Context, document workflow.Document, shadow config.Shadow) error {
	found, err := verify.Inspect(ctx, document, pdf.Limits{})
	if err == nil {
		err = refusal(found)
	}
	if err != nil {
		return err
	}
	return shadowed(found, shadow)
}

// refusal says why a file must not be signed; nil when it may.
func refusal(found verify.Inspection) error {
	refuse := func(sentinel error, what, hint string) error {
		return workflow.WithHint(fmt.Errorf("%s: %w", what, sentinel), hint)
	}
	switch {
	case len(found.Refused) > 0:
		return refuse(workflow.ErrDocument, causeText(found.Refused[0]), cureOf(found.Refused[0].Reason))
	case len(found.Broken) > 0:
		return refuse(workflow.ErrIntegrity, causeText(found.Broken[0]), "get an unbroken copy; a seal over a broken signature would vouch for it")
	case found.NoChanges:
		return refuse(workflow.ErrPolicy, "its certification allows no change (DocMDP P=1)", "ask its author for a version without that certification")
	case found.XFA:
		return refuse(workflow.ErrPolicy, "it holds an XFA form, which viewers show differently", "print it to a new PDF and use that")
	case found.UsageRights:
		return refuse(workflow.ErrPolicy, "it carries Adobe usage rights (UR3), which a seal would break", "print it to a new PDF and use that")
	}
	return nil
}

// causeText says a cause in one line, for operators.
func causeText(cause workflow.Cause) string {
	if cause.Detail != "" {
		return string(cause.Reason) + ": " + cause.Detail
	}
	return string(cause.Reason)
}

// cureOf returns what a person can do about a file that cannot be read.
func cureOf(reason workflow.Reason) string {
	switch reason {
	case workflow.ReasonEncrypted:
		return "save it without a password first"
	case workflow.ReasonNotPDF:
		return "give a PDF; other formats must be exported as PDF first"
	case workflow.ReasonDamaged:
		return "export it again from its source; contractd repairs nothing, because a repair is a change"
	case workflow.ReasonLimit:
		return "make the file smaller"
	}
	return ""
}

// Check implements outbound.Checker: what we sealed is judged like a return of the draft, with us as the counterparty.
func (b *bench) Check(ctx context.Context, draft, sealed workflow.Document, batches []workflow.Batch) (outbound.SelfCheck, error) {
	var expected []workflow.Signer
	var roles []workflow.Role
	for _, batch := range batches {
		expected = append(expected, workflow.Signer{Role: batch.Role, Keys: []workflow.Hash{batch.PublicKey}})
		roles = append(roles, batch.Role)
	}
	verdict, err := verify.Verify(ctx, sealed, verify.Options{
		Roots: b.roots, TSARoots: b.anchor, Intermediates: b.middle, Now: b.now(), Sent: &verify.Sent{Document: draft},
		Theirs: expected, Required: roles, Statements: b.statements(),
	})
	if err != nil {
		return outbound.SelfCheck{}, fmt.Errorf("verify our own seals: %w", err)
	}
	opinion, err := secondOpinion(ctx, draft, sealed, len(verdict.Signatures))
	return outbound.SelfCheck{Verdict: verdict, Second: opinion}, err
}

// secondOpinion asks the other implementation. Some honest drafts it cannot read at all; of these it can say nothing,
// whereas a draft that it reads and our seals made unreadable is an objection.
func secondOpinion(ctx context.Context, draft, sealed workflow.Document, expect int) (string, error) {
	opinion, err := second.Ask(ctx, sealed, sealed.Size)
	if err != nil {
		return "", fmt.Errorf("ask the second implementation: %w", err)
	}
	if opinion.Unread {
		before, err := second.Ask(ctx, draft, draft.Size)
		if err != nil {
			return "", fmt.Errorf("ask the second implementation about the draft: %w", err)
		}
		if before.Unread {
			return outbound.SecondNotJudged, nil
		}
	}
	return opinionText(opinion, expect), nil
}

func opinionText(opinion second.Opinion, expect int) string {
	switch {
	case !opinion.Agrees(expect):
		return fmt.Sprintf("%d of %d signatures are valid, %d expected: %s", opinion.Valid, opinion.Signers, expect, opinion.Detail)
	case opinion.NotJudged > 0:
		return outbound.SecondNotJudged
	}
	return outbound.SecondAgrees
}

// statements are the words that our own configuration puts into signatures.
func (b *bench) statements() []string { return []string{b.cfg.Seal.Reason, b.cfg.Seal.Location} }

// Verify implements inbound.Verifier.
func (b *bench) Verify(ctx context.Context, returned inbound.Return) (workflow.Verdict, error) {
	var ours []workflow.Signer
	var values []workflow.Hash
	for _, batch := range returned.Contract.Batches {
		ours = append(ours, workflow.Signer{Role: batch.Role, Name: batch.Signer, Keys: []workflow.Hash{batch.PublicKey}})
		values = append(values, batch.Values...)
	}
	arrival, err := tokenOf(returned.Stamp)
	if err != nil {
		return workflow.Verdict{}, err
	}
	verdict, err := b.asks.verify(ctx, returned.Document, verify.Options{
		Arrival: arrival,
		Roots:   b.roots, TSARoots: b.anchor, Intermediates: b.middle, Now: b.now(), Statements: b.statements(),
		Sent: &verify.Sent{Document: returned.Sent, Known: returned.Contract.Prefixes(), Values: values},
		Ours: ours, Theirs: returned.Supplier.Signers, Required: returned.Supplier.Required,
		PinnedMarks: b.cfg.Contracts.NewMarks == config.NewMarksReview, Marks: returned.Supplier.Marks,
	})
	// The dear thing comes last. A person may waive a missing role, and must not find out later what a mark hides.
	if _, lacks := verdict.LacksOnly(); err != nil || verdict.Verdict != workflow.Passed && !lacks {
		return verdict, err
	}
	defer b.took(metrics.StepRender, time.Now())
	err = b.eyes.Look(ctx, returned.Sent, returned.Document, &verdict)
	return verdict, err
}

// Codes implements inbound.Verifier: a worker shows the pages, for anybody can send a file.
func (b *bench) Codes(ctx context.Context, document workflow.Document) ([]string, error) {
	defer b.took(metrics.StepRender, time.Now())
	return b.eyes.Codes(ctx, document)
}

// Values implements inbound.Verifier.
func (b *bench) Values(ctx context.Context, document workflow.Document) ([]workflow.Hash, error) {
	return b.files.Values(ctx, document, pdf.Limits{})
}
