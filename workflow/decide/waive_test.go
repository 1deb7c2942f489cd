package decide_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

var organization = workflow.Signature{Side: workflow.SideTheirs, Role: workflow.RoleOrganization, Verdict: workflow.Passed, Intact: true}

// lacking returns a stage on which a return came that ends so; the organisation has signed it.
func lacking(t *testing.T, end string, two bool) *flowtest.Stage {
	t.Helper()
	stage := flowtest.New(t)
	stage.Verdicts.Signatures = []workflow.Signature{organization}
	order := flowtest.Order("N-1")
	order.TwoPersons = two
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Contract("N-1", workflow.StateSent))+end)
	return stage
}

func waive(s *flowtest.Stage, actor workflow.Actor, judgement decide.Judgement) error {
	_, err := s.Desk.Approve(s.Context(), actor, "N-1", judgement)
	return err
}

var sick = decide.Judgement{Waive: workflow.RoleEmployee, Reason: "经办人生病"}

func TestAMissingRoleIsWaived(t *testing.T) {
	stage := lacking(t, " lacks employee", false)
	stage.Clock = stage.Clock.Add(time.Hour)
	if err := waive(stage, wang, sick); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateArchived)
	if len(contract.Waivers) != 1 || contract.Receipt == "" || contract.Returned.IsZero() {
		t.Fatalf("%+v", contract)
	}
	waiver := contract.Waivers[0]
	if waiver.Role != workflow.RoleEmployee || waiver.Actor != wang.Name || waiver.Reason != sick.Reason || waiver.Document != contract.Final.Hash || !waiver.At.Equal(stage.Clock) {
		t.Errorf("%+v", waiver)
	}
	if !slices.Contains(stage.Letters(contract), workflow.LetterConfirmed) {
		t.Error("the supplier is not told")
	}
	if notice := stage.Words.Last(workflow.LetterConfirmed, "N-1"); len(notice.Contract.Waivers) != 1 {
		t.Errorf("the letter does not know of it: %+v", notice.Contract.Waivers)
	}
	entries, err := stage.Ledger.History(t.Context(), "contract/"+string(contract.ID))
	if err != nil || !slices.ContainsFunc(entries, func(e workflow.Entry) bool {
		return e.Action == workflow.ActApproved && e.Details["waived"] == "employee" && e.Details["reason"] == sick.Reason && e.Actor == wang.Name
	}) {
		t.Errorf("journal %+v, %v", entries, err)
	}
}

func TestWhatCannotBeWaived(t *testing.T) {
	program := workflow.Actor{Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightDecide}}
	unsigned := func(s *flowtest.Stage) { s.Verdicts.Signatures = nil }
	for name, c := range map[string]struct {
		end       string
		actor     workflow.Actor
		judgement decide.Judgement
		before    func(*flowtest.Stage)
		want      error
	}{
		"changed as well":             {" changed", wang, sick, nil, workflow.ErrState},
		"unknown signer":              {" indeterminate", wang, sick, nil, workflow.ErrPolicy},
		"another role":                {" lacks employee", wang, decide.Judgement{Waive: workflow.RoleOrganization, Reason: "x"}, nil, workflow.ErrPolicy},
		"no reason":                   {" lacks employee", wang, decide.Judgement{Waive: workflow.RoleEmployee}, nil, workflow.ErrUsage},
		"without the right":           {" lacks employee", flowtest.Person("li", workflow.RightSend), sick, nil, workflow.ErrRight},
		"a program":                   {" lacks employee", program, sick, nil, workflow.ErrRight},
		"a return that nobody saw":    {" lacks employee", wang, decide.Judgement{Waive: workflow.RoleEmployee, Reason: "x", Document: workflow.Hash{1}}, nil, workflow.ErrConflict},
		"not asked for":               {" lacks employee", wang, decide.Judgement{Reason: "x"}, nil, workflow.ErrState},
		"nobody of theirs has signed": {" lacks employee", wang, sick, unsigned, workflow.ErrPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			stage.Verdicts.Signatures = []workflow.Signature{organization}
			if c.before != nil {
				c.before(stage)
			}
			contract := stage.Send("N-1")
			stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+c.end)
			if err := waive(stage, c.actor, c.judgement); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if left, err := stage.Ledger.ContractByNumber(t.Context(), "N-1"); err != nil || left.State == workflow.StateArchived || len(left.Waivers) > 0 {
				t.Errorf("%+v, %v", left, err)
			}
		})
	}
}

// TestALaterReturnIsNotWaivedUnseen: what counts is the newest return.
func TestALaterReturnIsNotWaivedUnseen(t *testing.T) {
	stage := lacking(t, " lacks employee", false)
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Receive(flowtest.From("m2"), stage.Sealed(stage.Contract("N-1", workflow.StateSent))+" changed")
	if err := waive(stage, wang, sick); !errors.Is(err, workflow.ErrState) {
		t.Error(err)
	}
}

func TestTwoPeopleWaive(t *testing.T) {
	stage := lacking(t, " lacks employee", true)
	if err := waive(stage, wang, sick); err != nil {
		t.Fatal(err)
	}
	if waiting := stage.Contract("N-1", workflow.StateSent); len(waiting.Waivers) != 0 || len(waiting.Approvals) != 1 || waiting.Approvals[0].Waive != workflow.RoleEmployee {
		t.Fatalf("%+v", waiting)
	}
	if err := waive(stage, wang, sick); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("one person twice: %v", err)
	}
	if err := waive(stage, li, sick); err != nil {
		t.Fatal(err)
	}
	if contract := stage.Contract("N-1", workflow.StateArchived); len(contract.Waivers) != 1 || contract.Waivers[0].Actor != li.Name {
		t.Errorf("%+v", contract.Waivers)
	}
}
