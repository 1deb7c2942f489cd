package inbound_test

import (
	"slices"
	"testing"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// replaced returns the old version of N-1 and the new one, which was sent.
func replaced(s *flowtest.Stage) (old, next workflow.Contract) {
	s.Helper()
	old = scenes["replaced"](s)
	return old, s.Contract("N-1", workflow.StateSent)
}

// TestAReturnOfAReplacedVersionBringsTheOneThatCounts in every state of that one: it is attached where it is to be signed.
func TestAReturnOfAReplacedVersionBringsTheOneThatCounts(t *testing.T) {
	for state, test := range map[workflow.State]struct {
		move     func(*flowtest.Stage, workflow.Contract)
		attached bool
	}{
		workflow.StateSent: {func(*flowtest.Stage, workflow.Contract) {}, true},
		workflow.StateExpired: {func(s *flowtest.Stage, _ workflow.Contract) {
			s.Clock = s.Clock.AddDate(0, 3, 0)
			if _, err := s.Timer.Pass(s.Context()); err != nil {
				s.Fatal(err)
			}
		}, true},
		workflow.StateUndeliverable: {func(s *flowtest.Stage, _ workflow.Contract) { undeliverable(s) }, true},
		workflow.StateReview: {func(s *flowtest.Stage, next workflow.Contract) {
			s.Receive(flowtest.From("m0"), s.Sealed(next)+" indeterminate")
		}, false},
		workflow.StateArchived: {func(s *flowtest.Stage, next workflow.Contract) {
			s.Receive(flowtest.From("m0"), s.Sealed(next)+" passed")
		}, false},
		workflow.StateWithdrawn: {func(s *flowtest.Stage, _ workflow.Contract) { withdraw(s) }, false},
	} {
		t.Run(string(state), func(t *testing.T) {
			stage := flowtest.New(t)
			old, next := replaced(stage)
			test.move(stage, next)
			checkOutdated(stage, old, stage.Contract("N-1", state), test.attached)
		})
	}
}

// TestTheVersionThatCountsMayNotBeMailedYet: nothing leaves that a person holds, or that may still be unsealed.
func TestTheVersionThatCountsMayNotBeMailedYet(t *testing.T) {
	t.Run("draft", func(t *testing.T) {
		stage := flowtest.New(t)
		old := stage.Send("N-1")
		if _, err := stage.Replace("N-1", "wrong price"); err != nil {
			t.Fatal(err)
		}
		checkOutdated(stage, old, stage.Contract("N-1", workflow.StateDraft), false)
	})
	t.Run("sealed", func(t *testing.T) {
		stage := flowtest.New(t)
		old := stage.Send("N-1")
		if _, err := stage.Revise("N-1", "wrong price"); err != nil {
			t.Fatal(err)
		}
		checkOutdated(stage, old, stage.Contract("N-1", workflow.StateSealed), false)
		if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); err != nil {
			t.Errorf("the answer counts as a mailing of the file: %v", err)
		}
	})
}

// checkOutdated lets a good return of the old version come: it is refused as superseded, and moves neither.
func checkOutdated(s *flowtest.Stage, old, next workflow.Contract, attached bool) {
	s.Helper()
	receipt := s.Receive(flowtest.From("m1"), s.Sealed(old)+" passed")
	finding := receipt.Findings[0]
	if receipt.Outcome != workflow.Rejected || finding.Match.Contract != old.ID || !slices.Contains(finding.Verdict.Reasons, workflow.ReasonSuperseded) || len(receipt.Replies) != 1 {
		s.Fatalf("%s, matched %+v, reasons %v, replies %v", receipt.Outcome, finding.Match, finding.Verdict.Reasons, receipt.Replies)
	}
	for _, one := range []workflow.Contract{old, next} {
		after, err := s.Ledger.Contract(s.Context(), one.ID)
		moved := one.Version == 2 && after.Revision != one.Revision || one.Version == 1 && after.State != workflow.StateWithdrawn
		if err != nil || moved || after.Receipt == receipt.ID {
			s.Errorf("version %d: %s, %v", one.Version, after.State, err)
		}
	}
	said := s.Words.Last(workflow.LetterRejected, "N-1")
	if !said.Outdated || said.Contract.ID != next.ID || (len(said.Attachments) == 1) != attached {
		s.Errorf("said about %s, outdated %v, attached %v", said.Contract.ID, said.Outdated, said.Attachments)
	}
	if attached && (said.Attachments[0].Ref != next.Sealed() || said.Attachments[0].Name != "N-1 v2 采购合同.pdf") {
		s.Errorf("attached %v", said.Attachments)
	}
}

// TestVersionsAreNoRivals: which file came back says which version is meant, whichever letter it answers.
func TestVersionsAreNoRivals(t *testing.T) {
	answering := func(s *flowtest.Stage, contract workflow.Contract) workflow.Message {
		letter, err := s.Ledger.Letter(s.Context(), contract.Letter)
		if err != nil {
			s.Fatal(err)
		}
		message := flowtest.From("m1")
		message.References = []string{letter.MessageID}
		return message
	}
	t.Run("the new file in answer to the old letter", func(t *testing.T) {
		stage := flowtest.New(t)
		old, next := replaced(stage)
		receipt := stage.Receive(answering(stage, old), stage.Sealed(next)+" passed")
		if receipt.Outcome != workflow.Archived || len(receipt.Findings[0].Match.Rivals) != 0 {
			t.Errorf("%s, %+v", receipt.Outcome, receipt.Findings[0].Match)
		}
	})
	t.Run("the old file in answer to the new letter", func(t *testing.T) {
		stage := flowtest.New(t)
		old, next := replaced(stage)
		receipt := stage.Receive(answering(stage, next), stage.Sealed(old)+" passed")
		if receipt.Outcome != workflow.Rejected || receipt.Findings[0].Match.Contract != old.ID || len(receipt.Findings[0].Match.Rivals) != 0 {
			t.Errorf("%s, %+v", receipt.Outcome, receipt.Findings[0].Match)
		}
	})
	t.Run("something else in answer to the old letter", func(t *testing.T) {
		stage := flowtest.New(t)
		old, next := replaced(stage)
		receipt := stage.Receive(answering(stage, old), "a scan indeterminate")
		if receipt.Outcome != workflow.ToReview || receipt.Findings[0].Match.Contract != next.ID {
			t.Errorf("%s, %+v", receipt.Outcome, receipt.Findings[0].Match)
		}
		stage.Contract("N-1", workflow.StateReview)
	})
	t.Run("something else while the new version is not mailed", func(t *testing.T) {
		stage := flowtest.New(t)
		old := stage.Send("N-1")
		if _, err := stage.Replace("N-1", "x"); err != nil {
			t.Fatal(err)
		}
		receipt := stage.Receive(answering(stage, old), "a scan indeterminate")
		if receipt.Outcome != workflow.Rejected || receipt.Findings[0].Match.Contract != old.ID {
			t.Errorf("%s, %+v", receipt.Outcome, receipt.Findings[0].Match)
		}
	})
	t.Run("another contract stays a rival", func(t *testing.T) {
		stage := flowtest.New(t)
		_, next := replaced(stage)
		other := stage.Send("N-2")
		receipt := stage.Receive(answering(stage, other), stage.Sealed(next)+" passed")
		if receipt.Outcome != workflow.ToReview || !slices.Contains(receipt.Findings[0].Match.Rivals, other.ID) {
			t.Errorf("%s, %+v", receipt.Outcome, receipt.Findings[0].Match)
		}
	})
}

// TestBothVersionsInOneMail archives the new one and answers once.
func TestBothVersionsInOneMail(t *testing.T) {
	stage := flowtest.New(t)
	old, next := replaced(stage)
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(old)+" passed", stage.Sealed(next)+" passed")
	stage.Contract("N-1", workflow.StateArchived)
	if receipt.Outcome != workflow.Archived || len(receipt.Replies) != 1 || receipt.Silence == "" {
		t.Errorf("%s, replies %v, silence %q", receipt.Outcome, receipt.Replies, receipt.Silence)
	}
	if stage.Words.Last(workflow.LetterRejected, "N-1").Kind != "" {
		t.Error("the supplier is told to sign what it has signed")
	}
}

// TestADraftThatWasRevisedInItsTermsOnly belongs to the newest version.
func TestADraftThatWasRevisedInItsTermsOnly(t *testing.T) {
	stage := flowtest.New(t)
	stage.Send("N-1")
	draft := flowtest.Draft("draft of N-1")
	plan, err := stage.Issuer.Plan(t.Context(), flowtest.Anna, flowtest.Order("N-1"), draft)
	if err != nil {
		t.Fatal(err)
	}
	next, err := stage.Desk.Revise(t.Context(), flowtest.Anna, "another deadline", plan, draft)
	if err == nil {
		_, err = stage.Issuer.Continue(t.Context(), flowtest.Anna, next.ID, flowtest.Quiet)
	}
	if err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	receipt := stage.Receive(flowtest.From("m1"), "draft of N-1 signed by them")
	match := receipt.Findings[0].Match
	if match.Contract != next.ID || match.Prefix != workflow.PrefixDraft || len(match.Rivals) != 0 || receipt.Outcome != workflow.Rejected {
		t.Errorf("%s, %+v", receipt.Outcome, match)
	}
}

// TestAnApprovalOfTheOldVersionIsNone: a return under review goes with its version.
func TestAnApprovalOfTheOldVersionIsNone(t *testing.T) {
	stage := flowtest.New(t)
	under := scenes["review"](stage)
	receipt, err := stage.Ledger.Receipt(t.Context(), under.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Replace("N-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	seen := decide.Judgement{Document: receipt.Findings[0].Document.Hash}
	if _, err := stage.Desk.Approve(t.Context(), flowtest.Anna, "N-1", seen); err == nil {
		t.Error("a return of the old version was approved")
	}
}

// TestTheFileOutweighsThreadAndNumber has the file of the old version come back in the thread of its letter, with the number in
// the subject: both mean the newest version, and neither outweighs what the file itself begins with.
func TestTheFileOutweighsThreadAndNumber(t *testing.T) {
	stage := flowtest.New(t)
	old, next := replaced(stage)
	letter, err := stage.Ledger.Letter(t.Context(), old.Letter)
	if err != nil {
		t.Fatal(err)
	}
	message := flowtest.From("m1")
	message.References, message.Subject = []string{letter.MessageID}, "回复：合同 "+old.Number
	receipt := stage.Receive(message, stage.Sealed(old)+" passed")
	if got := receipt.Findings[0].Match; got.Contract != old.ID || got.Rung != workflow.RungPrefix {
		t.Errorf("matched %+v; the old version is %s, the new one %s", got, old.ID, next.ID)
	}
}
