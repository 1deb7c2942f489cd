package mailbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"contractd/workflow"
)

func TestParseFindsPDFByContent(t *testing.T) {
	pdf := fakePDF(1, 5000)
	late := append(bytes.Repeat([]byte{' '}, 1000), pdf...)
	tests := map[string]struct {
		raw  string
		want []byte
	}{
		"named and typed":              {multipartOf(plainHead, attach("Content-Type: application/pdf; name=a.pdf", "Content-Disposition: attachment; filename=a.pdf", pdf)), pdf},
		"called a picture":             {multipartOf(plainHead, attach("Content-Type: image/png; name=seal.png", "Content-Disposition: inline", pdf)), pdf},
		"called text with charset":     {multipartOf(plainHead, attach("Content-Type: text/plain; charset=gb18030", "Content-Disposition: inline", pdf)), pdf},
		"no type at all":               {multipartOf(plainHead, attach("X-Nothing: here", "X-More: nothing", pdf)), pdf},
		"behind a kilobyte of junk":    {multipartOf(plainHead, attach("Content-Type: application/octet-stream", "Content-Disposition: attachment", late)), late},
		"the message itself":           {plainHead + attach("Content-Type: application/pdf", "MIME-Version: 1.0", pdf), pdf},
		"binary":                       {multipartOf(plainHead, "Content-Type: text/html; charset=big5\r\nContent-Transfer-Encoding: binary\r\n\r\n"+string(pdf)), pdf},
		"base64 that nobody announced": {multipartOf(plainHead, "Content-Type: application/pdf\r\n\r\n"+wrap(pdf)), pdf},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantPDFs(t, parse(t, Limits{}, test.raw), test.want)
		})
	}
}

func TestParseIgnoresNameAndType(t *testing.T) {
	message := parse(t, Limits{}, multipartOf(plainHead, attach("Content-Type: application/pdf; name=a.pdf", "Content-Disposition: attachment; filename=a.pdf", []byte("MZ not a PDF"))))
	wantPDFs(t, message)
}

func TestParseEveryLineEnd(t *testing.T) {
	pdf := fakePDF(2, 3000)
	raw := multipartOf(plainHead, "Content-Type: text/plain\r\n\r\nhello\r\n", attach("Content-Type: application/pdf", "X: y", pdf))
	t.Run("LF only", func(t *testing.T) {
		wantPDFs(t, parse(t, Limits{}, strings.ReplaceAll(raw, "\r\n", "\n")), pdf)
	})
	t.Run("changing within the message", func(t *testing.T) {
		wantPDFs(t, parse(t, Limits{}, strings.Replace(raw, "--=_b\r\n", "--=_b\n", 1)), pdf)
	})
	t.Run("mbox and stray lines", func(t *testing.T) {
		broken := "From sales Mon Nov 23 18:23:00 2026\r\n" + strings.Replace(raw, "Subject:", "a line without colon and more\r\nSubject:", 1)
		broken = strings.Replace(broken, "Content-Type: application/pdf", "stray text\r\nContent-Type: application/pdf", 1)
		message := parse(t, Limits{}, broken)
		wantPDFs(t, message, pdf)
		if message.Subject != "return" || message.PDFs[0].Repaired {
			t.Errorf("subject %q, repaired %v", message.Subject, message.PDFs[0].Repaired)
		}
	})
	t.Run("binary with LF delimiters keeps its last CR", func(t *testing.T) {
		odd := append(bytes.Clone(pdf), '\r')
		raw := "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: binary\n\n" + string(odd) + "\n--b--\n"
		wantPDFs(t, parse(t, Limits{}, raw), odd)
	})
}

func TestParseHeader(t *testing.T) {
	raw := "Delivered-To: contracts+nj014@issuer.example\r\n" +
		"From: " + gbk(t, "金陵办公用品") + " <Sales@SUPPLIER.example>\r\n" +
		"To: =?gb2312?B?" + b64(gbk(t, "合同专用")) + "?= <contracts@issuer.example>, second@issuer.example\r\n" +
		"Cc: third@issuer.example\r\n" +
		"Subject: " + gbk(t, "回复：采购合同") + "\r\n" +
		"Message-ID: <r1@supplier.example>\r\nIn-Reply-To: <c2@issuer.example>\r\n" +
		"References: <c0@issuer.example>\r\n <c1@issuer.example> <c2@issuer.example>\r\n" +
		"Date: Mon, 23 Nov 2026 18:23:00 +0800 (CST)\r\n\r\nhello\r\n"
	message := parse(t, Limits{}, raw)
	if want := []string{"Sales@supplier.example"}; !slices.Equal(message.From, want) {
		t.Errorf("From %q, want %q", message.From, want)
	}
	want := []string{"contracts@issuer.example", "second@issuer.example", "third@issuer.example", "contracts+nj014@issuer.example"}
	if !slices.Equal(message.To, want) {
		t.Errorf("To %q, want %q", message.To, want)
	}
	if message.Subject != "回复：采购合同" || message.MessageID != "r1@supplier.example" {
		t.Errorf("subject %q, id %q", message.Subject, message.MessageID)
	}
	if want := []string{"c2@issuer.example", "c1@issuer.example", "c0@issuer.example"}; !slices.Equal(message.References, want) {
		t.Errorf("references %q, want %q", message.References, want)
	}
	if message.Date.Format("2006-01-02T15:04Z07:00") != "2026-11-23T18:23+08:00" {
		t.Errorf("date %v", message.Date)
	}
}

func TestParseForwarded(t *testing.T) {
	pdf := fakePDF(3, 2000)
	inner := multipartOf(plainHead, attach("Content-Type: application/pdf", "X: y", pdf))
	forward := func(raw string) string {
		return multipartOf(plainHead, "Content-Type: message/rfc822\r\n\r\n"+raw)
	}
	t.Run("three deep", func(t *testing.T) {
		message := parse(t, Limits{}, forward(strings.ReplaceAll(forward(strings.ReplaceAll(forward(strings.ReplaceAll(inner, "=_b", "=_3")), "=_b", "=_2")), "=_b", "=_1")))
		wantPDFs(t, message, pdf)
		if message.PDFs[0].Path != "1/1/1/1/1/1/1" {
			t.Errorf("path %q", message.PDFs[0].Path)
		}
	})
	t.Run("four deep", func(t *testing.T) {
		message := parse(t, Limits{Forward: 0}, forward(strings.ReplaceAll(forward(strings.ReplaceAll(forward(strings.ReplaceAll(forward(strings.ReplaceAll(inner, "=_b", "=_4")), "=_b", "=_3")), "=_b", "=_2")), "=_b", "=_1")))
		wantPDFs(t, message)
		wantProblem(t, message, workflow.ProblemTooLarge)
	})
	t.Run("encoded, against the standard", func(t *testing.T) {
		message := parse(t, Limits{}, multipartOf(plainHead, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"+wrap([]byte(inner))))
		wantPDFs(t, message, pdf)
	})
	t.Run("as a file", func(t *testing.T) {
		message := parse(t, Limits{}, multipartOf(plainHead, "Content-Type: application/octet-stream; name=\"fwd.EML\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+wrap([]byte(inner))))
		wantPDFs(t, message, pdf)
	})
}

func TestParseSeveralPDFs(t *testing.T) {
	first, second := fakePDF(4, 2000), fakePDF(5, 2000)
	one := attach("Content-Type: application/pdf", "X: y", first)
	other := attach("Content-Type: application/pdf", "X: y", second)
	message := parse(t, Limits{}, multipartOf(plainHead, one, other, one))
	wantPDFs(t, message, first, second)
	if message.PDFs[0].Path != "1" || message.PDFs[1].Path != "2" {
		t.Errorf("paths %q, %q", message.PDFs[0].Path, message.PDFs[1].Path)
	}
}

func TestParseSecondCopyMayBeTheBetterOne(t *testing.T) {
	pdf := fakePDF(7, 3001)
	good := attach("Content-Type: application/pdf", "X: y", pdf)
	message := parse(t, Limits{}, multipartOf(plainHead, good+"footer", good))
	wantPDFs(t, message, pdf)
	if message.PDFs[0].Repaired {
		t.Error("still called repaired")
	}
}

func TestParseStreams(t *testing.T) {
	raw := []byte(multipartOf(plainHead, attach("Content-Type: application/pdf", "X: y", fakePDF(12, 8<<20))))
	parser := Parser{Spool: t.TempDir()}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	message, closer, err := parser.Parse(context.Background(), workflow.Document{Ref: workflow.Ref{Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)})
	runtime.ReadMemStats(&after)
	if err != nil || len(message.PDFs) != 1 {
		t.Fatalf("%d PDFs, error %v", len(message.PDFs), err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("allocated %d bytes for a message of %d", grown, len(raw))
	}
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(multipartOf(plainHead, attach("Content-Type: application/pdf", "X: y", fakePDF(13, 200_000))))
	parser := Parser{Spool: b.TempDir()}
	document := workflow.Document{Ref: workflow.Ref{Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		_, closer, err := parser.Parse(context.Background(), document)
		if err != nil {
			b.Fatal(err)
		}
		if err := closer.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParseNestedBoundaries(t *testing.T) {
	pdf := fakePDF(6, 2000)
	inner := "Content-Type: multipart/mixed; boundary=\"=_bb\"\r\n\r\n--=_bb\r\nContent-Type: text/plain\r\n\r\nhi\r\n--=_bb\r\n" +
		attach("Content-Type: application/pdf", "X: y", pdf) + "\r\n--=_bb--\r\n"
	t.Run("beginning with the outer one", func(t *testing.T) {
		message := parse(t, Limits{}, multipartOf(plainHead, inner))
		wantPDFs(t, message, pdf)
		if message.PDFs[0].Repaired || len(message.Problems) > 0 {
			t.Errorf("repaired %v, problems %v", message.PDFs[0].Repaired, message.Problems)
		}
	})
	t.Run("never closed", func(t *testing.T) {
		message := parse(t, Limits{}, multipartOf(plainHead, strings.Replace(inner, "--=_bb--\r\n", "", 1)))
		if len(message.PDFs) != 1 || !message.PDFs[0].Repaired {
			t.Fatalf("want one repaired PDF, got %+v", message.PDFs)
		}
		wantProblem(t, message, workflow.ProblemMalformed)
	})
	t.Run("not named", func(t *testing.T) {
		raw := strings.Replace(multipartOf(plainHead, attach("X: y", "Y: z", pdf)), "; boundary=\"=_b\"", "", 1)
		wantPDFs(t, parse(t, Limits{}, raw), pdf)
	})
}

func TestParseLimits(t *testing.T) {
	pdf := fakePDF(8, 4000)
	part := attach("Content-Type: application/pdf", "X: y", pdf)
	tests := map[string]struct {
		limits Limits
		raw    string
	}{
		"raw":     {Limits{Raw: 500}, multipartOf(plainHead, part)},
		"decoded": {Limits{Decoded: 1000}, multipartOf(plainHead, part)},
		"parts":   {Limits{Parts: 3}, multipartOf(plainHead, "\r\n\r\nx", "\r\n\r\nx", "\r\n\r\nx", part)},
		"header":  {Limits{Header: 1000}, multipartOf(plainHead, "X-Long: "+strings.Repeat("a", 2000)+"\r\n"+part)},
		"depth":   {Limits{Depth: 1}, multipartOf(plainHead, "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"+part+"\r\n--c--")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, test.limits, test.raw)
			wantProblem(t, message, workflow.ProblemTooLarge)
			if name != "raw" { // There a torn PDF may be found; it is marked.
				wantPDFs(t, message)
			}
			if len(message.From) == 0 {
				t.Error("the header was lost")
			}
		})
	}
}

func TestParseOutermostHeaderTooLong(t *testing.T) {
	message := parse(t, Limits{Header: 1000}, plainHead+"X-Long: "+strings.Repeat("a", 2000)+"\r\n\r\nhello")
	wantProblem(t, message, workflow.ProblemTooLarge)
	if message.Subject != "return" {
		t.Errorf("subject %q", message.Subject)
	}
}

func TestParseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	raw := []byte(plainHead + "\r\nhello")
	parser := Parser{Spool: t.TempDir()}
	_, closer, err := parser.Parse(ctx, workflow.Document{Ref: workflow.Ref{Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, workflow.ErrTemporary) {
		t.Errorf("error %v, want a temporary one because of the context", err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
}

func TestParseOwnTimeLimitIsAProblem(t *testing.T) {
	message := parse(t, Limits{Time: 1}, multipartOf(plainHead, "\r\n\r\nx"))
	wantProblem(t, message, workflow.ProblemTooLarge)
}

func TestSpoolLeavesNothingBehind(t *testing.T) {
	raw := []byte(multipartOf(plainHead, attach("X: y", "Y: z", fakePDF(9, 2000))))
	parser := Parser{Spool: t.TempDir()}
	message, closer, err := parser.Parse(context.Background(), workflow.Document{Ref: workflow.Ref{Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)})
	if err != nil || len(message.PDFs) != 1 {
		t.Fatalf("%d PDFs, error %v", len(message.PDFs), err)
	}
	if left, err := os.ReadDir(parser.Spool); err != nil || len(left) > 0 {
		t.Errorf("spool holds %v, error %v", left, err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
	if _, err := message.PDFs[0].Document.ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("the document can still be read after closing")
	}
}

func TestParseWithoutSpoolIsTemporary(t *testing.T) {
	raw := []byte(multipartOf(plainHead, attach("X: y", "Y: z", fakePDF(9, 2000))))
	parser := Parser{Spool: t.TempDir() + "/missing"}
	_, closer, err := parser.Parse(context.Background(), workflow.Document{Ref: workflow.Ref{Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)})
	if !errors.Is(err, workflow.ErrTemporary) {
		t.Errorf("error %v, want a temporary one", err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
}
