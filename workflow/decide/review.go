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
	Waive    workflow.Role // With Approve: the return needs no signature in this role; also one that was refused for want of it.
}

// Approve archives the return under review. Where two persons are needed, the first yes is recorded and the contract stays
// where it is; the second must be somebody else's. Whoever created the contract may be one of the two: the
// other one is then another by necessity. Certificates that either wants pinned are pinned with the second.
func (d *Desk) Approve(ctx context.Context, actor workflow.Actor, number string, judgement Judgement) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	defer act.open.Close()
	if judgement.Pin { // Whose signature counts is for those who keep the register of suppliers.
		if err := actor.NeedFor(workflow.RightAdminister, act.contract.Supplier); err != nil {
			return act.contract, err
		}
	}
	receipt, finding, err := act.inQuestion(ctx, judgement)
	if err != nil {
		return act.contract, err
	}
	details := map[string]string{"receipt": string(receipt.ID), "document": finding.Document.Hash.String(), "reason": judgement.Reason}
	if judgement.Waive != "" {
		if err := act.mayWaive(finding, judgement); err != nil {
			return act.contract, err
		}
	}
	if act.contract.TwoPersons {
		first, err := act.first(finding, &judgement)
		if err != nil {
			return act.contract, err
		}
		details["pinned"] = fmt.Sprint(judgement.Pin)
		if first == "" {
			return act.onceMore(ctx, receipt, details)
		}
		details["first"] = first
	}
	details["pinned"] = fmt.Sprint(judgement.Pin)
	act.waive(receipt, finding, judgement, details)
	if err := act.close(ctx, receipt, finding, judgement.Pin); err != nil {
		return act.contract, err
	}
	return act.finish(ctx, workflow.ActApproved, details)
}

// close archives the return and tells the supplier.
func (d *decision) close(ctx context.Context, receipt workflow.Receipt, finding workflow.Finding, pin bool) error {
	if err := d.contract.Move(workflow.StateArchived); err != nil {
		return err
	}
	d.contract.Final, d.contract.ClosedAt = finding.Document, d.desk.Now()
	if pin {
		if err := d.pin(ctx, finding); err != nil {
			return err
		}
	}
	if err := d.write(ctx, workflow.Notice{Kind: workflow.LetterConfirmed, Receipt: &receipt, References: []string{receipt.Message}}); err != nil {
		return err
	}
	d.note(workflow.ActArchived, "contract/"+string(d.contract.ID), map[string]string{
		"receipt": string(receipt.ID), "document": finding.Document.Hash.String(),
	})
	return nil
}

// Refuse sends the contract back to waiting and tells the supplier why, with the file that is to be signed: it may no
// longer be at hand. Of two persons who are needed, one is enough to refuse.
func (d *Desk) Refuse(ctx context.Context, actor workflow.Actor, number string, judgement Judgement) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightDecide, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	defer act.open.Close()
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
	act.contract.Approvals = nil
	sealed, closer, err := d.Library.Document(ctx, act.contract.Sealed())
	if err != nil {
		return act.contract, fmt.Errorf("attach contract %s: %w", number, err)
	}
	act.open = append(act.open, closer)
	err = act.write(ctx, workflow.Notice{
		Kind: workflow.LetterRejected, Receipt: &receipt, Text: judgement.Reason, References: []string{receipt.Message},
		Attachments: []workflow.NamedDocument{{Name: act.contract.FileName(), Document: sealed}},
	})
	if err != nil {
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
	about := d.about(receipt)
	for _, finding := range about.Findings {
		if finding.Match.Contract != d.contract.ID || finding.Outcome != workflow.ToReview {
			continue
		}
		if !seen.IsZero() && finding.Document.Hash != seen {
			return receipt, finding, d.newer(seen, finding.Document.Hash)
		}
		return about, finding, nil
	}
	return receipt, workflow.Finding{}, fmt.Errorf("read receipt %s: no return of contract %s in it: %w", receipt.ID, d.contract.Number, workflow.ErrDamaged)
}

// about is the receipt as far as it concerns this contract: no supplier reads of another one's return.
func (d *decision) about(receipt workflow.Receipt) workflow.Receipt {
	receipt.Findings = slices.DeleteFunc(slices.Clone(receipt.Findings), func(finding workflow.Finding) bool {
		return finding.Match.Contract != d.contract.ID && finding.Match.Contract != ""
	})
	return receipt
}

// pin adds the keys of the counterparty's intact signatures, and the pictures in their marks, to what is expected of the
// supplier.
func (d *decision) pin(ctx context.Context, finding workflow.Finding) error {
	supplier, err := d.desk.Ledger.Supplier(ctx, d.contract.Supplier)
	if err != nil {
		return fmt.Errorf("read supplier of contract %s: %w", d.contract.Number, err)
	}
	signers := Pins(supplier, finding)
	supplier.Signers = append(supplier.Signers, signers...)
	var pinned, pictures []string
	for _, signer := range signers {
		pinned = append(pinned, signer.Keys[0].String())
	}
	for _, picture := range NewMarks(supplier, finding) {
		supplier.Marks, pictures = append(supplier.Marks, picture), append(pictures, picture.String())
	}
	supplier.Marks = slices.Delete(supplier.Marks, 0, max(0, len(supplier.Marks)-maxMarks))
	d.change.Suppliers = []workflow.Supplier{supplier}
	d.note(workflow.ActSupplier, "supplier/"+string(supplier.ID), map[string]string{
		"pinned": strings.Join(pinned, " "), "marks": strings.Join(pictures, " "), "contract": d.contract.Number,
	})
	return nil
}

// maxMarks bounds the pictures of one supplier; the oldest go first. Clients that sign every page by itself show one picture.
const maxMarks = 100

// NewMarks returns the pictures in the marks of their intact signatures that are not pinned yet. Approving a return with its
// certificates pins them, too.
func NewMarks(supplier workflow.Supplier, finding workflow.Finding) []workflow.Hash {
	if finding.Verdict == nil {
		return nil
	}
	var pictures []workflow.Hash
	for _, signature := range finding.Verdict.Signatures {
		if signature.Side != workflow.SideTheirs || !signature.Intact {
			continue
		}
		for _, mark := range signature.Marks {
			if !mark.Picture.IsZero() && !slices.Contains(supplier.Marks, mark.Picture) && !slices.Contains(pictures, mark.Picture) {
				pictures = append(pictures, mark.Picture)
			}
		}
	}
	return pictures
}

// Pins returns what approving a return with its certificates would add to what is expected of the supplier: the holders
// of the certificates behind their intact signatures, as far as these are not expected yet.
func Pins(supplier workflow.Supplier, finding workflow.Finding) []workflow.Signer {
	if finding.Verdict == nil {
		return nil
	}
	var pins []workflow.Signer
	supplier.Signers = slices.Clone(supplier.Signers)
	for _, signature := range finding.Verdict.Signatures {
		if signature.Side != workflow.SideTheirs || !signature.Intact || signature.Certificate == nil || known(supplier, signature.Certificate.PublicKey) {
			continue
		}
		signer := workflow.Signer{
			Role: openRole(supplier, signature.Role), Name: signature.Signer, Organization: signature.Certificate.Organization,
			Keys: []workflow.Hash{signature.Certificate.PublicKey},
		}
		pins = append(pins, signer)
		supplier.Signers = append(supplier.Signers, signer)
	}
	return pins
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
