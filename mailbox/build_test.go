package mailbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"contractd/workflow"
)

// fakePDF returns bytes that a PDF could have, with everything that mail likes to change: line ends of all kinds,
// zero bytes, 8-bit bytes that are no text, dots and "From " at the beginning of lines.
func fakePDF(seed uint64, size int) []byte {
	random := rand.New(rand.NewPCG(seed, 7))
	pdf := []byte("%PDF-1.7\r\n%\xe2\xe3\xcf\xd3\n.\r\nFrom here\n--\rmixed \t\n")
	for len(pdf) < size {
		pdf = append(pdf, byte(random.Uint32()))
	}
	return append(pdf, "\nstartxref\n0\n%%EOF\n"...)
}

// wrap returns base64 in lines of 76.
func wrap(data []byte) string {
	var out strings.Builder
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 76 {
		out.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return out.String() + text + "\r\n"
}

// lines joins with CRLF.
func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }

// attach returns a part with a PDF.
func attach(typeLine, dispositionLine string, pdf []byte) string {
	return lines(typeLine, dispositionLine, "Content-Transfer-Encoding: base64", "") + wrap(pdf)
}

// multipartOf builds a message from whole parts.
func multipartOf(head string, parts ...string) string {
	out := head + "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\npreamble\r\n"
	for _, part := range parts {
		out += "--=_b\r\n" + part + "\r\n"
	}
	return out + "--=_b--\r\nepilogue\r\n"
}

const plainHead = "From: \"Supplier\" <sales@Supplier.EXAMPLE>\r\nTo: contracts@issuer.example\r\nSubject: return\r\nMessage-ID: <r1@supplier.example>\r\n"

// parse reads a message and hands its closing to the test.
func parse(t testing.TB, limits Limits, raw string) workflow.Message {
	t.Helper()
	document, err := workflow.Identify(context.Background(), bytes.NewReader([]byte(raw)), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	parser := Parser{Limits: limits, Spool: t.TempDir()}
	message, closer, err := parser.Parse(context.Background(), document)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	})
	return message
}

// content returns a document's bytes, having checked its digest and size.
func content(t testing.TB, document workflow.Document) []byte {
	t.Helper()
	data, err := io.ReadAll(document.Reader())
	if err != nil {
		t.Fatal(err)
	}
	if workflow.HashOf(data) != document.Hash || int64(len(data)) != document.Size {
		t.Fatalf("document %s of %d bytes does not have its digest", document.Hash.Short(), document.Size)
	}
	return data
}

// wantPDFs checks that exactly these PDFs were found, byte for byte.
func wantPDFs(t testing.TB, message workflow.Message, want ...[]byte) {
	t.Helper()
	if len(message.PDFs) != len(want) {
		t.Fatalf("found %d PDFs, want %d; problems %v", len(message.PDFs), len(want), message.Problems)
	}
	for i := range want {
		if !bytes.Equal(content(t, message.PDFs[i].Document), want[i]) {
			t.Errorf("PDF %d differs from what was sent", i)
		}
	}
}

// wantProblem checks that a kind of problem was told.
func wantProblem(t testing.TB, message workflow.Message, kind workflow.ProblemKind) {
	t.Helper()
	for _, problem := range message.Problems {
		if problem.Kind == kind {
			return
		}
	}
	t.Errorf("problems %v, want one of kind %s", message.Problems, kind)
}

// in encodes text in a charset.
func in(t testing.TB, charset encoding.Encoding, text string) string {
	t.Helper()
	encoded, err := charset.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func gbk(t testing.TB, text string) string { return in(t, simplifiedchinese.GBK, text) }

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
