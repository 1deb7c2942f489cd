package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/templates"
	"contractd/workflow"
)

func newComposer(t testing.TB) *Composer {
	t.Helper()
	letters, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return &Composer{
		Sender:  Sender{Name: "南京示例科技有限公司（合同专用）", Address: "contracts@issuer.example", ReplyTo: "returns@issuer.example"},
		Company: templates.Company{Name: "南京示例科技有限公司", Mailbox: "returns@issuer.example", Contact: "王小山"},
		Letters: letters,
		Spool:   t.TempDir(),
	}
}

func documentOf(data []byte) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(data), Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
}

func sampleNotice(pdfs ...[]byte) workflow.Notice {
	notice := workflow.Notice{
		Kind: workflow.LetterContract, Language: workflow.Chinese,
		MessageID:  "k7m2p9x4q8n3v6t5c2hj@issuer.example",
		Date:       time.Date(2026, 11, 23, 18, 30, 0, 0, time.FixedZone("CST", 8*3600)),
		To:         []string{"sales@supplier.example", "legal@supplier.example"},
		Copies:     []string{"buyer@issuer.example"},
		References: []string{"first@issuer.example", "second@supplier.example"},
		Contract:   workflow.Contract{ID: "k7m2p9x4q8n3v6t5c2hj", Number: "NJ-2026-014", Title: "2026年度办公设备采购合同"},
		Supplier:   workflow.Supplier{Name: "南京小山层办公用品有限公司", Required: []workflow.Role{workflow.RoleOrganization}},
	}
	for _, pdf := range pdfs {
		notice.Attachments = append(notice.Attachments, workflow.NamedDocument{Name: "2026年度办公设备采购合同-已签章.pdf", Document: documentOf(pdf)})
	}
	return notice
}

func compose(t testing.TB, c *Composer, notice workflow.Notice) (workflow.Letter, string) {
	t.Helper()
	letter, raw, closer, err := c.Compose(context.Background(), notice)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content(t, raw))
	if letter.Raw != raw.Ref {
		t.Error("the letter names other bytes than those returned")
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
	return letter, text
}

func TestComposedLetterIsReadBack(t *testing.T) {
	first, second := fakePDF(31, 200_000), fakePDF(32, 57*500)
	letter, raw := compose(t, newComposer(t), sampleNotice(first, second))
	message := parse(t, Limits{}, raw)
	wantPDFs(t, message, first, second)
	if len(message.Problems) > 0 || message.PDFs[0].Repaired {
		t.Errorf("problems %v, repaired %v", message.Problems, message.PDFs[0].Repaired)
	}
	if want := "NJ-2026-014_2026年度办公设备采购合同-已签章.pdf"; message.PDFs[0].Name != want {
		t.Errorf("name %q, want %q", message.PDFs[0].Name, want)
	}
	if message.MessageID != letter.MessageID || message.Subject != letter.Subject || !strings.Contains(letter.Subject, "《2026年度办公设备采购合同》") {
		t.Errorf("id %q, subject %q", message.MessageID, message.Subject)
	}
	if want := []string{"second@supplier.example", "first@issuer.example"}; !slices.Equal(message.References, want) {
		t.Errorf("references %q, want %q", message.References, want)
	}
	if want := []string{"sales@supplier.example", "legal@supplier.example", "buyer@issuer.example"}; !slices.Equal(message.To, want) {
		t.Errorf("To %q, want %q", message.To, want)
	}
	if !slices.Equal(message.From, []string{"contracts@issuer.example"}) || letter.From != "contracts@issuer.example" {
		t.Errorf("From %q, %q", message.From, letter.From)
	}
	if !message.Date.Equal(letter.Created) || message.Automatic != workflow.AutoReply {
		t.Errorf("date %v, automatic %q", message.Date, message.Automatic)
	}
}

// TestComposedLetterForOthers reads a letter with the standard library, which knows nothing of our lenience.
func TestComposedLetterForOthers(t *testing.T) {
	pdf := fakePDF(33, 10_000)
	_, raw := compose(t, newComposer(t), sampleNotice(pdf))
	for line := range strings.Lines(raw) {
		if !strings.HasSuffix(line, "\r\n") || len(line) > 1000 || strings.ContainsFunc(line, func(r rune) bool { return r >= 0x7f || r == 0 }) {
			t.Fatalf("a line that mail servers may break: %q", line)
		}
	}
	if strings.Contains(raw, "\r\n\r\n\r\n") {
		t.Error("an empty line too many")
	}
	message, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	decoder := new(mime.WordDecoder)
	if subject, err := decoder.DecodeHeader(message.Header.Get("Subject")); err != nil || !strings.HasPrefix(subject, "【请签署】合同 NJ-2026-014") {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := message.Header.AddressList("From")
	if err != nil || from[0].Name != "南京示例科技有限公司（合同专用）" {
		t.Errorf("From %v, %v", from, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<k7m2p9x4q8n3v6t5c2hj@issuer.example>", "Auto-Submitted": "auto-generated",
		ContractHeader: "k7m2p9x4q8n3v6t5c2hj", "In-Reply-To": "<second@supplier.example>",
		"Date": "Mon, 23 Nov 2026 18:30:00 +0800",
	} {
		if got := message.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if reply, err := message.Header.AddressList("Reply-To"); err != nil || reply[0].Address != "returns@issuer.example" {
		t.Errorf("Reply-To %v, %v", reply, err)
	}
	texts, files := readParts(t, message.Header.Get("Content-Type"), message.Body)
	if !strings.Contains(texts["text/plain"], "k7m2p9x4q8n3v6t5c2hj") || !strings.Contains(texts["text/html"], "k7m2p9x4q8n3v6t5c2hj") {
		t.Error("the contract's id is not in both bodies")
	}
	if !strings.Contains(texts["text/plain"], "附件：NJ-2026-014_2026年度办公设备采购合同-已签章.pdf") {
		t.Error("the letter calls its attachment by another name")
	}
	if got := files["NJ-2026-014_2026年度办公设备采购合同-已签章.pdf"]; !bytes.Equal(got, pdf) {
		t.Errorf("files %d, content differs", len(files))
	}
}

// readParts walks a message as the standard library does, into texts by type and files by name.
func readParts(t *testing.T, contentType string, body io.Reader) (texts map[string]string, files map[string][]byte) {
	t.Helper()
	texts, files = map[string]string{}, map[string][]byte{}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return texts, files
		}
		if err != nil {
			t.Fatal(err)
		}
		media, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(media, "multipart/") {
			inner, _ := readParts(t, part.Header.Get("Content-Type"), part)
			for kind, text := range inner {
				texts[kind] = text
			}
			continue
		}
		data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil {
			t.Fatal(err)
		}
		if part.FileName() != "" {
			files[part.FileName()] = data
		} else {
			texts[media] = string(data)
		}
	}
}

func TestAttachmentNameForms(t *testing.T) {
	head := attachmentHeader("NJ-1_合同.pdf")
	word := `"=?UTF-8?B?` + b64("NJ-1_合同.pdf") + `?="`
	if got := head.Get("Content-Type"); !strings.HasSuffix(got, "name="+word) {
		t.Errorf("Content-Type %q", got)
	}
	if got := head.Get("Content-Disposition"); !strings.Contains(got, "filename="+word) || !strings.Contains(got, "filename*=UTF-8''NJ-1_%E5%90%88%E5%90%8C.pdf") {
		t.Errorf("Content-Disposition %q", got)
	}
	tests := []struct{ number, name, want string }{
		{"NJ-1", "合同.pdf", "NJ-1_合同.pdf"},
		{"NJ-1", "NJ-1.pdf", "NJ-1.pdf"},
		{"宁采〔2026〕14/2", "合同", "202614-2_合同.pdf"},
		{"NJ-1", "../a\r\nX: y\".pdf", "NJ-1_aX_ y_.pdf"},
		{"", "a.PDF", "a.PDF"},
		{"NJ-1", strings.Repeat("合同", 50) + ".pdf", "NJ-1_" + strings.Repeat("合同", 50)[:111] + ".pdf"},
	}
	for _, test := range tests {
		if got := attachmentName(test.number, test.name); got != test.want {
			t.Errorf("attachmentName(%q, %q) = %q, want %q", test.number, test.name, got, test.want)
		}
	}
}

func TestComposeLetsNothingIntoTheHeader(t *testing.T) {
	const evil = "x\r\nBcc: everybody@evil.example\r\n\r\nbody"
	t.Run("refused", func(t *testing.T) {
		for name, spoil := range map[string]func(*workflow.Notice){
			"To":         func(n *workflow.Notice) { n.To = []string{"a@b.example\r\nBcc: c@d.example"} },
			"Copies":     func(n *workflow.Notice) { n.Copies = []string{evil} },
			"Message-ID": func(n *workflow.Notice) { n.MessageID = "a@b>\r\nBcc: c@d" },
			"contract":   func(n *workflow.Notice) { n.Contract.ID = evil },
			"nobody":     func(n *workflow.Notice) { n.To = nil },
			"two in one": func(n *workflow.Notice) { n.To = []string{"a@b.example, c@d.example"} },
			"brackets":   func(n *workflow.Notice) { n.To = []string{"<a@b.example>"} },
			"with name":  func(n *workflow.Notice) { n.To = []string{"A <a@b.example>"} },
		} {
			notice := sampleNotice()
			spoil(&notice)
			_, _, closer, err := newComposer(t).Compose(context.Background(), notice)
			if !errors.Is(err, workflow.ErrUsage) {
				t.Errorf("%s: error %v, want one of usage", name, err)
			}
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("left out", func(t *testing.T) { // What a supplier's program made up must not stop our answer.
		for _, odd := range []string{evil, "", "abc123", "x@[192.168.1.5]", "a@b@c", "x:y@z"} {
			notice := sampleNotice()
			notice.References = []string{odd, "good@supplier.example"}
			_, raw, closer, err := newComposer(t).Compose(context.Background(), notice)
			if err != nil {
				t.Errorf("%q: %v", odd, err)
				continue
			}
			head, err := io.ReadAll(io.LimitReader(raw.Reader(), 4096))
			if err != nil || strings.Contains(string(head), "everybody@evil") || !strings.Contains(string(head), "<good@supplier.example>") {
				t.Errorf("%q: %v, %s", odd, err, head)
			}
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("cleaned", func(t *testing.T) {
		notice := sampleNotice(fakePDF(34, 100))
		notice.Contract.Title, notice.Contract.Number, notice.Attachments[0].Name = evil, evil, evil
		composer := newComposer(t)
		composer.Sender.Name = evil
		_, raw := compose(t, composer, notice)
		message, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if len(message.Header["Bcc"]) > 0 || strings.Contains(raw, "\r\nBcc:") {
			t.Errorf("a header was injected: %v", message.Header)
		}
	})
}

func TestComposeAnswers(t *testing.T) {
	composer := newComposer(t)
	for kind, want := range map[workflow.LetterKind]string{
		workflow.LetterConfirmed: "auto-replied", workflow.LetterRejected: "auto-replied", workflow.LetterReview: "auto-replied",
		workflow.LetterWithdrawn: "auto-generated", workflow.LetterExtended: "auto-generated", workflow.LetterNotice: "auto-generated",
	} {
		for _, language := range templates.Languages {
			notice := sampleNotice()
			notice.Kind, notice.Language, notice.Receipt, notice.Text = kind, language, &workflow.Receipt{}, "something happened"
			_, raw := compose(t, composer, notice)
			if !strings.Contains("\r\n"+raw, "\r\nAuto-Submitted: "+want+"\r\n") {
				t.Errorf("%s is not %s", kind, want)
			}
		}
	}
}

func TestComposeShortensLongThreads(t *testing.T) {
	notice := sampleNotice()
	notice.References = nil
	for i := range 100 {
		notice.References = append(notice.References, string(rune('a'+i%26))+strings.Repeat("x", i)+"@supplier.example")
	}
	_, raw := compose(t, newComposer(t), notice)
	message := parse(t, Limits{}, raw)
	if len(message.References) != maxThread || message.References[maxThread-1] != notice.References[0] || message.References[0] != notice.References[99] {
		t.Errorf("references %q", message.References)
	}
}

// zeros is a document of any size that needs no memory.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func TestComposeNeedsNoMemoryForAttachments(t *testing.T) {
	notice := sampleNotice()
	const size = 20 << 20
	notice.Attachments = []workflow.NamedDocument{{Name: "large.pdf", Document: workflow.Document{Ref: workflow.Ref{Size: size}, ReaderAt: zeros{}}}}
	composer := newComposer(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, raw, closer, err := composer.Compose(context.Background(), notice)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}()
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 || raw.Size < size*4/3 {
		t.Errorf("allocated %d bytes for a letter of %d", grown, raw.Size)
	}
}

func TestComposeLeavesNothingInTheSpool(t *testing.T) {
	composer := newComposer(t)
	compose(t, composer, sampleNotice(fakePDF(35, 100)))
	if left, err := os.ReadDir(composer.Spool); err != nil || len(left) > 0 {
		t.Errorf("spool holds %v, error %v", left, err)
	}
}
