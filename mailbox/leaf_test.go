package mailbox

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"contractd/workflow"
)

func TestParseTellsWhatItDoesNotOpen(t *testing.T) {
	base64Part := func(typeLine string, data []byte) string { return attach(typeLine, "X: y", data) }
	html := func(link string) string {
		return "Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			wrap([]byte(gbk(t, "附件：<a href=\""+link+"\">合同.pdf</a>")))
	}
	tests := map[string]struct {
		part string
		want workflow.ProblemKind
	}{
		"empty zip":     {base64Part("Content-Type: application/zip", zipOf(t)), workflow.ProblemArchive},
		"rar":           {base64Part("Content-Type: application/octet-stream", []byte("Rar!\x1a\x07\x01\x00rest")), workflow.ProblemArchive},
		"7z":            {base64Part("Content-Type: application/octet-stream", []byte("7z\xbc\xaf\x27\x1c\x00\x04")), workflow.ProblemArchive},
		"winmail.dat":   {base64Part("Content-Type: application/ms-tnef", []byte("\x78\x9f\x3e\x22\x01\x00rest")), workflow.ProblemMalformed},
		"opaque S/MIME": {base64Part("Content-Type: application/x-pkcs7-mime; smime-type=signed-data", []byte{0x30, 0x80}), workflow.ProblemUnreadable},
		"uuencode":      {"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a.pdf\r\n", workflow.ProblemUnreadable},
		"QQ":            {html("https://mail.qq.com/cgi-bin/ftnExs_download?k=0000&t=exs_ftn_download"), workflow.ProblemLink},
		"new QQ":        {html("https://wx.mail.qq.com/ftn/download?func=3&key=0000"), workflow.ProblemLink},
		"Exmail":        {html("https://exmail.qq.com/cgi-bin/ftnExs_download?k=0000"), workflow.ProblemLink},
		"NetEase 163":   {html("https://mail.163.com/large-attachment-download/index.html?p=0000"), workflow.ProblemLink},
		"NetEase dashi": {html("https://dashi.163.com/html/cloud-attachment-download/?key=0000"), workflow.ProblemLink},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, multipartOf(plainHead, "Content-Type: text/plain\r\n\r\nhello", test.part))
			wantPDFs(t, message)
			if len(message.Problems) != 1 || message.Problems[0].Kind != test.want || message.Problems[0].Path != "2" {
				t.Errorf("problems %+v, want one %s at 2", message.Problems, test.want)
			}
		})
	}
}

func TestParseDoesNotComplainOfOrdinaryParts(t *testing.T) {
	raw := multipartOf(plainHead,
		"Content-Type: text/plain; charset=utf-8\r\n\r\n我们不用超大附件。See https://supplier.example/ftn",
		attach("Content-Type: image/png", "X: y", []byte("\x89PNG\r\n")),
		attach("Content-Type: application/octet-stream; name=offer.docx", "X: y", zipOf(t, "[Content_Types].xml", "word/document.xml")),
		"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n"+wrap([]byte{0x30, 0x80}))
	if message := parse(t, Limits{}, raw); len(message.Problems) > 0 {
		t.Errorf("problems %+v", message.Problems)
	}
}

func FuzzParse(f *testing.F) {
	pdf := fakePDF(21, 300)
	part := attach("Content-Type: application/pdf; name=\"=?gbk?B?uro=?=\"", "Content-Disposition: attachment", pdf)
	f.Add([]byte(plainHead + part))
	f.Add([]byte(multipartOf(plainHead, part, part)))
	f.Add([]byte(multipartOf(plainHead, "Content-Type: message/rfc822\r\n\r\n"+strings.ReplaceAll(multipartOf(plainHead, part), "=_b", "=_c"))))
	f.Add([]byte(strings.ReplaceAll(multipartOf("From x\n"+plainHead, "no colon\n"+part), "\r\n", "\n")))
	f.Add([]byte("Content-Type: multipart/report; report-type=delivery-status\n\n--b\n\n--b\nContent-Type: message/delivery-status\n\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		document := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(raw), Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)}
		parser := Parser{Limits: Limits{Parts: 20, Decoded: 1 << 16, Header: 4096}, Spool: dir}
		message, closer, err := parser.Parse(context.Background(), document)
		if err != nil {
			t.Fatal(err) // Nothing that a sender writes is an error.
		}
		for _, found := range message.PDFs {
			data, err := io.ReadAll(found.Document.Reader())
			if err != nil || workflow.HashOf(data) != found.Document.Hash || !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
				t.Errorf("%s at %s is not what it is said to be: %v", found.Name, found.Path, err)
			}
			if strings.ContainsAny(found.Name, "/\\\r\n") {
				t.Errorf("file name %q", found.Name)
			}
		}
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	})
}
