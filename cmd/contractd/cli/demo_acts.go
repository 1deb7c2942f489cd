package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"contractd/mailbox"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/templates"
	"contractd/workflow"
)

// countersign plays the supplier: fetch, verify, sign with another implementation, mail back.
func (p *demoPlay) countersign(ctx context.Context) error {
	sealed, letter, err := p.received(ctx, 1)
	if err != nil {
		return err
	}
	p.say("4", "供应商收到、验证、会签 the supplier receives, verifies and countersigns %q", letter.Subject)
	roots := trust.NewAnchors(p.world.ca.Root)
	verdict, err := verify.Verify(ctx, documentOf(sealed), verify.Options{Roots: roots, TSARoots: roots, Now: time.Now()})
	if err != nil {
		return err
	}
	p.tell("the supplier's check of our seals 供应商验签: %s, %d signatures", verdict.Verdict, len(verdict.Signatures))
	returned, err := p.world.countersign(sealed)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.world.dir, "returned.pdf"), returned, 0o600); err != nil {
		return err
	}
	p.tell("countersigned with digitorus/pdfsign 已会签: organisation and employee, %d bytes", len(returned))
	if err := p.world.mailBack(ctx, letter, returned); err != nil {
		return err
	}
	contract, err := p.await(ctx, demoNumber, workflow.StateArchived)
	if err != nil {
		return err
	}
	p.tell("verified and archived 已验证归档: %s, final file %s", moment(contract.ClosedAt, p.conn.zone()), contract.Final.Hash.Short())
	return nil
}

// received returns the PDF and the message of the supplier's n-th mail.
func (p *demoPlay) received(ctx context.Context, n int) ([]byte, workflow.Message, error) {
	messages, err := p.world.mail.Await(ctx, demoSupplierMail, "INBOX", n)
	if err != nil {
		return nil, workflow.Message{}, fmt.Errorf("wait for mail %d at the supplier: %w", n, err)
	}
	raw := messages[n-1].Raw
	parser := mailbox.Parser{Spool: p.world.dir}
	message, closer, err := parser.Parse(ctx, documentOf(raw))
	if err != nil {
		return nil, message, err
	}
	defer closer.Close()
	if len(message.PDFs) == 0 {
		return nil, message, nil
	}
	pdf := make([]byte, message.PDFs[0].Document.Size)
	if _, err := message.PDFs[0].Document.ReadAt(pdf, 0); err != nil {
		return nil, message, fmt.Errorf("read the PDF of mail %d: %w", n, err)
	}
	return pdf, message, nil
}

// confirmation shows the answer that the supplier gets.
func (p *demoPlay) confirmation(ctx context.Context) error {
	_, message, err := p.received(ctx, 2)
	if err != nil {
		return err
	}
	p.say("5", "回执 the supplier gets the confirmation: %q", message.Subject)
	return nil
}

// tamper plays a supplier who changes the contract and signs the changed file.
func (p *demoPlay) tamper(ctx context.Context) error {
	p.say("6", "篡改 a tampered return of contract %s: page 1 is replaced after our seal, then genuinely countersigned", demoTampered)
	if err := p.issue(ctx, demoTampered, "售后服务补充协议"); err != nil {
		return err
	}
	sealed, letter, err := p.received(ctx, 3)
	if err != nil {
		return err
	}
	forged, err := replacePage(ctx, sealed)
	if err != nil {
		return err
	}
	if forged, err = p.world.countersign(forged); err != nil {
		return err
	}
	if err := p.world.mailBack(ctx, letter, forged); err != nil {
		return err
	}
	_, answer, err := p.received(ctx, 4)
	if err != nil {
		return err
	}
	story, err := p.conn.Story(ctx, demoTampered)
	if err != nil {
		return err
	}
	for _, receipt := range story.Receipts {
		for _, finding := range receipt.Findings {
			p.tell("%s: %s", finding.Outcome, finding.Verdict.Verdict)
			for _, cause := range finding.Verdict.AllCauses() {
				p.tell("  %s: %s", cause.Reason, templates.Sentence(cause.Reason, workflow.Chinese, templates.ForSupplier, cause))
			}
		}
	}
	p.tell("the contract stays %s; the supplier is told: %q", story.Contract.State, answer.Subject)
	if story.Contract.State != workflow.StateSent {
		return fmt.Errorf("the tampered return moved contract %s to %s", demoTampered, story.Contract.State)
	}
	return nil
}

// query prints the table that a person would ask for.
func (p *demoPlay) query(ctx context.Context) error {
	p.say("7", "查询 contractd archive query")
	contracts, err := p.conn.Query(ctx, workflow.ContractFilter{})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	e := *p.env
	e.stdout, e.json = &out, false
	if err := e.printContracts(contracts, false, p.conn.zone()); err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		p.tell("%s", line)
	}
	return nil
}

// documentOf makes a document of bytes in memory; the demo's files are small.
func documentOf(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(data), Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
}
