package main_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	digitorus "github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"

	"contractd/signer"
	"contractd/signer/pdf"
	testca "contractd/signer/signtest"
)

// shape is how a mail program wraps the returned file.
type shape func(subject, answers string, file []byte) string

// attached is the usual one of Chinese programs: base64, the name in GBK as an encoded word (RFC 2047), which RFC 2231
// forbids there and everybody writes.
func attached(subject, answers string, file []byte) string {
	name := "=?GBK?B?" + base64.StdEncoding.EncodeToString([]byte("\xb8\xc7\xd5\xc2\xba\xcf\xcd\xac.pdf")) + "?=" // 盖章合同.pdf
	return head(subject, answers) + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + text("b") +
		"--b\r\nContent-Type: application/pdf; name=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n" +
		"Content-Disposition: attachment; filename=\"" + name + "\"\r\n\r\n" + base64Lines(file) + "\r\n--b--\r\n"
}

// inline is what telephones send: shown within the text, of no type and without a name.
func inline(subject, answers string, file []byte) string {
	return head(subject, answers) + "Content-Type: multipart/related; boundary=b\r\n\r\n" + text("b") +
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\n" +
		base64Lines(file) + "\r\n--b--\r\n"
}

// forwarded is a colleague's mail, sent on as a whole.
func forwarded(subject, _ string, file []byte) string {
	return head("转发: "+subject, "") + "Content-Type: multipart/mixed; boundary=outer\r\n\r\n" + text("outer") +
		"--outer\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + attached(subject, "", file) + "\r\n--outer--\r\n"
}

func head(subject, answers string) string {
	h := "From: =?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte("李层山")) + "?= <" + supplierMail + ">\r\nTo: " + houseMail +
		"\r\nSubject: =?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte("回复："+subject)) + "?=\r\nDate: " + time.Now().Format(time.RFC1123Z) +
		"\r\nMessage-ID: <" + rand.Text() + "@supplier.example>\r\nMIME-Version: 1.0\r\n"
	if answers != "" {
		h += "In-Reply-To: <" + answers + ">\r\nReferences: <" + answers + ">\r\n"
	}
	return h
}

func text(boundary string) string {
	return "--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n您好，合同已盖章，请查收。\r\n"
}

func base64Lines(data []byte) string {
	var out strings.Builder
	for text := base64.StdEncoding.EncodeToString(data); text != ""; {
		n := min(76, len(text))
		out.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return out.String()
}

// answer mails a file back in the thread of a letter.
func (x *exchange) answer(l letter, as shape, file []byte) {
	x.Helper()
	x.mailTo(supplierMail, houseMail, []byte(as(l.Subject, l.MessageID, file)))
}

// sign adds a signature of each with our own engine, as visible seals side by side.
func (x *exchange) sign(file []byte, by ...*testca.Identity) []byte {
	x.Helper()
	picture, err := signer.NewImage(sealPNG(x.T))
	check(x.T, err)
	for n, identity := range by {
		var out bytes.Buffer
		_, err := signer.New(signer.Config{}).Seal(x.Context(), bytes.NewReader(file), int64(len(file)), &out, signer.Request{
			Key: identity.Signer, Certificate: identity.Certificate, Chain: identity.Chain,
			Seals:     []signer.Seal{{Pages: signer.LastPage, X: 30 + 50*float64(n), Y: 100, Size: 40, Image: picture}},
			Timestamp: func(_ context.Context, imprint []byte, h crypto.Hash) ([]byte, error) { return x.tsa.Token(imprint, h) },
		})
		check(x.T, err)
		file = out.Bytes()
	}
	return file
}

// countersign signs as the supplier must, in both roles.
func (x *exchange) countersign(file []byte) []byte {
	x.Helper()
	return x.sign(file, x.hall.supplierEmployee, x.hall.supplier) // The order is free.
}

// pdfsign adds a signature with digitorus/pdfsign, which shares no code with ours.
func (x *exchange) pdfsign(file []byte, identity *testca.Identity) []byte {
	x.Helper()
	reader, err := digitorus.NewReader(bytes.NewReader(file), int64(len(file)))
	check(x.T, err)
	var out bytes.Buffer
	check(x.T, sign.Sign(bytes.NewReader(file), &out, reader, int64(len(file)), sign.SignData{
		Signature: sign.SignDataSignature{CertType: sign.ApprovalSignature, Info: sign.SignDataSignatureInfo{Date: time.Now()}},
		Signer:    identity.Signer, DigestAlgorithm: crypto.SHA256, Certificate: identity.Certificate,
		CertificateChains: [][]*x509.Certificate{append([]*x509.Certificate{identity.Certificate}, identity.Chain...)},
	}))
	return out.Bytes()
}

// overwrite appends a revision in which the first page shows something else (pdf-insecurity.org, ISA).
func (x *exchange) overwrite(file []byte) []byte {
	x.Helper()
	opened, err := pdf.Open(x.Context(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	check(x.T, err)
	pages, err := opened.Last().Pages()
	check(x.T, err)
	update := pdf.NewUpdate(opened)
	content := []byte("BT /F1 24 Tf 72 700 Td (Total: CNY 1.00) Tj ET")
	page := pdf.Dict{"Contents": update.Add(&pdf.Stream{Dict: pdf.Dict{"Length": pdf.Integer(len(content))}, Raw: content})}
	for key, value := range pages[0].Dict {
		if key != "Contents" {
			page[key] = value
		}
	}
	update.Set(pages[0].Ref, page)
	tail, err := update.Build()
	check(x.T, err)
	return append(bytes.Clone(file), tail.Bytes...)
}

// qpdf rewrites a file with a tool that knows nothing of signatures.
func (x *exchange) qpdf(file []byte, flags ...string) []byte {
	x.Helper()
	dir := x.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	check(x.T, os.WriteFile(in, file, 0o600))
	if said, err := exec.CommandContext(x.Context(), "qpdf", append(flags, in, out)...).CombinedOutput(); err != nil {
		x.Fatalf("qpdf: %v\n%s", err, said)
	}
	rewritten, err := os.ReadFile(out)
	check(x.T, err)
	return rewritten
}
