package main_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"contractd/cmd/contractd/api"
	"contractd/signer"
	"contractd/signer/qr"
	testca "contractd/signer/signtest"
	"contractd/templates/contract"
	"contractd/workflow"
)

const placedSettings = `
[seal.qr]
stamp = true
[[seal.fields]]
name = "乙方单位"
role = "organization"
at = "keyword:乙方（盖章）;free"
[[seal.fields]]
name = "乙方经办人"
role = "employee"
at = "free:lower-left"
`

// playPlaced finds places by keyword and in white space, stamps a code, prepares fields, and knows a scan by its code.
func playPlaced(t *testing.T, h *hall) {
	needPart(t, "pdftoppm")
	x := newExchange(t, h, placedSettings)
	x.placeMark(`at = "keyword:甲方（盖章）"`)
	x.serve()
	x.register()
	const number = "采购〔2026〕14号"
	x.refused(2, "甲方（盖章", "send", "wordless.pdf", "--to", supplierName, "--number", "P-0")
	x.send(number)
	sent := x.reach(number, workflow.StateSent).Contract
	l := x.receivedAbout(number, 1)
	x.checkPlaced(sent, l)
	scanned := x.scan(l.pdf)
	x.mailTo(supplierMail, houseMail, []byte(attached("合同", "", scanned)))
	story := x.judged(number, 1)
	finding := story.Receipts[0].Findings[0]
	if finding.Match.Rung != workflow.RungCode || !slices.Equal(finding.Verdict.Reasons, []workflow.Reason{workflow.ReasonScanned}) || story.Contract.State != workflow.StateSent {
		t.Errorf("%s, matched %+v, reasons %v", story.Contract.State, finding.Match, finding.Verdict.Reasons)
	}
	reply := x.receivedAbout(number, 2)
	if text := string(x.textOf(reply)); !strings.Contains(text, "扫描件") || len(reply.pdf) == 0 {
		t.Errorf("the answer has %d bytes of PDF and says\n%s", len(reply.pdf), text)
	}
	signed := x.fill(x.fill(l.pdf, x.hall.supplier, "乙方单位"), x.hall.supplierEmployee, "")
	x.answer(reply, attached, signed) // One field is filled, the other is left empty.
	if verdict := x.judged(number, 2).Receipts[1].Findings[0].Verdict; verdict == nil || verdict.Verdict != workflow.Passed {
		t.Errorf("the signed file: %+v", verdict)
	}
	x.reach(number, workflow.StateArchived)
	x.wantFinal(number, signed)
	x.do("archive", "check")
}

// placeMark gives the company's seal another place, and writes a draft without words to find.
func (x *exchange) placeMark(line string) {
	x.Helper()
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", bytes.Replace(text, []byte("image = \"seal.png\"\n"), []byte("image = \"seal.png\"\n"+line+"\n"), 1))
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 12)
	pdf.Text(20, 20, "Nothing of that kind")
	var out bytes.Buffer
	check(x.T, pdf.Output(&out))
	x.write("wordless.pdf", out.Bytes())
}

// checkPlaced looks at what the supplier gets.
func (x *exchange) checkPlaced(sent workflow.Contract, l letter) {
	x.Helper()
	if draft := x.draftOf(sent.Number); !bytes.HasPrefix(l.pdf, draft) {
		x.Error("the draft is no exact prefix of what was mailed")
	}
	if fields := sent.Fields(); len(fields) != 2 || fields[0].Name != "乙方单位" || fields[1].Role != workflow.RoleEmployee {
		x.Errorf("fields %+v", fields)
	}
	if text := string(x.textOf(l)); !strings.Contains(text, "签名域“乙方单位”") {
		x.Errorf("the letter does not say where to sign:\n%s", text)
	}
	picture, err := png.Decode(bytes.NewReader(x.shown(l.pdf)))
	check(x.T, err)
	if got := qr.Read(picture); !slices.Contains(got, workflow.QRText(sent.Number, sent.Code())) {
		x.Errorf("the first page shows the codes %q", got)
	}
	x.write("sealed.pdf", l.pdf)
	var verdict workflow.Verdict
	x.record(&verdict, "verify", "sealed.pdf", "--root", "root.pem", "--tsa-root", "root.pem", "--json")
	mark := verdict.Signatures[0].Marks[0]
	if middle := mark.X + mark.Width/2; math.Abs(middle-x.wordMiddle()) > 3 {
		x.Errorf("the seal's middle is at %.1f mm, the words' at %.1f", middle, x.wordMiddle())
	}
}

// wordMiddle asks Poppler where the draft has the words for the seal.
func (x *exchange) wordMiddle() float64 {
	x.Helper()
	x.write("words.pdf", x.hall.draft)
	out, err := exec.CommandContext(x.Context(), "pdftotext", "-bbox", x.path("words.pdf"), "-").Output()
	check(x.T, err)
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "甲方（盖章") {
			continue
		}
		var left, top, right float64
		_, err := fmt.Sscanf(strings.TrimSpace(line), `<word xMin="%f" yMin="%f" xMax="%f"`, &left, &top, &right)
		check(x.T, err)
		return (left + right) / 2 * 25.4 / 72
	}
	x.Fatal("Poppler does not find the words")
	return 0
}

// shown renders the first page with Poppler.
func (x *exchange) shown(file []byte) []byte {
	x.Helper()
	dir := x.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out")
	check(x.T, os.WriteFile(in, file, 0o600))
	said, err := exec.CommandContext(x.Context(), "pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-singlefile", "-png", in, out).CombinedOutput()
	if err != nil {
		x.Fatalf("pdftoppm: %v\n%s", err, said)
	}
	picture, err := os.ReadFile(out + ".png")
	check(x.T, err)
	return picture
}

// scan prints a file and scans it: a picture, compressed, a little crooked.
func (x *exchange) scan(file []byte) []byte {
	x.Helper()
	picture, err := png.Decode(bytes.NewReader(x.shown(file)))
	check(x.T, err)
	var page bytes.Buffer
	check(x.T, jpeg.Encode(&page, picture, &jpeg.Options{Quality: 60}))
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.RegisterImageOptionsReader("page", fpdf.ImageOptions{ImageType: "JPG"}, &page)
	pdf.TransformBegin()
	pdf.TransformRotate(1.5, 105, 148)
	pdf.ImageOptions("page", 0, 0, 210, 297, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	pdf.TransformEnd()
	var out bytes.Buffer
	check(x.T, pdf.Output(&out))
	return out.Bytes()
}

// fill signs in a prepared field, or elsewhere.
func (x *exchange) fill(file []byte, by *testca.Identity, field string) []byte {
	x.Helper()
	picture, err := signer.NewImage(sealPNG(x.T))
	check(x.T, err)
	var out bytes.Buffer
	_, err = signer.New(signer.Config{}).Seal(context.Background(), bytes.NewReader(file), int64(len(file)), &out, signer.Request{
		Key: by.Signer, Certificate: by.Certificate, Chain: by.Chain,
		Seals: []signer.Seal{{Field: field, Image: picture, Size: 30, X: 150, Y: 180}},
	})
	check(x.T, err)
	return out.Bytes()
}

// playCoded stamps no second code on a draft that has one, and none on what somebody has signed already.
func playCoded(t *testing.T, h *hall) {
	x := newExchange(t, h, "\n[seal.qr]\nstamp = true\n")
	x.serve()
	x.register()
	data, err := contract.Example("NJ-2026-014", "采购合同")
	check(t, err)
	var template bytes.Buffer
	check(t, contract.Render(t.Context(), &template, data, contract.Options{Code: "8c1f2a9be07d", Created: time.Unix(1e9, 0)}))
	for number, test := range map[string]struct {
		draft   []byte
		stamped bool
	}{
		"NJ-2026-014": {template.Bytes(), false}, "NJ-2026-015": {x.titled(template.Bytes(), "another number"), true},
		"NJ-2026-016": {h.draft, true}, "NJ-2026-017": {x.sign(h.draft, h.other), false},
	} {
		x.write(number+".pdf", test.draft)
		x.do("send", number+".pdf", "--to", supplierName, "--number", number)
		x.reach(number, workflow.StateSent)
		if number == "NJ-2026-016" { // Tools that know nothing of our annotation leave it as it is.
			l := x.receivedAbout(number, 1)
			returned := x.pdfsign(x.pdfsign(l.pdf, h.supplier), h.supplierEmployee)
			x.answer(l, attached, returned)
			x.reach(number, workflow.StateArchived)
		}
		if stamped := stampForm.Match(x.receivedAbout(number, 1).pdf[len(test.draft):]); stamped != test.stamped {
			t.Errorf("%s: stamped %t", number, stamped)
		}
	}
}

// playPreparedUnsealed: the first seal takes code and fields with it, and the letter of a contract that is sealed again names them anew.
func playPreparedUnsealed(t *testing.T, h *hall) {
	x := newExchange(t, h, placedSettings)
	x.register()
	x.send("U-9", "--hold")
	x.do("unseal", "U-9", "--yes")
	x.do("unseal", "U-9", "--yes")
	if draft := x.bytesOf("U-9", "sealed"); !bytes.Equal(draft, x.draftOf("U-9")) {
		t.Error("the draft did not come back byte for byte")
	}
	var again workflow.Contract
	x.record(&again, "seal", "U-9")
	if len(again.Fields()) != 2 {
		t.Errorf("fields %+v", again.Fields())
	}
	x.do("archive", "check")
}

// playFieldsLeftOut keeps empty fields off what somebody has signed already, and says so.
func playFieldsLeftOut(t *testing.T, h *hall) {
	x := newExchange(t, h, "\n[[seal.fields]]\nname = \"乙方\"\nrole = \"organization\"\nat = \"keyword:不在文中的字\"\n")
	x.register()
	x.refused(2, "不在文中的字", x.order("S-0")...)
	signed := x.sign(h.draft, h.supplier)
	x.write("signed.pdf", signed)
	done := x.run("send", "signed.pdf", "--to", supplierName, "--number", "S-1", "--hold")
	if done.code != 0 || !strings.Contains(done.stderr, "signed already, so it gets no empty signature fields") {
		t.Fatalf("it ended with %d and said\n%s", done.code, done.stderr)
	}
	var story api.Story
	x.record(&story, "show", "S-1")
	if c := story.Contract; c.State != workflow.StateSealed || len(c.Batches) != 2 || len(c.Fields()) != 0 {
		t.Errorf("%s with %d batches and the fields %+v", c.State, len(c.Batches), c.Fields())
	}
	if sealed := x.bytesOf("S-1", "sealed"); !bytes.HasPrefix(sealed, signed) {
		t.Error("what the supplier signed is no exact prefix")
	}
}

// stampForm is a stamp annotation, as the code is one.
var stampForm = regexp.MustCompile(`/Subtype ?/Stamp\b`)
