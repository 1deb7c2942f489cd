package verify

import (
	"context"
	"fmt"
	"slices"

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
	Shadow          []string             // What may make it show something else later: see shadow.
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

func inspect(ctx context.Context, doc workflow.Document, limits pdf.Limits) (Inspection, error) {
	c := newCase(ctx, doc, Options{Limits: limits})
	c.trust = false
	v, err := c.run(c.open, c.header, c.structure, c.find, c.orphans, c.ranges, c.order, c.cryptography, c.times, c.certifications,
		c.laterChanges, c.contract, c.statements, c.levels)
	if err != nil {
		return Inspection{}, err
	}
	if c.file == nil {
		return Inspection{Refused: v.Causes}, nil
	}
	i := Inspection{Pages: v.Pages, Signatures: v.Signatures}
	for _, cause := range v.AllCauses() {
		if cause.Weight == workflow.Failed && cause.Reason != workflow.ReasonNoSignature {
			i.Broken = append(i.Broken, cause)
		}
	}
	for _, s := range c.found {
		for _, l := range s.locks {
			i.NoChanges = i.NoChanges || l.permits == 1
		}
	}
	if err = c.blameFile(c.inspectForm(&i)); err == nil {
		i.Shadow, err = c.shadows()
		err = c.blameFile(err)
	}
	if err != nil {
		return Inspection{}, fmt.Errorf("inspect PDF of %d bytes: %w", doc.Size, err)
	}
	i.Refused = slices.DeleteFunc(slices.Clone(c.verdict.Causes), func(cause workflow.Cause) bool {
		return !slices.Contains(unreadable, cause.Reason)
	})
	return i, nil
}

// header wants a draft to begin with its header: some viewers count offsets from there, and repair what we would sign.
// ISO 32000-2, 7.5.2.
func (c *fileCase) header() error {
	if at := c.file.Header(); at > 0 {
		c.blame(workflow.ReasonDamaged, "%d bytes stand before %%PDF-", at)
	}
	return nil
}

// unreadable are the reasons for which a file cannot even be inspected.
var unreadable = []workflow.Reason{workflow.ReasonDamaged, workflow.ReasonLimit, workflow.ReasonEncrypted, workflow.ReasonNotPDF}

// inspectForm looks for what makes signing meaningless or harmful; verification.md, 16.
func (c *fileCase) inspectForm(i *Inspection) error {
	r := c.file.Last()
	catalog, err := r.Catalog()
	if err != nil {
		return err
	}
	form, err := r.Dict(catalog["AcroForm"])
	if err != nil {
		return err
	}
	perms, err := r.Dict(catalog["Perms"])
	if err != nil {
		return err
	}
	needs, err := r.Resolve(form["NeedAppearances"])
	i.NeedAppearances = needs == pdf.Object(pdf.Bool(true))
	i.XFA = form.Has("XFA")
	i.UsageRights = perms.Has("UR3") || perms.Has("UR")
	return err
}
