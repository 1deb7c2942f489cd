package decide

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// Judgement is what a person decides about a return, having looked at it.
type Judgement struct {
	Reason   string
	Document workflow.Hash // The return that was looked at; a newer one must be looked at first. Zero: whichever is there.
	Pin      bool          // With Approve: the certificates that signed it become expected of this supplier.
}

// Approve archives the return under review.
func (d *Desk) Approve(ctx context.Context, actor workflow.Actor, number string, judgement Judgement) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	if judgement.Pin { // Whose signature counts is for those who keep the register of suppliers.
		if err := actor.Need(workflow.RightAdminister); err != nil {
			return act.contract, err
		}
	}
	receipt, finding, err := act.underReview(ctx, judgement.Document)
	if err != nil {
		return act.contract, err
	}
	if err := act.contract.Move(workflow.StateArchived); err != nil {
		return act.contract, err
	}
	act.contract.Final, act.contract.ClosedAt = finding.Document, d.Now()
	if judgement.Pin {
		if err := act.pin(ctx, finding); err != nil {
			return act.contract, err
		}
	}
	if err := act.write(ctx, workflow.Notice{Kind: workflow.LetterConfirmed, Receipt: &receipt, References: []string{receipt.Message}}); err != nil {
		return act.contract, err
	}
	act.change.Entries = append(act.change.Entries, workflow.Entry{
		Time: d.Now(), Actor: actor.Name, Action: workflow.ActArchived, Subject: "contract/" + string(act.contract.ID),
		Details: map[string]string{"receipt": string(receipt.ID), "document": finding.Document.Hash.String()},
	})
	return act.finish(ctx, workflow.ActApproved, map[string]string{
		"receipt": string(receipt.ID), "document": finding.Document.Hash.String(), "reason": judgement.Reason, "pinned": fmt.Sprint(judgement.Pin),
	})
}

// Refuse sends the contract back to waiting and tells the supplier why.
func (d *Desk) Refuse(ctx context.Context, actor workflow.Actor, number string, judgement Judgement) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	if judgement.Reason == "" {
		return act.contract, fmt.Errorf("refuse return of contract %s: a reason is needed: %w", number, workflow.ErrUsage)
	}
	receipt, finding, err := act.underReview(ctx, judgement.Document)
	if err != nil {
		return act.contract, err
	}
	if err := act.contract.Move(workflow.StateSent); err != nil {
		return act.contract, err
	}
	if err := act.write(ctx, workflow.Notice{Kind: workflow.LetterRejected, Receipt: &receipt, Text: judgement.Reason, References: []string{receipt.Message}}); err != nil {
		return act.contract, err
	}
	return act.finish(ctx, workflow.ActReturned, map[string]string{
		"receipt": string(receipt.ID), "document": finding.Document.Hash.String(), "reason": judgement.Reason,
	})
}

// underReview returns the receipt and the finding that a person is asked about, which must be the one that was seen.
func (d *decision) underReview(ctx context.Context, seen workflow.Hash) (workflow.Receipt, workflow.Finding, error) {
	if d.contract.State != workflow.StateReview {
		return workflow.Receipt{}, workflow.Finding{}, d.refuse("decide about", "only a contract under review has a return to decide about")
	}
	receipt, err := d.desk.Ledger.Receipt(ctx, d.contract.Receipt)
	if err != nil {
		return receipt, workflow.Finding{}, fmt.Errorf("read receipt of contract %s: %w", d.contract.Number, err)
	}
	for _, finding := range receipt.Findings {
		if finding.Match.Contract != d.contract.ID || finding.Outcome != workflow.ToReview {
			continue
		}
		if !seen.IsZero() && finding.Document.Hash != seen {
			return receipt, finding, workflow.WithHint(
				fmt.Errorf("decide about return %s of contract %s: a newer one, %s, came meanwhile: %w",
					seen.Short(), d.contract.Number, finding.Document.Hash.Short(), workflow.ErrConflict),
				"look at it with `contractd show "+d.contract.Number+"` and decide again")
		}
		return receipt, finding, nil
	}
	return receipt, workflow.Finding{}, fmt.Errorf("read receipt %s: no return of contract %s in it: %w", receipt.ID, d.contract.Number, workflow.ErrDamaged)
}

// pin adds the keys of the counterparty's intact signatures to what is expected of the supplier.
func (d *decision) pin(ctx context.Context, finding workflow.Finding) error {
	supplier, err := d.desk.Ledger.Supplier(ctx, d.contract.Supplier)
	if err != nil {
		return fmt.Errorf("read supplier of contract %s: %w", d.contract.Number, err)
	}
	var pinned []string
	for _, signature := range finding.Verdict.Signatures {
		if signature.Side != workflow.SideTheirs || !signature.Intact || signature.Certificate == nil || known(supplier, signature.Certificate.PublicKey) {
			continue
		}
		pinned = append(pinned, signature.Certificate.PublicKey.String())
		supplier.Signers = append(supplier.Signers, workflow.Signer{
			Role: openRole(supplier, signature.Role), Name: signature.Signer, Organization: signature.Certificate.Organization,
			Keys: []workflow.Hash{signature.Certificate.PublicKey},
		})
	}
	d.change.Suppliers = []workflow.Supplier{supplier}
	d.change.Entries = append(d.change.Entries, workflow.Entry{
		Time: d.desk.Now(), Actor: d.actor.Name, Action: workflow.ActSupplier, Subject: "supplier/" + string(supplier.ID),
		Details: map[string]string{"pinned": strings.Join(pinned, " "), "contract": d.contract.Number},
	})
	return nil
}

func known(supplier workflow.Supplier, key workflow.Hash) bool {
	return slices.ContainsFunc(supplier.Signers, func(signer workflow.Signer) bool { return slices.Contains(signer.Keys, key) })
}

// openRole returns the signature's own role, else the first required one for which no key is known yet.
func openRole(supplier workflow.Supplier, role workflow.Role) workflow.Role {
	if role != "" {
		return role
	}
	for _, required := range supplier.Required {
		if !slices.ContainsFunc(supplier.Signers, func(signer workflow.Signer) bool { return signer.Role == required && len(signer.Keys) > 0 }) {
			return required
		}
	}
	return workflow.RoleOrganization
}
