package main_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// playArchived is the main job: three contracts go out and come back in mails of three shapes.
func playArchived(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	returned := map[string][]byte{}
	for n, one := range []struct {
		number, title string
		as            shape
	}{{"CG-2026-001", "办公设备采购合同", attached}, {"CG-2026-002", "Maintenance", inline}, {"YF-2026-003", "研发外包合同（小山层）", forwarded}} {
		x.send(one.number, "--title", one.title, "--amount", "128000")
		x.reach(one.number, workflow.StateSent)
		l := x.receivedAbout(one.number, 1)
		x.checkContractLetter(l, one.number)
		returned[one.number] = x.countersign(l.pdf)
		x.answer(l, one.as, returned[one.number])
		x.checkArchived(one.number, returned[one.number])
		if filed := x.mail(houseMail, "合同已归档", n+1); len(filed) != n+1 {
			t.Errorf("%d messages are filed, want %d", len(filed), n+1)
		}
	}
	if left := x.mail(houseMail, "INBOX", 0); len(left) != 0 {
		t.Errorf("%d messages are left in the inbox", len(left))
	}
	x.checkSentFolder("CG-2026-001")
	x.checkEvidence("CG-2026-001", returned["CG-2026-001"])
	beside := x.asked()
	x.stop()
	if alone := x.asked(); !slices.Equal(beside, alone) {
		t.Errorf("beside the daemon:\n%s\nwithout it:\n%s", beside, alone)
	}
	x.checkQuery()
	x.do("archive", "check")
}

// checkContractLetter reads what the supplier gets first.
func (x *exchange) checkContractLetter(l letter, number string) {
	x.Helper()
	story := x.reach(number, workflow.StateSent)
	if len(story.Letters) != 1 || l.MessageID != story.Letters[0].MessageID {
		x.Errorf("Message-ID %q is not that of the stored letter", l.MessageID)
	}
	if !bytes.Equal(l.pdf, x.bytesOf(number, "sealed")) {
		x.Error("the attached file is not the sealed one")
	}
	if l.From[0] != houseMail || l.To[0] != supplierMail || !strings.Contains(l.Subject, number) {
		x.Errorf("from %v to %v: %q", l.From, l.To, l.Subject)
	}
	header, err := mail.ReadMessage(bytes.NewReader(l.raw))
	check(x.T, err)
	from, err := mail.ParseAddress(header.Header.Get("From"))
	if err != nil || from.Name != testca.CompanyName {
		x.Errorf("the sender is called %v, %v", from, err)
	}
	if date, err := header.Header.Date(); err != nil || time.Since(date).Abs() > time.Hour || header.Header.Get("MIME-Version") != "1.0" {
		x.Errorf("Date %v, %v, MIME-Version %q", date, err, header.Header.Get("MIME-Version"))
	}
	if name := l.PDFs[0].Name; !strings.HasPrefix(name, number) || !strings.HasSuffix(name, ".pdf") {
		x.Errorf("the attachment is called %q", name)
	}
}

// checkArchived follows one contract to its archive and to the confirmation that the supplier gets.
func (x *exchange) checkArchived(number string, returned []byte) {
	x.Helper()
	story := x.reach(number, workflow.StateArchived)
	if story.Contract.Final.Hash != workflow.HashOf(returned) || len(story.Receipts) != 1 {
		x.Fatalf("contract %s: final %v, %d receipts", number, story.Contract.Final, len(story.Receipts))
	}
	finding := story.Receipts[0].Findings[0]
	if finding.Outcome != workflow.Archived || finding.Verdict.Verdict != workflow.Passed || finding.Match.Rung != workflow.RungPrefix {
		x.Errorf("contract %s: %s, %s, rung %d", number, finding.Outcome, finding.Verdict.Verdict, finding.Match.Rung)
	}
	confirmation := x.receivedAbout(number, 2)
	if len(confirmation.References) == 0 || confirmation.References[0] != story.Receipts[0].Message || confirmation.Automatic == workflow.NotAutomatic {
		x.Errorf("the confirmation answers %v, want %q; automatic %q", confirmation.References, story.Receipts[0].Message, confirmation.Automatic)
	}
	if !bytes.Equal(x.bytesOf(number, "final"), returned) {
		x.Errorf("contract %s: archive open does not give the returned bytes", number)
	}
}

// bytesOf reads a document with archive open.
func (x *exchange) bytesOf(number, which string) []byte {
	x.Helper()
	return []byte(x.do("archive", "open", number, "--which", which, "-o", "-"))
}

// checkSentFolder expects one copy of what was sent, byte for byte.
func (x *exchange) checkSentFolder(number string) {
	x.Helper()
	copies := 0
	letter := x.receivedAbout(number, 1)
	for _, raw := range x.mail(houseMail, "Sent", 1) {
		if sent := x.read(raw); sent.MessageID == letter.MessageID {
			copies++
			if !bytes.Equal(sent.pdf, letter.pdf) {
				x.Error("the copy in the Sent folder holds another file")
			}
		}
	}
	if copies != 1 {
		x.Errorf("the Sent folder has %d copies of the letter, want 1", copies)
	}
}

// checkEvidence reads the exported zip.
func (x *exchange) checkEvidence(number string, returned []byte) {
	x.Helper()
	x.do("archive", "export", number, "-o", "证据.zip")
	packed, err := zip.OpenReader(x.path("证据.zip"))
	check(x.T, err)
	defer packed.Close()
	held := map[string][]byte{}
	for _, file := range packed.File {
		content, err := file.Open()
		check(x.T, err)
		held[file.Name], err = io.ReadAll(content)
		check(x.T, err)
		check(x.T, content.Close())
	}
	for name, want := range map[string][]byte{
		"draft.pdf": x.draftOf(number), "final.pdf": returned, "return-1-1.pdf": returned, "sealed.pdf": x.bytesOf(number, "sealed"),
		"return-1.eml": x.mail(houseMail, "合同已归档", 1)[0], "letter-1-contract.eml": nil, "letter-2-confirmed.eml": nil, "record.json": nil,
	} {
		if got, ok := held[name]; !ok || want != nil && !bytes.Equal(got, want) {
			x.Errorf("%s is not what it should be in the zip, which holds %d files", name, len(held))
		}
	}
	var record api.Story
	if err := json.Unmarshal(held["record.json"], &record); err != nil || record.Contract.Number != number || len(record.Journal) < 8 {
		x.Errorf("record.json: %v, contract %s, %d entries", err, record.Contract.Number, len(record.Journal))
	}
	x.checkStamp(number, record, held)
	if again := x.run("archive", "export", number, "-o", "证据.zip"); again.code == 0 {
		x.Error("the zip was overwritten")
	}
}

// checkStamp wants our own timestamp over the return: kept, shown, used in the verdict, and of use to whoever has the zip alone.
func (x *exchange) checkStamp(number string, record api.Story, held map[string][]byte) {
	x.Helper()
	finding := record.Receipts[0].Findings[0]
	if finding.Stamp == nil || finding.Stamp.Over != finding.Document.Hash || !finding.Verdict.Arrived.Equal(finding.Stamp.Time) {
		x.Fatalf("stamp %+v, arrived %v", finding.Stamp, finding.Verdict.Arrived)
	}
	for _, signature := range finding.Verdict.Signatures {
		if signature.TimeSource != workflow.TimeBySignature || signature.Time.After(finding.Stamp.Time) { // The earliest counts.
			x.Errorf("time of %s by %q", signature.Signer, signature.TimeSource)
		}
	}
	if shown := x.do("show", number); !strings.Contains(shown, "return-stamped") || !strings.Contains(shown, "STAMPED") {
		x.Errorf("show does not tell of the timestamp:\n%s", shown)
	}
	x.write("return.pdf", held["return-1-1.pdf"])
	x.write("return.tst", held["return-1-1.tst"])
	x.write("sealed.pdf", held["sealed.pdf"])
	args := []string{"verify", "return.pdf", "--against", "sealed.pdf", "--look=false", "--offline", "--root", "root.pem", "--arrival-stamp", "return.tst"}
	if said := x.do(append(args, "--lang", "en")...); !strings.Contains(said, "proven by our timestamp over the file") {
		x.Errorf("verify says:\n%s", said)
	}
	args[1] = "sealed.pdf" // Copied to another file.
	if run := x.run(args...); run.code != 3 || !strings.Contains(run.stdout, string(workflow.ReasonTimestamp)) {
		x.Errorf("a copied timestamp: exit %d\n%s", run.code, run.stdout)
	}
}

// asked returns what questions about the store answer.
func (x *exchange) asked() []string {
	x.Helper()
	var answers []string
	for _, question := range [][]string{
		{"archive", "query"}, {"archive", "query", "--json"}, {"archive", "query", "--csv"}, {"show", "CG-2026-001"},
		{"status", "CG-2026-001"}, {"archive", "show", "YF-2026-003", "--json"}, {"supplier", "list"}, {"supplier", "show", supplierName},
	} {
		answers = append(answers, x.do(question...))
	}
	return answers
}

// checkQuery asks with every filter and in every form.
func (x *exchange) checkQuery() {
	x.Helper()
	for _, one := range []struct {
		want string // Numbers, newest first.
		args []string
	}{
		{"YF-2026-003 CG-2026-002 CG-2026-001", nil},
		{"CG-2026-002 CG-2026-001", []string{"--number", "CG-*"}},
		{"CG-2026-002", []string{"--number", "CG-2026-??2"}},
		{"YF-2026-003", []string{"小山层"}},
		{"CG-2026-002", []string{"maintenance"}},
		{"", []string{"--state", "sent"}},
		{"YF-2026-003 CG-2026-002 CG-2026-001", []string{"--state", "sent,archived", "--supplier", supplierName, "--from", "2020-01-01"}},
		{"", []string{"--supplier", "nobody"}},
		{"", []string{"--to", "2020-12-31"}},
		{"YF-2026-003 CG-2026-002", []string{"--limit", "2"}},
	} {
		var found []workflow.Contract
		x.record(&found, append([]string{"archive", "query"}, one.args...)...)
		var numbers []string
		for _, contract := range found {
			numbers = append(numbers, contract.Number)
		}
		if got := strings.Join(numbers, " "); got != one.want {
			x.Errorf("%q finds %q, want %q", one.args, got, one.want)
		}
	}
	table := x.run("archive", "query")
	if !strings.Contains(table.stderr, "3 contracts match (3 份合同)") {
		x.Errorf("the count is not told: %q", table.stderr)
	}
	checkAligned(x.T, table.stdout, "SUPPLIER", "STATE", "AMOUNT", "CREATED")
	csv := x.do("archive", "query", "--csv")
	if !strings.HasPrefix(csv, "\ufeffNUMBER,") || strings.Count(csv, "\n") != 4 || !strings.Contains(csv, "研发外包合同（小山层）") {
		x.Errorf("CSV:\n%s", csv)
	}
	x.refused(2, "asleep", "archive", "query", "--state", "asleep")
	x.refused(5, "CG-2026-009", "archive", "open", "CG-2026-009")
}

var wide = regexp.MustCompile(`[\x{1100}-\x{115f}\x{2e80}-\x{ffef}]`) // Takes two columns on a terminal.

// checkAligned expects every row to begin a word below each head, as it looks on a terminal.
func checkAligned(t *testing.T, table string, heads ...string) {
	t.Helper()
	var rows []string
	for line := range strings.Lines(table) {
		rows = append(rows, wide.ReplaceAllString(strings.TrimSuffix(line, "\n"), "##"))
	}
	for _, head := range heads {
		at := strings.Index(rows[0], head)
		for _, row := range rows {
			if len(row) <= at || row[at] == ' ' || row[at-1] != ' ' {
				t.Errorf("column %s is not aligned in:\n%s", head, table)
				break
			}
		}
	}
}
