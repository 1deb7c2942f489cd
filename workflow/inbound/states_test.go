package inbound_test

import (
	"fmt"
	"slices"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// scene brings contract N-1 into a situation and returns it.
type scene func(*flowtest.Stage) workflow.Contract

// scenes are all situations in which a return can meet its contract.
var scenes = map[string]scene{
	"draft": func(s *flowtest.Stage) workflow.Contract {
		s.Seals.Fail = map[string]error{"employee": workflow.ErrKeyMissing}
		if _, err := s.Issue(flowtest.Order("N-1")); err == nil {
			s.Fatal("sealed without a key")
		}
		return s.Contract("N-1", workflow.StateDraft)
	},
	"unsent": func(s *flowtest.Stage) workflow.Contract {
		order := flowtest.Order("N-1")
		order.Hold = true
		if _, err := s.Issue(order); err != nil {
			s.Fatal(err)
		}
		return s.Contract("N-1", workflow.StateSealed)
	},
	"on its way": func(s *flowtest.Stage) workflow.Contract {
		contract := issued(s)
		deliveries, err := s.Ledger.Deliveries(s.Context(), workflow.DeliveryFilter{Letter: contract.Letter})
		if err != nil {
			s.Fatal(err)
		}
		for n := range deliveries {
			deliveries[n].State, deliveries[n].Attempts = workflow.DeliveryClaimed, 1
		}
		s.Apply(workflow.Change{Deliveries: deliveries})
		return contract
	},
	"sent": func(s *flowtest.Stage) workflow.Contract { return s.Send("N-1") },
	"review": func(s *flowtest.Stage) workflow.Contract {
		s.Receive(flowtest.From("m0"), s.Sealed(s.Send("N-1"))+" earlier indeterminate")
		return s.Contract("N-1", workflow.StateReview)
	},
	"undeliverable": func(s *flowtest.Stage) workflow.Contract {
		s.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrFinal}
		issued(s)
		s.Dispatch()
		s.Post.Fail = nil
		return s.Contract("N-1", workflow.StateUndeliverable)
	},
	"expired": func(s *flowtest.Stage) workflow.Contract {
		s.Send("N-1")
		s.Clock = s.Clock.AddDate(0, 3, 0)
		if _, err := s.Timer.Pass(s.Context()); err != nil {
			s.Fatal(err)
		}
		return s.Contract("N-1", workflow.StateExpired)
	},
	"archived": func(s *flowtest.Stage) workflow.Contract {
		s.Receive(flowtest.From("m0"), s.Sealed(s.Send("N-1"))+" earlier passed")
		return s.Contract("N-1", workflow.StateArchived)
	},
	"withdrawn": func(s *flowtest.Stage) workflow.Contract {
		s.Send("N-1")
		withdraw(s)
		return s.Contract("N-1", workflow.StateWithdrawn)
	},
	"replaced": func(s *flowtest.Stage) workflow.Contract {
		old := s.Send("N-1")
		if _, err := s.Revise("N-1", "wrong price"); err != nil {
			s.Fatal(err)
		}
		s.Dispatch()
		s.Contract("N-1", workflow.StateSent)
		old, err := s.Ledger.Contract(s.Context(), old.ID)
		if err != nil {
			s.Fatal(err)
		}
		return old
	},
}

func issued(s *flowtest.Stage) workflow.Contract {
	contract, err := s.Issue(flowtest.Order("N-1"))
	if err != nil {
		s.Fatal(err)
	}
	return contract
}

// consequence is what a return comes to.
type consequence struct {
	outcome workflow.Disposition
	state   workflow.State
	letter  workflow.LetterKind // To the supplier; empty for none.
	told    bool                // Managers are.
	act     workflow.Action     // About the contract; empty for none.
}

// said and done, as design.md, section 3, and docs/architecture.md have it; written down a second time.
func due(where string, verdict workflow.Outcome, rung workflow.Rung) consequence {
	alone := rung == workflow.RungPrefix && verdict == workflow.Passed
	alarm := func(state workflow.State) consequence { return consequence{workflow.Alarm, state, "", true, ""} }
	refused := func(state workflow.State) consequence {
		return consequence{workflow.Rejected, state, workflow.LetterRejected, true, ""}
	}
	review := consequence{workflow.ToReview, workflow.StateReview, workflow.LetterReview, true, workflow.ActReview}
	switch {
	case where == "draft":
		return alarm(workflow.StateDraft)
	case where == "unsent":
		return alarm(workflow.StateSealed)
	case where == "archived":
		return alarm(workflow.StateArchived)
	case where == "withdrawn":
		return alarm(workflow.StateWithdrawn)
	case where == "replaced":
		return refused(workflow.StateWithdrawn)
	case (where == "sent" || where == "on its way") && alone:
		return consequence{workflow.Archived, workflow.StateArchived, workflow.LetterConfirmed, false, workflow.ActArchived}
	case verdict != workflow.Failed:
		return review
	case where == "on its way":
		return refused(workflow.StateSent)
	}
	return refused(workflow.State(where))
}

// TestEveryReturnInEveryState goes through all of them.
func TestEveryReturnInEveryState(t *testing.T) {
	for where, prepare := range scenes {
		for _, verdict := range []workflow.Outcome{workflow.Passed, workflow.Indeterminate, workflow.Failed} {
			for _, rung := range []workflow.Rung{workflow.RungPrefix, workflow.RungValue, workflow.RungReference} {
				// A draft has no letter yet; an answer to a replaced version's letter concerns the one that counts, see below.
				if rung == workflow.RungReference && (where == "draft" || where == "replaced") {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, rung %d", where, verdict, rung), func(t *testing.T) {
					stage := flowtest.New(t)
					contract := prepare(stage)
					message, pdf := returnBy(stage, contract, rung, verdict)
					checkConsequence(stage, contract, rung, due(where, verdict, rung), func() workflow.Receipt { return stage.Receive(message, pdf) })
				})
			}
		}
	}
}

// returnBy makes a return that only this rung connects with the contract.
func returnBy(s *flowtest.Stage, contract workflow.Contract, rung workflow.Rung, verdict workflow.Outcome) (workflow.Message, string) {
	message, end := flowtest.From("m1"), " now "+string(verdict)
	switch rung {
	case workflow.RungValue:
		return message, "rewritten\nvalue org 1\n" + end
	case workflow.RungReference:
		letter, err := s.Ledger.Letter(s.Context(), contract.Letter)
		if err != nil {
			s.Fatal(err)
		}
		message.References = []string{letter.MessageID}
		return message, "something" + end
	}
	return message, s.Sealed(contract) + end
}

func checkConsequence(s *flowtest.Stage, contract workflow.Contract, rung workflow.Rung, want consequence, receive func() workflow.Receipt) {
	s.Helper()
	notices, journal := s.Words.Count(workflow.LetterNotice), acts(s, contract)
	receipt := receive()
	finding := receipt.Findings[0]
	if finding.Match.Rung != rung || finding.Match.Contract != contract.ID || len(finding.Match.Rivals) != 0 {
		s.Fatalf("matched %+v", finding.Match)
	}
	after, err := s.Ledger.Contract(s.Context(), contract.ID)
	if err != nil {
		s.Fatal(err)
	}
	got := consequence{outcome: finding.Outcome, state: after.State, told: s.Words.Count(workflow.LetterNotice) > notices}
	if got.outcome != receipt.Outcome {
		s.Errorf("the message is %s, its file %s", receipt.Outcome, got.outcome)
	}
	for _, id := range receipt.Replies {
		letter, err := s.Ledger.Letter(s.Context(), id)
		if err != nil || got.letter != "" {
			s.Fatalf("replies %v, %v", receipt.Replies, err)
		}
		got.letter = letter.Kind
	}
	for _, act := range acts(s, contract)[len(journal):] {
		if act != workflow.ActSent { // Said first where the return was faster than the server's answer.
			got.act = act
		}
	}
	if got != want {
		s.Errorf("got %+v, want %+v", got, want)
	}
	if (got.letter == "") != (receipt.Silence != "") {
		s.Errorf("letter %q, silence %q", got.letter, receipt.Silence)
	}
}

// acts returns what the journal tells of a contract.
func acts(s *flowtest.Stage, contract workflow.Contract) []workflow.Action {
	s.Helper()
	history, err := s.Ledger.History(s.Context(), "contract/"+string(contract.ID))
	if err != nil {
		s.Fatal(err)
	}
	var all []workflow.Action
	for _, entry := range history {
		all = append(all, entry.Action)
	}
	return all
}

// TestARefusedReturnIsAnsweredWithTheFile in every state in which another one is awaited.
func TestARefusedReturnIsAnsweredWithTheFile(t *testing.T) {
	for _, where := range []string{"sent", "on its way", "review", "undeliverable", "expired"} {
		stage := flowtest.New(t)
		contract := scenes[where](stage)
		stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" failed")
		said := stage.Words.Last(workflow.LetterRejected, "N-1")
		if len(said.Attachments) != 1 || said.Attachments[0].Ref != contract.Sealed() || said.Outdated {
			t.Errorf("%s: attached %v", where, said.Attachments)
		}
	}
}

// TestDecisionsWhileAReturnIsJudged are taken between reading the contract and writing the receipt.
func TestDecisionsWhileAReturnIsJudged(t *testing.T) {
	for name, test := range map[string]struct {
		act  func(*flowtest.Stage) error
		want consequence
	}{
		"withdrawn": {func(s *flowtest.Stage) error {
			_, err := s.Desk.Withdraw(s.Context(), flowtest.Anna, "N-1", "x")
			return err
		}, consequence{outcome: workflow.Alarm, state: workflow.StateWithdrawn}},
		"revised": {func(s *flowtest.Stage) error {
			_, err := s.Replace("N-1", "x")
			return err
		}, consequence{outcome: workflow.Rejected, state: workflow.StateWithdrawn}},
		"extended": {func(s *flowtest.Stage) error {
			_, err := s.Desk.Extend(s.Context(), flowtest.Anna, "N-1", s.Clock.AddDate(1, 0, 0), "")
			return err
		}, consequence{outcome: workflow.Archived, state: workflow.StateArchived}},
		"mailed again": {func(s *flowtest.Stage) error {
			_, err := s.Desk.Resend(s.Context(), flowtest.Anna, "N-1", nil)
			return err
		}, consequence{outcome: workflow.Archived, state: workflow.StateArchived}},
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			contract := stage.Send("N-1")
			done := false
			stage.Verdicts.During = func() {
				if !done {
					done = true
					if err := test.act(stage); err != nil {
						t.Error(err)
					}
				}
			}
			receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" passed")
			after, err := stage.Ledger.Contract(t.Context(), contract.ID)
			if err != nil || receipt.Outcome != test.want.outcome || after.State != test.want.state {
				t.Errorf("the return is %s, the contract %s, %v; want %+v", receipt.Outcome, after.State, err, test.want)
			}
		})
	}
}

// TestTheSameMailTwice is one arrival, wherever the server shows it.
func TestTheSameMailTwice(t *testing.T) {
	for _, where := range []string{"sent", "review", "expired"} {
		stage := flowtest.New(t)
		contract := scenes[where](stage)
		message, pdf := flowtest.From("m1"), stage.Sealed(contract)+" passed"
		first := stage.Receive(message, pdf)
		letters, judged := stage.Letters(contract), stage.Verdicts.Calls
		again := stage.Receive(message, pdf)
		if again.ID != first.ID || stage.Verdicts.Calls != judged || !slices.Equal(stage.Letters(contract), letters) {
			t.Errorf("%s: judged %d times more, letters %v", where, stage.Verdicts.Calls-judged, stage.Letters(contract))
		}
	}
}

// TestTheSamePDFFromElsewhere is judged by what it is; only registered addresses are answered.
func TestTheSamePDFFromElsewhere(t *testing.T) {
	elsewhere := flowtest.From("m2")
	elsewhere.From = []string{"somebody@else.example"}
	stage := flowtest.New(t)
	pdf := stage.Sealed(stage.Send("N-1")) + " passed"
	stage.Receive(flowtest.From("m1"), pdf)
	receipt := stage.Receive(elsewhere, pdf)
	if receipt.Outcome != workflow.Duplicate || len(receipt.Replies) != 1 {
		t.Errorf("%s, replies %v", receipt.Outcome, receipt.Replies)
	}
	stage = flowtest.New(t)
	if receipt := stage.Receive(elsewhere, stage.Sealed(stage.Send("N-1"))+" passed"); receipt.Outcome != workflow.Archived {
		t.Errorf("from elsewhere alone: %s", receipt.Outcome)
	}
	if to := stage.Words.Last(workflow.LetterConfirmed, "N-1").To; !slices.Equal(to, []string{"hetong@huaxin.example"}) {
		t.Errorf("answered to %v", to)
	}
}
