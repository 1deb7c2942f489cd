package inbound_test

import (
	"slices"
	"strings"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// mail is a message of the supplier's with a subject.
func mail(id, subject string) workflow.Message {
	message := flowtest.From(id)
	message.Subject = subject
	return message
}

// TestAScanIsTold: a page with our code and no signature is rung 3, refused with what it is, and answered.
func TestAScanIsTold(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("采购〔2026〕14号")
	receipt := stage.Receive(mail("m1", "扫描件"), "scan\ncode "+workflow.QRText(contract.Number, contract.Code()))
	finding := receipt.Findings[0]
	if finding.Match.Rung != workflow.RungCode || finding.Match.Contract != contract.ID || receipt.Outcome != workflow.Rejected {
		t.Fatalf("matched %+v, %s", finding.Match, receipt.Outcome)
	}
	if !slices.Equal(finding.Verdict.Reasons, []workflow.Reason{workflow.ReasonScanned}) || len(receipt.Replies) != 1 {
		t.Errorf("reasons %v, replies %v", finding.Verdict.Reasons, receipt.Replies)
	}
	if letter := stage.Words.Last(workflow.LetterRejected, contract.Number); len(letter.Attachments) != 1 {
		t.Errorf("the letter carries %d files", len(letter.Attachments))
	}
	stage.Contract(contract.Number, workflow.StateSent)
}

// TestACodeSaysWhichVersion although the number is that of both.
func TestACodeSaysWhichVersion(t *testing.T) {
	stage := flowtest.New(t)
	old, next := replaced(stage)
	for _, version := range []workflow.Contract{old, next} {
		receipt := stage.Receive(flowtest.From("m-"+string(version.ID)), "scan\ncode "+workflow.QRText(version.Number, version.Code()))
		if match := receipt.Findings[0].Match; match.Rung != workflow.RungCode || match.Contract != version.ID {
			t.Errorf("version %d: matched %+v", version.Version, match)
		}
	}
}

// TestRungs of the ladder below the bytes.
func TestRungs(t *testing.T) {
	const ours = "contracts@company.example"
	for name, test := range map[string]struct {
		build func(workflow.Contract) (workflow.Message, string)
		rung  workflow.Rung
	}{
		"verification code": {func(c workflow.Contract) (workflow.Message, string) {
			return mail("m", ""), "scan\ncode " + workflow.QRText(c.Number, c.Code())
		}, workflow.RungCode},
		"id in the file's name": {func(c workflow.Contract) (workflow.Message, string) {
			return mail("m", ""), "name 回传_" + string(c.ID) + ".pdf\nfailed"
		}, workflow.RungCode},
		"code of somebody else with our number": {func(c workflow.Contract) (workflow.Message, string) {
			return mail("m", ""), "scan\ncode " + workflow.QRText(c.Number, "000000000000")
		}, workflow.RungNumber},
		"code of a number that we do not have": {func(workflow.Contract) (workflow.Message, string) {
			return mail("m", ""), "scan\ncode " + workflow.QRText("NJ-2026-999", "000000000000")
		}, workflow.RungNone},
		"plus address": {func(c workflow.Contract) (workflow.Message, string) {
			message := mail("m", "")
			message.To = []string{"other@company.example", workflow.Plus(ours, c.ID)}
			return message, "failed"
		}, workflow.RungAddress},
		"plus address in capitals": {func(c workflow.Contract) (workflow.Message, string) {
			message := mail("m", "")
			message.To = []string{strings.ToUpper(workflow.Plus(ours, c.ID))}
			return message, "failed"
		}, workflow.RungAddress},
		"plus address of another house": {func(c workflow.Contract) (workflow.Message, string) {
			message := mail("m", "")
			message.To = []string{workflow.Plus("contracts@elsewhere.example", c.ID)}
			return message, "failed"
		}, workflow.RungNone},
		"subject":            {named("", "回复：合同NJ-2026-014已签署"), workflow.RungNumber},
		"file name":          {named("NJ-2026-014_采购合同(1).pdf", "hello"), workflow.RungNumber},
		"longer number":      {named("NJ-2026-0145.pdf", "XNJ-2026-014"), workflow.RungNone},
		"part of a number":   {named("NJ-2026-014-2.pdf", ""), workflow.RungNone},
		"nothing that helps": {named("合同.pdf", "合同"), workflow.RungNone},
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			contract := stage.Send("NJ-2026-014")
			stage.Send("NJ-2026-015")
			message, pdf := test.build(contract)
			match := stage.Receive(message, pdf).Findings[0].Match
			if match.Rung != test.rung || test.rung != workflow.RungNone && match.Contract != contract.ID || len(match.Rivals) > 0 {
				t.Errorf("matched %+v, want rung %d", match, test.rung)
			}
		})
	}
}

func named(file, subject string) func(workflow.Contract) (workflow.Message, string) {
	return func(workflow.Contract) (workflow.Message, string) {
		return mail("m", subject), "name " + file + "\nfailed"
	}
}

// TestNumbersAsFileNamesHaveThem: what a file name cannot hold comes back as something else.
func TestNumbersAsFileNamesHaveThem(t *testing.T) {
	for number, file := range map[string]string{
		"NJ/2026/14":     "NJ-2026-14_NJ_2026_14 采购合同.pdf",
		"采购〔2026〕第14号":   "采购〔2026〕第14号 采购合同 v2.pdf",
		"HT2026014":      "已签HT2026014最终.pdf",
		"NJ-2026-014.R1": "NJ-2026-014.R1.pdf",
	} {
		stage := flowtest.New(t)
		contract := stage.Send(number)
		match := stage.Receive(mail("m", ""), "name "+file+"\nfailed").Findings[0].Match
		if match.Contract != contract.ID || match.Rung != workflow.RungNumber {
			t.Errorf("%s in %s: matched %+v", number, file, match)
		}
	}
}

// TestWeakRungsThatDisagreeGoToReview: the bytes are those of one contract, the file is called like another.
func TestWeakRungsThatDisagreeGoToReview(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("NJ-2026-014"), stage.Send("NJ-2026-015")
	receipt := stage.Receive(mail("m1", ""), stage.Sealed(first)+"\nname NJ-2026-015.pdf\npassed")
	match := receipt.Findings[0].Match
	if match.Contract != first.ID || !slices.Equal(match.Rivals, []workflow.ContractID{second.ID}) || receipt.Outcome != workflow.ToReview {
		t.Errorf("matched %+v, %s", match, receipt.Outcome)
	}
	stage.Contract("NJ-2026-014", workflow.StateReview)
	stage.Contract("NJ-2026-015", workflow.StateSent)
}

// TestASubjectMayNameSeveral contracts where a mail brings several.
func TestASubjectMayNameSeveral(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("NJ-2026-014"), stage.Send("NJ-2026-015")
	stage.Receive(mail("m1", "NJ-2026-014 和 NJ-2026-015 已签"), stage.Sealed(first)+" passed", stage.Sealed(second)+" passed")
	stage.Contract("NJ-2026-014", workflow.StateArchived)
	stage.Contract("NJ-2026-015", workflow.StateArchived)
}

// TestANumberAloneAlarmsNobody: an invoice names the number of an archived contract.
func TestANumberAloneAlarmsNobody(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("NJ-2026-014")
	stage.Receive(mail("m1", ""), stage.Sealed(contract)+" passed")
	receipt := stage.Receive(mail("m2", "发票 NJ-2026-014"), "failed")
	if receipt.Outcome != workflow.NoContract || len(receipt.Replies) > 0 {
		t.Errorf("%s, replies %v", receipt.Outcome, receipt.Replies)
	}
	stage.Contract("NJ-2026-014", workflow.StateArchived)
}

// TestAStrangerIsNotAnswered who knows no more than the number; managers are told.
func TestAStrangerIsNotAnswered(t *testing.T) {
	stage := flowtest.New(t)
	stage.Send("NJ-2026-014")
	message := mail("m1", "NJ-2026-014")
	message.From = []string{"stranger@elsewhere.example"}
	receipt := stage.Receive(message, "failed")
	if receipt.Outcome != workflow.Rejected || len(receipt.Replies) > 0 || receipt.Silence == "" {
		t.Errorf("%s, replies %v, silence %q", receipt.Outcome, receipt.Replies, receipt.Silence)
	}
	if stage.Words.Count(workflow.LetterNotice) == 0 {
		t.Error("no manager was told")
	}
}

// TestAScanInAnotherThreadGoesToReview: the page says one contract, the mail answers the letter of another.
func TestAScanInAnotherThreadGoesToReview(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("NJ-2026-014"), stage.Send("NJ-2026-015")
	letters, err := stage.Ledger.Letters(t.Context(), second.ID)
	if err != nil {
		t.Fatal(err)
	}
	message := mail("m1", "")
	message.References = []string{letters[0].MessageID}
	receipt := stage.Receive(message, "scan\ncode "+workflow.QRText(first.Number, first.Code()))
	if match := receipt.Findings[0].Match; match.Contract != first.ID || !slices.Equal(match.Rivals, []workflow.ContractID{second.ID}) || receipt.Outcome != workflow.ToReview {
		t.Errorf("matched %+v, %s", match, receipt.Outcome)
	}
	stage.Contract("NJ-2026-014", workflow.StateReview)
	stage.Contract("NJ-2026-015", workflow.StateSent)
}

// TestAListOfNumbersIsNoReturn of any of them.
func TestAListOfNumbersIsNoReturn(t *testing.T) {
	stage := flowtest.New(t)
	stage.Send("NJ-2026-014")
	stage.Send("NJ-2026-015")
	receipt := stage.Receive(mail("m1", "对账单 NJ-2026-014、NJ-2026-015"), "failed")
	if receipt.Outcome != workflow.NoContract || len(receipt.Replies) > 0 {
		t.Errorf("%s, replies %v", receipt.Outcome, receipt.Replies)
	}
	stage.Contract("NJ-2026-014", workflow.StateSent)
}

// TestACodeOfOneMovesNotAnother: whoever holds a page of one contract, and writes the number of another beside it, moves neither.
func TestACodeOfOneMovesNotAnother(t *testing.T) {
	stage := flowtest.New(t)
	a, b := stage.Send("NJ-2026-014"), stage.Send("NJ-2026-015")
	pdf := "scan\ncode " + workflow.QRText(a.Number, a.Code()) + "\ncode " + workflow.QRText(b.Number, "000000000000") + "\nname NJ-2026-015.pdf\nfailed"
	message := mail("m1", "")
	message.From = []string{"stranger@evil.example"}
	receipt := stage.Receive(message, pdf)
	if got := receipt.Findings[0].Match; got.Contract != a.ID || receipt.Outcome != workflow.Alarm || len(receipt.Replies) > 0 {
		t.Errorf("matched %+v, outcome %s, replies %v", got, receipt.Outcome, receipt.Replies)
	}
	stage.Contract(a.Number, workflow.StateSent)
	stage.Contract(b.Number, workflow.StateSent)
}
