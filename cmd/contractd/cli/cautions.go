package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// shadowed refuses a draft that may show something else later, where the policy wants that; verification.md, 16.
func shadowed(found verify.Inspection, policy config.Shadow) error {
	if policy != config.ShadowRefuse || len(found.Shadow) == 0 {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("it holds what may show something else later: %s: %w", strings.Join(found.Shadow, "; "), workflow.ErrPolicy),
		`print it to a new PDF and use that, or set [seal] shadow = "warn"`)
}

// cautions are what a person should know of a seal before the contract leaves.
func (b *bench) cautions(ctx context.Context, held *heldKey, contract workflow.Contract, in workflow.Document) ([]string, error) {
	var all []string
	if end := held.certificate.NotAfter; !contract.Deadline.IsZero() && end.Before(contract.Deadline) {
		all = append(all, fmt.Sprintf("the certificate of %q ends on %s, before the return is due on %s",
			nameOf(held.certificate), day(end, time.Local), day(contract.Deadline, time.Local)))
	}
	if len(contract.Batches) > 0 {
		return all, nil
	}
	found, err := verify.Inspect(ctx, in, pdf.Limits{})
	if err != nil {
		return nil, err
	}
	for _, text := range found.Shadow {
		all = append(all, "the draft may show something else later: "+text)
	}
	if without := b.leftOut(); len(found.Signatures) > 0 && without != "" {
		all = append(all, "the draft is signed already, so it gets no "+without)
	}
	return all, nil
}

// leftOut names what the configuration wants on a draft, and a signed one does not get.
func (b *bench) leftOut() string {
	var all []string
	if b.cfg.Seal.QR.Stamp {
		all = append(all, "QR code ([seal.qr])")
	}
	if len(b.cfg.Seal.Fields) > 0 {
		all = append(all, "empty signature fields ([[seal.fields]])")
	}
	return strings.Join(all, " and no ")
}

// fitsRole refuses a certificate that is clearly that of the other role: an organisation's own bears its name, those of its
// people theirs. A seal's own name, such as 合同专用章 behind the company's, is the organisation's.
func fitsRole(certificate *x509.Certificate, role workflow.Role) error {
	if certificate == nil {
		return nil
	}
	who := trust.Identity(certificate)
	if who.Organization == "" || who.CommonName == "" {
		return nil
	}
	own := strings.Contains(who.CommonName, who.Organization)
	if own == (role == workflow.RoleOrganization) {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("the certificate of %q is not one for the role %s: %w", who.CommonName, role, workflow.ErrPolicy),
		"correct role in [[keys]], or name the other key: organization is the company's own certificate, employee that of a person")
}
