package decide_test

import (
	"errors"
	"slices"
	"testing"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

var (
	wang = flowtest.Person("王芳", workflow.RightDecide)
	li   = flowtest.Person("李伟", workflow.RightDecide, workflow.RightAdminister)
)

// large returns a stage with contract N-1 under review, which two people must approve.
func large(t *testing.T) *flowtest.Stage {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.TwoPersons = true
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Contract("N-1", workflow.StateSent))+" passed")
	stage.Contract("N-1", workflow.StateReview) // Although it passed.
	return stage
}

func approve(s *flowtest.Stage, actor workflow.Actor, pin bool) error {
	_, err := s.Desk.Approve(s.Context(), actor, "N-1", decide.Judgement{Reason: "checked by " + actor.Name, Pin: pin})
	return err
}

func TestALargeContractNeedsTwoPeople(t *testing.T) {
	stage := large(t)
	if err := approve(stage, wang, false); err != nil {
		t.Fatal(err)
	}
	waiting := stage.Contract("N-1", workflow.StateReview)
	if len(waiting.Approvals) != 1 || waiting.Approvals[0].Actor != "王芳" || waiting.Approvals[0].Document.IsZero() || slices.Contains(stage.Letters(waiting), workflow.LetterConfirmed) {
		t.Fatalf("after the first: %+v, letters %v", waiting.Approvals, stage.Letters(waiting))
	}
	if err := approve(stage, wang, false); !errors.Is(err, workflow.ErrPolicy) || workflow.HintOf(err) == "" {
		t.Errorf("one person approved twice: %v", err)
	}
	if err := approve(stage, li, false); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateArchived)
	if len(contract.Approvals) != 2 || !slices.Contains(stage.Letters(contract), workflow.LetterConfirmed) {
		t.Errorf("approvals %+v", contract.Approvals)
	}
	history, err := stage.Ledger.History(t.Context(), "contract/"+string(contract.ID))
	var acts []string
	for _, entry := range history {
		if entry.Action == workflow.ActFirstYes || entry.Action == workflow.ActApproved {
			acts = append(acts, string(entry.Action)+" by "+entry.Actor+", first "+entry.Details["first"])
		}
	}
	if want := []string{"return-approved-once by 王芳, first ", "return-approved by 李伟, first 王芳"}; err != nil || !slices.Equal(acts, want) {
		t.Errorf("journal %q, %v", acts, err)
	}
}

func TestOnlyPeopleAreASecondPerson(t *testing.T) {
	all := []workflow.Right{workflow.RightAdminister}
	stage := large(t)
	for _, already := range []bool{false, true} {
		for _, actor := range []workflow.Actor{
			{Name: "root", Kind: workflow.KindSuperuser, Rights: all}, {Name: "erp", Kind: workflow.KindProgram, Rights: all}, workflow.System, {Name: "nameless", Rights: all},
		} {
			if err := approve(stage, actor, false); !errors.Is(err, workflow.ErrPolicy) {
				t.Errorf("%s approved it, first yes given %v: %v", actor.Name, already, err)
			}
		}
		if !already {
			if err := approve(stage, wang, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	stage.Contract("N-1", workflow.StateReview)
}

func TestANewerReturnBeginsAnew(t *testing.T) {
	stage := large(t)
	if err := approve(stage, wang, false); err != nil {
		t.Fatal(err)
	}
	pdf := stage.Sealed(stage.Contract("N-1", workflow.StateReview))
	stage.Receive(flowtest.From("m2"), pdf+" passed")
	if contract := stage.Contract("N-1", workflow.StateReview); len(contract.Approvals) != 1 {
		t.Error("the same file in another mail took the approval away")
	}
	stage.Receive(flowtest.From("m3"), pdf+" indeterminate")
	if contract := stage.Contract("N-1", workflow.StateReview); len(contract.Approvals) != 1 {
		t.Error("a worse return took the approval of the better one away")
	}
	stage.Receive(flowtest.From("m4"), pdf+" other passed")
	if contract := stage.Contract("N-1", workflow.StateReview); len(contract.Approvals) != 0 {
		t.Error("the approval holds for a file that nobody looked at")
	}
	if err := approve(stage, li, false); err != nil {
		t.Fatal(err)
	}
	stage.Contract("N-1", workflow.StateReview)
	if err := approve(stage, wang, false); err != nil {
		t.Fatal(err)
	}
	stage.Contract("N-1", workflow.StateArchived)
}

func TestOneRefusalEndsTwoApprovals(t *testing.T) {
	stage := large(t)
	if err := approve(stage, wang, false); err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Desk.Refuse(t.Context(), li, "N-1", decide.Judgement{Reason: "wrong price"}); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateSent)
	if len(contract.Approvals) != 0 {
		t.Errorf("approvals %+v", contract.Approvals)
	}
	stage.Receive(flowtest.From("m2"), stage.Sealed(contract)+" passed") // The very same file.
	if err := approve(stage, li, false); err != nil {
		t.Fatal(err)
	}
	stage.Contract("N-1", workflow.StateReview)
}

func TestWhatTheFirstPinsIsPinnedWithTheSecond(t *testing.T) {
	stage := flowtest.New(t)
	key := workflow.HashOf([]byte("their key"))
	stage.Verdicts.Signatures = []workflow.Signature{{Side: workflow.SideTheirs, Intact: true, Signer: "李四", Certificate: &workflow.Certificate{PublicKey: key}}}
	order := flowtest.Order("N-1")
	order.TwoPersons = true
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Contract("N-1", workflow.StateSent))+" passed")
	for n, actor := range []workflow.Actor{li, wang} {
		if err := approve(stage, actor, n == 0); err != nil {
			t.Fatal(err)
		}
		supplier, err := stage.Ledger.Supplier(t.Context(), flowtest.Supplier)
		if err != nil || len(supplier.Signers) != n {
			t.Errorf("after %d approvals: %d signers, %v", n+1, len(supplier.Signers), err)
		}
	}
}

// TestARefusalBringsTheFileAgain holds the letter to what the supplier needs for another try.
func TestARefusalBringsTheFileAgain(t *testing.T) {
	stage := under(t)
	if _, err := stage.Desk.Refuse(t.Context(), wang, "N-1", decide.Judgement{Reason: "wrong price"}); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateSent)
	said := stage.Words.Last(workflow.LetterRejected, "N-1")
	if said.Text != "wrong price" || len(said.Attachments) != 1 || said.Attachments[0].Ref != contract.Sealed() || said.Attachments[0].Name != "N-1 采购合同.pdf" {
		t.Errorf("said %q with %v", said.Text, said.Attachments)
	}
}

func TestReassign(t *testing.T) {
	stage := flowtest.New(t)
	for _, number := range []string{"N-1", "N-2", "N-3"} {
		stage.Send(number)
	}
	if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-3", "x"); err != nil {
		t.Fatal(err)
	}
	stage.Desk.Knows = func(name string) bool { return name == "李伟" || name == "王芳" }
	for name, test := range map[string]struct {
		actor    workflow.Actor
		from, to string
		numbers  []string
		want     error
	}{
		"without the right": {wang, "anna", "李伟", nil, workflow.ErrRight},
		"to nobody we know": {li, "anna", "李维", nil, workflow.ErrNotFound},
		"to the same":       {li, "李伟", "李伟", nil, workflow.ErrUsage},
		"of somebody else":  {li, "王芳", "李伟", []string{"N-1"}, workflow.ErrState},
		"a closed one":      {li, "anna", "李伟", []string{"N-1", "N-3"}, workflow.ErrState},
		"an unknown one":    {li, "anna", "李伟", []string{"N-1", "N-9"}, workflow.ErrNotFound},
		"of who has none":   {li, "王芳", "李伟", nil, workflow.ErrNotFound},
		"outside the scope": {workflow.Actor{Name: "x", Rights: li.Rights, Suppliers: []workflow.SupplierID{"other"}}, "anna", "李伟", []string{"N-1"}, workflow.ErrNotFound},
	} {
		if _, err := stage.Desk.Reassign(t.Context(), test.actor, test.from, test.to, test.numbers); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if changed, err := stage.Desk.Reassign(t.Context(), li, "anna", "王芳", []string{"N-2", "N-2"}); err != nil || len(changed) != 1 {
		t.Fatalf("named: %v, %v", changed, err)
	}
	if changed, err := stage.Desk.Reassign(t.Context(), li, "anna", "李伟", nil); err != nil || len(changed) != 1 {
		t.Fatalf("all: %v, %v", changed, err)
	}
	for number, owner := range map[string]string{"N-1": "李伟", "N-2": "王芳", "N-3": "anna"} {
		contract, err := stage.Ledger.ContractByNumber(t.Context(), number)
		if err != nil || contract.Owner != owner || (owner != "anna") != (contract.Creator == "anna") {
			t.Errorf("%s: owner %s, creator %s, %v", number, contract.Owner, contract.Creator, err)
		}
	}
}
