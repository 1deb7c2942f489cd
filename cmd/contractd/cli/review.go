package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/templates"
	"contractd/workflow"
	"contractd/workflow/decide"
)

// lookAt shows the return under review, with the certificates behind it, and returns its digest, so that a newer one that
// comes meanwhile is not decided about unseen; where certificates are to be pinned, those too. A terminal is asked.
func (e *env) lookAt(ctx context.Context, conn *connection, name, number string, act api.Act) (workflow.Hash, []workflow.Signer, error) {
	story, err := conn.Story(ctx, number)
	if err != nil {
		return workflow.Hash{}, nil, err
	}
	receipt, finding, found := underReview(story)
	if !found && act.Waive != "" && story.Contract.State == workflow.StateSent {
		receipt, finding, found = decide.Waivable(story.Contract, story.Receipts)
	}
	if !found { // The desk says so.
		return workflow.Hash{}, nil, nil
	}
	supplier, err := conn.Supplier(ctx, story.Contract.Supplier)
	if err != nil {
		return workflow.Hash{}, nil, err
	}
	pins := decide.Pins(supplier, finding)
	if err := e.showReturn(story.Contract, receipt, finding, pins, conn.zone()); err != nil {
		return workflow.Hash{}, nil, err
	}
	for _, picture := range decide.NewMarks(supplier, finding) {
		fmt.Fprintln(e.stderr, "a picture in their marks that is not pinned yet; --pin would pin it (尚未登记的印章图样):", picture.Short())
	}
	pin := act.Pin
	for _, yes := range story.Contract.Approvals {
		pin = pin || yes.Pin
	}
	if !pin {
		pins = nil
	}
	if _, ok := e.terminal(); ok {
		err = e.confirm(ctx, name+" this return?", false)
	}
	return finding.Document.Hash, pins, err
}

// underReview returns what a person is asked about.
func underReview(story api.Story) (workflow.Receipt, workflow.Finding, bool) {
	for _, receipt := range story.Receipts {
		if receipt.ID != story.Contract.Receipt || story.Contract.State != workflow.StateReview {
			continue
		}
		for _, finding := range receipt.Findings {
			if finding.Match.Contract == story.Contract.ID && finding.Outcome == workflow.ToReview {
				return receipt, finding, true
			}
		}
	}
	return workflow.Receipt{}, workflow.Finding{}, false
}

// showReturn prints what is decided about.
func (e *env) showReturn(contract workflow.Contract, receipt workflow.Receipt, finding workflow.Finding, pins []workflow.Signer, zone *time.Location) error {
	rows := table{heads: []string{"RETURN", finding.Document.Hash.String()}}
	rows.add("from", strings.Join(receipt.From, " "))
	rows.add("received", moment(receipt.Received, zone))
	if finding.Verdict != nil {
		rows.add("verdict", string(finding.Verdict.Verdict))
		rows.add("reasons", orElse(reasonText(*finding.Verdict), "none: policy asks for a person"))
	}
	if contract.TwoPersons {
		rows.add("two persons 双人审批", orElse(approvers(contract), "nobody has approved it yet"))
	}
	if err := rows.print(e.stderr); err != nil {
		return err
	}
	if len(pins) == 0 {
		return nil
	}
	if _, err := e.stderr.Write([]byte("certificates that are not expected of this supplier yet; --pin would add them (尚未认可的证书):\n")); err != nil {
		return err
	}
	return pinTable(pins).print(e.stderr)
}

// approvers lists who has approved the return under review.
func approvers(contract workflow.Contract) string {
	var names []string
	for _, yes := range contract.Approvals {
		names = append(names, yes.Actor)
	}
	if len(names) == 0 {
		return ""
	}
	return "approved by " + strings.Join(names, ", ")
}

// pinTable lists certificates by what people can compare: holder, organisation, and the digest of the public key.
func pinTable(pins []workflow.Signer) *table {
	rows := &table{heads: []string{"ROLE", "SIGNER", "ORGANIZATION", "PUBLIC KEY SHA-256"}}
	for _, pin := range pins {
		rows.add(templates.Label(pin.Role, workflow.Chinese), pin.Name, orElse(pin.Organization, "-"), pin.Keys[0].String())
	}
	return rows
}
