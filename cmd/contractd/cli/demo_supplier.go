package cli

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	digitorus "github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	gomail "github.com/wneessen/go-mail"

	"contractd/mailbox/smtp"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/workflow"
)

// countersign signs as the supplier, in both roles, with an implementation that is not ours.
func (w *demoWorld) countersign(file []byte) ([]byte, error) {
	for _, identity := range []*signtest.Identity{w.theirOrganization, w.theirEmployee} {
		signed, err := w.pdfsign(file, identity)
		if err != nil {
			return nil, fmt.Errorf("countersign as %s: %w", identity.Certificate.Subject.CommonName, err)
		}
		file = signed
	}
	return file, nil
}

// pdfsign places one approval signature with digitorus/pdfsign. It gets no Chinese text: it writes wrong bytes for
// characters such as 小 (design.md, section 6).
func (w *demoWorld) pdfsign(file []byte, identity *signtest.Identity) ([]byte, error) {
	input := bytes.NewReader(file)
	reader, err := digitorus.NewReader(input, input.Size())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = sign.Sign(input, &out, reader, input.Size(), sign.SignData{
		Signature: sign.SignDataSignature{
			CertType: sign.ApprovalSignature,
			Info:     sign.SignDataSignatureInfo{Date: time.Now()},
		},
		Signer: identity.Signer, DigestAlgorithm: crypto.SHA256, Certificate: identity.Certificate,
		CertificateChains: [][]*x509.Certificate{append([]*x509.Certificate{identity.Certificate}, identity.Chain...)},
		TSA:               sign.TSA{URL: w.tsaURL},
	})
	return out.Bytes(), err
}

// mailBack answers the letter with the returned file, as a mail program would.
func (w *demoWorld) mailBack(ctx context.Context, letter workflow.Message, returned []byte) error {
	message := gomail.NewMsg()
	if err := message.From(demoSupplierMail); err != nil {
		return err
	}
	if err := message.To(demoIssuerMail); err != nil {
		return err
	}
	message.Subject("回复：" + letter.Subject)
	message.SetMessageID()
	message.SetGenHeader(gomail.HeaderInReplyTo, "<"+letter.MessageID+">")
	message.SetBodyString(gomail.TypeTextPlain, "您好，合同已盖章，请查收附件。\r\n")
	if err := message.AttachReader("盖章合同.pdf", bytes.NewReader(returned)); err != nil {
		return err
	}
	var raw bytes.Buffer
	if _, err := message.WriteTo(&raw); err != nil {
		return fmt.Errorf("write the supplier's mail: %w", err)
	}
	sender, err := smtp.New(smtp.Account{
		Host: w.mail.SMTPS.Host, Port: w.mail.SMTPS.Port, Security: smtp.TLS, TLS: w.mail.TLS(),
		User: demoSupplierMail, Password: func() (string, error) { return demoPassword, nil },
	})
	if err != nil {
		return err
	}
	defer sender.Close()
	_, err = sender.Send(ctx, workflow.Envelope{From: demoSupplierMail, To: demoIssuerMail}, documentOf(raw.Bytes()))
	return err
}

// replacePage appends a revision in which the first page shows something else, as the incremental saving attack does
// (pdf-insecurity.org, ISA).
func replacePage(ctx context.Context, file []byte) ([]byte, error) {
	opened, err := pdf.Open(ctx, bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	if err != nil {
		return nil, err
	}
	pages, err := opened.Last().Pages()
	if err != nil {
		return nil, err
	}
	update := pdf.NewUpdate(opened)
	content := []byte("BT /F1 24 Tf 72 700 Td (Total: CNY 1.00) Tj ET")
	stream := update.Add(&pdf.Stream{Dict: pdf.Dict{"Length": pdf.Integer(len(content))}, Raw: content})
	page := pdf.Dict{}
	for key, value := range pages[0].Dict {
		page[key] = value
	}
	page["Contents"] = stream
	update.Set(pages[0].Ref, page)
	tail, err := update.Build()
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(file), tail.Bytes...), nil
}
