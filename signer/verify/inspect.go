package verify

import (
	"context"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Inspection is what must be known of a file before it is signed or sent.
type Inspection struct {
	Refused         []workflow.Cause     // Why it cannot be read; empty when it can. Everything below is then meaningful.
	Pages           int                  // Number of pages.
	Signatures      []workflow.Signature // Judged for integrity and later changes, not for trust.
	Broken          []workflow.Cause     // What is wrong with them or with the file: sealing over this is refused.
	NoChanges       bool                 // A certification allows no change (DocMDP P = 1).
	XFA             bool                 // The form has an XFA part, which signing would leave stale.
	UsageRights     bool                 // UR3: Adobe usage rights, which any change invalidates.
	NeedAppearances bool                 // Viewers would redraw the form's fields.
}

// Inspect reads a file that is to be signed or sent. The error is that of reading or of ctx.
func Inspect(ctx context.Context, doc workflow.Document, limits pdf.Limits) (Inspection, error) {
	return inspect(ctx, doc, limits)
}

// Extract returns the hashes of all CMS signature values that can be found in a file, be it rewritten or damaged. It
// serves to guess which contract a file was; nothing it returns is verified.
func Extract(ctx context.Context, doc workflow.Document, limits pdf.Limits) ([]workflow.Hash, error) {
	return extract(ctx, doc, limits)
}
