package inbound_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

func TestAReturnIsArchivedAndConfirmed(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	stage.Clock = stage.Clock.Add(time.Hour)
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" passed")
	archived := stage.Contract("N-1", workflow.StateArchived)
	finding := receipt.Findings[0]
	if receipt.Outcome != workflow.Archived || finding.Match.Rung != workflow.RungPrefix || finding.Match.Prefix != workflow.PrefixSealed {
		t.Errorf("outcome %s, match %+v", receipt.Outcome, finding.Match)
	}
	if archived.Final != finding.Document || !archived.Returned.Equal(stage.Clock) || archived.Receipt != receipt.ID {
		t.Errorf("final %v, returned %v, receipt %s", archived.Final, archived.Returned, archived.Receipt)
	}
	if stage.Box.Filed[1] != workflow.ShelfArchived || len(receipt.Replies) == 0 {
		t.Errorf("filed %v, replies %q", stage.Box.Filed, receipt.Replies)
	}
	if kinds := stage.Letters(contract); !slices.Contains(kinds, workflow.LetterConfirmed) {
		t.Errorf("letters %v", kinds)
	}
}

func TestWhatAReturnDoesInEveryState(t *testing.T) {
	expire := func(s *flowtest.Stage) {
		change(s, func(c *workflow.Contract) error { return c.Move(workflow.StateExpired) })
	}
	for name, test := range map[string]struct {
		before func(*flowtest.Stage)
		end    string
		state  workflow.State
		want   workflow.Disposition
		letter workflow.LetterKind
	}{
		"passed":                  {nil, " passed", workflow.StateArchived, workflow.Archived, workflow.LetterConfirmed},
		"indeterminate":           {nil, " indeterminate", workflow.StateReview, workflow.ToReview, workflow.LetterReview},
		"failed":                  {nil, " changed", workflow.StateSent, workflow.Rejected, workflow.LetterRejected},
		"to expired":              {expire, " passed", workflow.StateReview, workflow.ToReview, workflow.LetterReview},
		"failed to expired":       {expire, " changed", workflow.StateExpired, workflow.Rejected, workflow.LetterRejected},
		"to undeliverable":        {undeliverable, " passed", workflow.StateReview, workflow.ToReview, workflow.LetterReview},
		"to withdrawn":            {withdraw, " passed", workflow.StateWithdrawn, workflow.Alarm, ""},
		"confirmation is policy":  {confirm, " passed", workflow.StateReview, workflow.ToReview, workflow.LetterReview},
		"supplier wants approval": {supplierConfirm, " passed", workflow.StateReview, workflow.ToReview, workflow.LetterReview},
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			contract := stage.Send("N-1")
			if test.before != nil {
				test.before(stage)
			}
			receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+test.end)
			stage.Contract("N-1", test.state)
			if receipt.Outcome != test.want {
				t.Errorf("outcome %s, want %s", receipt.Outcome, test.want)
			}
			answered := len(receipt.Replies) != 0
			if answered != (test.letter != "") || (answered && !slices.Contains(stage.Letters(contract), test.letter)) {
				t.Errorf("replies %q, silence %q, letters %v; want %q", receipt.Replies, receipt.Silence, stage.Letters(contract), test.letter)
			}
		})
	}
}

// change rewrites contract N-1 as an earlier decision would have.
func change(s *flowtest.Stage, edit func(*workflow.Contract) error) {
	s.Helper()
	contract, err := s.Ledger.ContractByNumber(s.Context(), "N-1")
	if err == nil {
		err = edit(&contract)
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Apply(workflow.Change{Contracts: []workflow.Contract{contract}})
}

func undeliverable(s *flowtest.Stage) {
	change(s, func(c *workflow.Contract) error { return c.Move(workflow.StateUndeliverable) })
}

func confirm(s *flowtest.Stage) {
	change(s, func(c *workflow.Contract) error { c.Confirm = true; return nil })
}

func withdraw(s *flowtest.Stage) {
	if _, err := s.Desk.Withdraw(s.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
		s.Fatal(err)
	}
}

func supplierConfirm(s *flowtest.Stage) {
	supplier, err := s.Ledger.Supplier(s.Context(), flowtest.Supplier)
	if err != nil {
		s.Fatal(err)
	}
	supplier.Archive = "confirm"
	s.Apply(workflow.Change{Suppliers: []workflow.Supplier{supplier}})
}

func TestAReturnCanBeFasterThanTheServersAnswer(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	returned := false
	stage.Post.During = func() {
		if !returned {
			returned = true
			stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Contract("N-1", workflow.StateSealed))+" passed")
		}
	}
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateArchived)
	if contract.SentAt.IsZero() {
		t.Error("it was archived without having been sent")
	}
}

func TestAnUnsentContractsReturnIsAnAlarm(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issue(flowtest.Order("N-1"))
	if err != nil {
		t.Fatal(err)
	}
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" passed")
	stage.Contract("N-1", workflow.StateSealed)
	if receipt.Outcome != workflow.Alarm || len(receipt.Replies) != 0 {
		t.Errorf("outcome %s, replies %q", receipt.Outcome, receipt.Replies)
	}
}

func TestOnlyTheBytesWeSentAreArchivedWithoutAPerson(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil {
		t.Fatal(err)
	}
	answer := flowtest.From("m2")
	answer.References = []string{"somebody@else", letter.MessageID}
	for name, test := range map[string]struct {
		message workflow.Message
		pdf     string
		rung    workflow.Rung
		prefix  workflow.PrefixKind
	}{
		"signature value": {flowtest.From("m1"), "rewritten\nvalue employee 2\n passed", workflow.RungValue, ""},
		"reference":       {answer, "something passed", workflow.RungReference, ""},
		"draft":           {flowtest.From("m3"), "draft of N-1 passed", workflow.RungPrefix, workflow.PrefixDraft},
		"intermediate":    {flowtest.From("m4"), "draft of N-1\nsealed org 1 passed", workflow.RungPrefix, workflow.PrefixIntermediate},
	} {
		receipt := stage.Receive(test.message, test.pdf)
		match := receipt.Findings[0].Match
		if match.Rung != test.rung || match.Prefix != test.prefix || match.Contract != contract.ID || receipt.Outcome != workflow.ToReview {
			t.Errorf("%s: match %+v, outcome %s", name, match, receipt.Outcome)
		}
	}
}

func TestRungsThatDisagreeGoToReview(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("N-1"), stage.Send("N-2")
	letter, err := stage.Ledger.Letter(t.Context(), second.Letter)
	if err != nil {
		t.Fatal(err)
	}
	message := flowtest.From("m1")
	message.References = []string{letter.MessageID}
	receipt := stage.Receive(message, stage.Sealed(first)+" passed")
	stage.Contract("N-1", workflow.StateReview)
	stage.Contract("N-2", workflow.StateSent)
	finding := receipt.Findings[0]
	if len(finding.Match.Rivals) != 1 || finding.Match.Rivals[0] != second.ID || !slices.Contains(finding.Verdict.Reasons, workflow.ReasonAmbiguous) {
		t.Errorf("match %+v, reasons %v", finding.Match, finding.Verdict.Reasons)
	}
}

func TestTheSameReturnAgainIsADuplicate(t *testing.T) {
	stage := flowtest.New(t)
	pdf := stage.Sealed(stage.Send("N-1")) + " passed"
	stage.Receive(flowtest.From("m1"), pdf)
	if again := stage.Receive(flowtest.From("m2"), pdf); again.Outcome != workflow.Duplicate {
		t.Errorf("the same file: %s", again.Outcome)
	}
	if other := stage.Receive(flowtest.From("m3"), pdf+" passed"); other.Outcome != workflow.Alarm {
		t.Errorf("another file: %s", other.Outcome)
	}
	if contract := stage.Contract("N-1", workflow.StateArchived); contract.Final.Hash != workflow.HashOf([]byte(pdf)) {
		t.Error("the archived document changed")
	}
}

func TestOneMessageWithAGoodAndABadReturn(t *testing.T) {
	stage := flowtest.New(t)
	sealed := stage.Sealed(stage.Send("N-1"))
	receipt := stage.Receive(flowtest.From("m1"), sealed, "holiday photos", sealed+" passed")
	stage.Contract("N-1", workflow.StateArchived)
	outcomes := map[workflow.Disposition]int{}
	for _, finding := range receipt.Findings {
		outcomes[finding.Outcome]++
	}
	if receipt.Outcome != workflow.Archived || outcomes[workflow.Archived] != 1 || outcomes[workflow.Rejected] != 1 || outcomes[workflow.NoContract] != 1 {
		t.Errorf("%s: %v", receipt.Outcome, outcomes)
	}
}

func TestTwoContractsInOneMail(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("N-1"), stage.Send("N-2")
	stage.Receive(flowtest.From("m1"), stage.Sealed(first)+" passed", stage.Sealed(second)+" passed")
	stage.Contract("N-1", workflow.StateArchived)
	stage.Contract("N-2", workflow.StateArchived)
}

func TestMessagesThatAreNoReturns(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	bounce, vacation := flowtest.From("m3"), flowtest.From("m4")
	bounce.Automatic, vacation.Automatic = workflow.AutoBounce, workflow.AutoReply
	for name, test := range map[string]struct {
		message workflow.Message
		pdfs    []string
		want    workflow.Disposition
	}{
		"nothing":          {flowtest.From("m1"), nil, workflow.NothingFound},
		"foreign PDF":      {flowtest.From("m2"), []string{"brochure"}, workflow.NoContract},
		"bounce":           {bounce, nil, workflow.Bounced},
		"bounce with ours": {bounce, []string{stage.Sealed(contract)}, workflow.Bounced},
		"vacation":         {vacation, nil, workflow.NothingFound},
	} {
		receipt := stage.Receive(test.message, test.pdfs...)
		if receipt.Outcome != test.want || len(receipt.Replies) != 0 || receipt.Silence == "" {
			t.Errorf("%s: outcome %s, replies %q, silence %q", name, receipt.Outcome, receipt.Replies, receipt.Silence)
		}
	}
	stage.Contract("N-1", workflow.StateSent)
}

func TestAnAutomaticMailIsJudgedButNotAnswered(t *testing.T) {
	stage := flowtest.New(t)
	message := flowtest.From("m1")
	message.Automatic = workflow.AutoReply
	receipt := stage.Receive(message, stage.Sealed(stage.Send("N-1"))+" passed")
	stage.Contract("N-1", workflow.StateArchived)
	if len(receipt.Replies) != 0 {
		t.Error("an automatic mail was answered")
	}
}

func TestIntakeIsExactAndIdempotent(t *testing.T) {
	stage := flowtest.New(t)
	stage.Box.Deliver("a message", stage.Clock)
	stage.Box.Cut = true
	if _, err := stage.Intake.Pass(t.Context()); !errors.Is(err, workflow.ErrTemporary) {
		t.Fatalf("a cut message: %v", err)
	}
	if arrivals, err := stage.Ledger.Arrivals(t.Context(), nil); err != nil || len(arrivals) != 0 {
		t.Fatalf("a cut message was kept: %v, %v", arrivals, err)
	}
	stage.Box.Cut = false
	for validity := range uint32(2) { // Everything is renumbered by the second round.
		stage.Box.Validity = validity
		if _, err := stage.Intake.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	arrivals, err := stage.Ledger.Arrivals(t.Context(), nil)
	if err != nil || len(arrivals) != 1 || len(arrivals[0].Places) != 2 {
		t.Errorf("arrivals %+v, %v", arrivals, err)
	}
}

func TestTooLargeMessagesAreRecordedOnce(t *testing.T) {
	stage := flowtest.New(t)
	stage.Box.TooLarge = true
	stage.Box.Deliver("huge", stage.Clock)
	for range 2 {
		if _, err := stage.Intake.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	receipts, err := stage.Ledger.RecentReceipts(t.Context(), 10)
	if err != nil || len(receipts) != 1 || receipts[0].Outcome != workflow.Unprocessable {
		t.Errorf("receipts %+v, %v", receipts, err)
	}
	stage.Dispatch()
	if len(stage.Post.Taken) != 1 {
		t.Errorf("managers were told %d times", len(stage.Post.Taken))
	}
}

func TestATemporaryFailureWaitsAndHoldsUpNobody(t *testing.T) {
	stage := flowtest.New(t)
	first, second := stage.Send("N-1"), stage.Send("N-2")
	stage.Verdicts.Fail = errors.New("authority is down")
	raw := stage.Mails.Add(flowtest.From("m1"), stage.Sealed(first)+" passed")
	stage.Box.Deliver(raw, stage.Clock)
	pass(stage)
	arrival, err := stage.Ledger.Arrival(t.Context(), workflow.ArrivalIDOf(workflow.HashOf([]byte(raw))))
	if err != nil || arrival.State != workflow.ArrivalQueued || arrival.Attempts != 1 || arrival.LastError == "" {
		t.Fatalf("arrival %+v, %v", arrival, err)
	}
	stage.Verdicts.Fail = nil
	stage.Receive(flowtest.From("m2"), stage.Sealed(second)+" passed")
	stage.Contract("N-2", workflow.StateArchived)
	stage.Contract("N-1", workflow.StateSent)
	stage.Clock = stage.Clock.Add(2 * time.Minute)
	pass(stage)
	stage.Contract("N-1", workflow.StateArchived)
}

func pass(s *flowtest.Stage) {
	s.Helper()
	if _, err := s.Intake.Pass(s.Context()); err != nil {
		s.Fatal(err)
	}
	if _, err := s.Judge.Pass(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func TestAMessageThatNeverWorksGoesToAPerson(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	stage.Verdicts.Fail = errors.New("renderer dies")
	raw := stage.Mails.Add(flowtest.From("m1"), stage.Sealed(contract)+" passed")
	stage.Box.Deliver(raw, stage.Clock)
	for range 12 {
		pass(stage)
		stage.Clock = stage.Clock.Add(7 * time.Hour)
	}
	receipt, err := stage.Ledger.Receipt(t.Context(), workflow.ReceiptID(workflow.ArrivalIDOf(workflow.HashOf([]byte(raw)))))
	if err != nil || receipt.Outcome != workflow.Unprocessable || stage.Verdicts.Calls != 8 || stage.Box.Filed[1] != workflow.ShelfReview {
		t.Errorf("receipt %+v, %v; %d tries, filed %v", receipt, err, stage.Verdicts.Calls, stage.Box.Filed)
	}
	stage.Contract("N-1", workflow.StateSent)
}

func TestFilingIsTriedAgain(t *testing.T) {
	stage := flowtest.New(t)
	stage.Box.FailFile = errors.New("connection lost")
	stage.Receive(flowtest.From("m1"))
	stage.Box.FailFile = nil
	stage.Clock = stage.Clock.Add(2 * time.Minute)
	pass(stage)
	if stage.Box.Filed[1] != workflow.ShelfIgnored {
		t.Errorf("filed %v", stage.Box.Filed)
	}
	if stage.Verdicts.Calls != 0 {
		t.Error("judged again")
	}
}

func TestEachContractOfAMailIsAnsweredForItself(t *testing.T) {
	stage := flowtest.New(t)
	first, second, third := stage.Send("N-1"), stage.Send("N-2"), stage.Send("N-3")
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(first)+" passed", stage.Sealed(second)+" indeterminate", stage.Sealed(third)+" changed")
	for _, want := range []struct {
		contract workflow.Contract
		kind     workflow.LetterKind
	}{{first, workflow.LetterConfirmed}, {second, workflow.LetterReview}, {third, workflow.LetterRejected}} {
		kinds := stage.Letters(want.contract)
		answers := 0
		for _, kind := range kinds {
			if kind == want.kind {
				answers++
			}
		}
		if answers != 1 || slices.Contains(kinds, workflow.LetterConfirmed) != (want.kind == workflow.LetterConfirmed) {
			t.Errorf("contract %s got %v, want one %s", want.contract.Number, kinds, want.kind)
		}
	}
	if len(receipt.Replies) != 3 || receipt.Silence != "" {
		t.Errorf("replies %v, silence %q", receipt.Replies, receipt.Silence)
	}
}

func TestAnswersEnd(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	for n := range 30 {
		stage.Receive(flowtest.From(fmt.Sprint("m", n)), stage.Sealed(contract)+" changed")
	}
	answers := 0
	for _, kind := range stage.Letters(contract) {
		if kind == workflow.LetterRejected {
			answers++
		}
	}
	if answers != 10 {
		t.Errorf("%d answers in one day", answers)
	}
	stage.Clock = stage.Clock.Add(25 * time.Hour)
	if receipt := stage.Receive(flowtest.From("next day"), stage.Sealed(contract)+" changed"); len(receipt.Replies) != 1 {
		t.Errorf("the next day: silence %q", receipt.Silence)
	}
}

func TestACloudAttachmentIsAnsweredNotFollowed(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil {
		t.Fatal(err)
	}
	message := flowtest.From("m1")
	message.References = []string{letter.MessageID}
	message.Problems = []workflow.Problem{{Kind: workflow.ProblemLink, Path: "1", Name: "contract.pdf"}}
	receipt := stage.Receive(message)
	stage.Contract("N-1", workflow.StateSent)
	if receipt.Outcome != workflow.Rejected || len(receipt.Replies) != 1 {
		t.Errorf("outcome %s, silence %q", receipt.Outcome, receipt.Silence)
	}
	unrelated := flowtest.From("m2")
	unrelated.Problems = message.Problems
	if receipt := stage.Receive(unrelated); receipt.Outcome != workflow.NothingFound || len(receipt.Replies) != 0 {
		t.Errorf("unrelated: %s", receipt.Outcome)
	}
	question := flowtest.From("m3")
	question.References = message.References
	if receipt := stage.Receive(question); receipt.Outcome != workflow.NothingFound || len(receipt.Replies) != 0 {
		t.Errorf("a question: %s", receipt.Outcome)
	}
}

func TestAWorseReturnDoesNotReplaceABetterOneUnderReview(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	confirm(stage)
	good := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" passed")
	stage.Receive(flowtest.From("m2"), stage.Sealed(contract)+" indeterminate")
	if under := stage.Contract("N-1", workflow.StateReview); under.Receipt != good.ID {
		t.Error("the passed return was replaced by an indeterminate one")
	}
	better := stage.Receive(flowtest.From("m3"), stage.Sealed(contract)+" again passed")
	if under := stage.Contract("N-1", workflow.StateReview); under.Receipt != better.ID {
		t.Error("the newer passed return is not under review")
	}
}

func TestTheSamePDFTwiceInOneMail(t *testing.T) {
	stage := flowtest.New(t)
	pdf := stage.Sealed(stage.Send("N-1")) + " passed"
	receipt := stage.Receive(flowtest.From("m1"), pdf, pdf)
	if receipt.Findings[0].Outcome != workflow.Archived || receipt.Findings[1].Outcome != workflow.Duplicate {
		t.Errorf("%s, %s", receipt.Findings[0].Outcome, receipt.Findings[1].Outcome)
	}
}
