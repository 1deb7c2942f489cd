package decide_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// under returns a stage with contract N-1 under review.
func under(t *testing.T) *flowtest.Stage {
	stage := flowtest.New(t)
	stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Send("N-1"))+" indeterminate")
	stage.Contract("N-1", workflow.StateReview)
	return stage
}

func TestApproveArchivesWhatWasReviewed(t *testing.T) {
	stage := under(t)
	before := stage.Contract("N-1", workflow.StateReview)
	if _, err := stage.Desk.Approve(t.Context(), flowtest.Anna, "N-1", decide.Judgement{Reason: "known by telephone"}); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateArchived)
	receipt, err := stage.Ledger.Receipt(t.Context(), before.Receipt)
	if err != nil || contract.Final != receipt.Findings[0].Document {
		t.Errorf("final %v, receipt %+v, %v", contract.Final, receipt, err)
	}
	if !slices.Contains(stage.Letters(contract), workflow.LetterConfirmed) {
		t.Error("the supplier is not told")
	}
	history, err := stage.Ledger.History(t.Context(), "contract/"+string(contract.ID))
	if err != nil || !slices.ContainsFunc(history, func(e workflow.Entry) bool { return e.Action == workflow.ActApproved && e.Actor == "anna" }) {
		t.Errorf("the journal does not say who approved: %v, %v", history, err)
	}
}

func TestRefuseWaitsForAnotherReturn(t *testing.T) {
	stage := under(t)
	if _, err := stage.Desk.Refuse(t.Context(), flowtest.Anna, "N-1", decide.Judgement{Reason: "signed by somebody unknown"}); err != nil {
		t.Fatal(err)
	}
	contract := stage.Contract("N-1", workflow.StateSent)
	if !slices.Contains(stage.Letters(contract), workflow.LetterRejected) {
		t.Error("the supplier is not told")
	}
	stage.Receive(flowtest.From("m2"), stage.Sealed(contract)+" passed")
	stage.Contract("N-1", workflow.StateArchived)
}

func TestUnsealGoesBackByteForByte(t *testing.T) {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Hold = true
	contract, err := stage.Issue(order)
	if err != nil {
		t.Fatal(err)
	}
	undone, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1")
	if err != nil {
		t.Fatal(err)
	}
	if undone.State != workflow.StateDraft || undone.Sealed() != contract.Batches[0].After || undone.Pending[0] != "employee" || undone.Resumable {
		t.Errorf("undone: %+v", undone)
	}
	if prefixes, err := stage.Ledger.PrefixesOf(t.Context(), contract.Sealed()); err != nil || len(prefixes) != 1 || prefixes[0].Kind != workflow.PrefixSuperseded {
		t.Errorf("the removed file is forgotten: %v, %v", prefixes, err)
	}
	stage.Dispatch()
	if len(stage.Post.Taken) != 0 {
		t.Error("the cancelled letter left")
	}
	if _, err := stage.Issuer.SealWith(t.Context(), flowtest.Anna, contract.ID, "employee", flowtest.Quiet); err != nil {
		t.Fatal(err)
	}
	again := stage.Contract("N-1", workflow.StateSealed)
	if again.Letter == contract.Letter || again.Sealed() == contract.Sealed() {
		t.Error("the new letter is the old one")
	}
	for range 2 {
		if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); err != nil {
			t.Fatal(err)
		}
	}
	if draft := stage.Contract("N-1", workflow.StateDraft); draft.Sealed() != draft.Draft {
		t.Error("not all seals were undone")
	}
	if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrState) {
		t.Errorf("undid a seal that is not there: %v", err)
	}
}

func TestWithdrawTellsTheSupplierOnlyWhatItKnows(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	unsent, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "never mind")
	if err != nil || slices.Contains(stage.Letters(unsent), workflow.LetterWithdrawn) {
		t.Errorf("unsent: %v, letters %v", err, stage.Letters(unsent))
	}
	stage.Dispatch()
	if len(stage.Post.Taken) != 0 {
		t.Error("a withdrawn contract was mailed")
	}
	stage.Send("N-2")
	sent, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-2", "wrong price")
	if err != nil || !slices.Contains(stage.Letters(sent), workflow.LetterWithdrawn) || sent.Reason != "wrong price" {
		t.Errorf("sent: %v, letters %v", err, stage.Letters(sent))
	}
	if _, err := stage.Issue(flowtest.Order("N-1")); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("a withdrawn contract's number was given away: %v", err)
	}
}

func TestDecisionsNeedRightStateAndReason(t *testing.T) {
	stage := under(t)
	ctx, viewer := t.Context(), workflow.Actor{Name: "v", Rights: []workflow.Right{workflow.RightView}}
	sender := workflow.Actor{Name: "s", Rights: []workflow.Right{workflow.RightSend}}
	for name, test := range map[string]struct {
		act  func() error
		want error
	}{
		"approve as viewer":        {func() error { _, err := stage.Desk.Approve(ctx, viewer, "N-1", decide.Judgement{}); return err }, workflow.ErrRight},
		"approve as sender":        {func() error { _, err := stage.Desk.Approve(ctx, sender, "N-1", decide.Judgement{}); return err }, workflow.ErrRight},
		"refuse without reason":    {func() error { _, err := stage.Desk.Refuse(ctx, flowtest.Anna, "N-1", decide.Judgement{}); return err }, workflow.ErrUsage},
		"withdraw without reason":  {func() error { _, err := stage.Desk.Withdraw(ctx, flowtest.Anna, "N-1", ""); return err }, workflow.ErrUsage},
		"release what is not held": {func() error { _, err := stage.Desk.Release(ctx, flowtest.Anna, "N-1"); return err }, workflow.ErrState},
		"unseal what was mailed":   {func() error { _, err := stage.Desk.Unseal(ctx, flowtest.Anna, "N-1"); return err }, workflow.ErrState},
		"unknown contract":         {func() error { _, err := stage.Desk.Release(ctx, flowtest.Anna, "N-9"); return err }, workflow.ErrNotFound},
	} {
		if err := test.act(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	stage.Contract("N-1", workflow.StateReview)
}

func TestApproveCanPinTheCertificate(t *testing.T) {
	stage := under(t)
	contract := stage.Contract("N-1", workflow.StateReview)
	key := workflow.HashOf([]byte("their key"))
	stage.Verdicts.Signatures = []workflow.Signature{
		{Side: workflow.SideTheirs, Intact: true, Signer: "李四", Certificate: &workflow.Certificate{PublicKey: key, Organization: "华信"}},
		{Side: workflow.SideOurs, Intact: true, Certificate: &workflow.Certificate{PublicKey: workflow.HashOf([]byte("ours"))}},
		{Side: workflow.SideTheirs, Intact: false, Certificate: &workflow.Certificate{PublicKey: workflow.HashOf([]byte("broken"))}},
	}
	stage.Receive(flowtest.From("m2"), stage.Sealed(contract)+" again indeterminate")
	if _, err := stage.Desk.Approve(t.Context(), flowtest.Anna, "N-1", decide.Judgement{Pin: true}); err != nil {
		t.Fatal(err)
	}
	supplier, err := stage.Ledger.Supplier(t.Context(), flowtest.Supplier)
	history, failure := stage.Ledger.History(t.Context(), "supplier/"+string(flowtest.Supplier))
	if failure != nil || len(history) != 1 || history[0].Details["pinned"] != key.String() {
		t.Errorf("the journal does not say what was pinned: %v, %v", history, failure)
	}
	if err != nil || len(supplier.Signers) != 1 || supplier.Signers[0].Keys[0] != key || supplier.Signers[0].Role != workflow.RoleOrganization {
		t.Errorf("signers %+v, %v", supplier.Signers, err)
	}
}

func TestWhatWasNotSeenIsNotDecided(t *testing.T) {
	stage := under(t)
	contract := stage.Contract("N-1", workflow.StateReview)
	first, err := stage.Ledger.Receipt(t.Context(), contract.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	seen := decide.Judgement{Document: first.Findings[0].Document.Hash, Reason: "looks right"}
	stage.Receive(flowtest.From("m2"), stage.Sealed(contract)+" other indeterminate")
	if _, err := stage.Desk.Approve(t.Context(), flowtest.Anna, "N-1", seen); !errors.Is(err, workflow.ErrConflict) || workflow.HintOf(err) == "" {
		t.Errorf("a return that nobody looked at was archived: %v", err)
	}
	if _, err := stage.Desk.Refuse(t.Context(), flowtest.Anna, "N-1", seen); !errors.Is(err, workflow.ErrConflict) {
		t.Errorf("a return that nobody looked at was refused: %v", err)
	}
	stage.Contract("N-1", workflow.StateReview)
}

func TestPinningIsForThoseWhoKeepTheRegister(t *testing.T) {
	stage := under(t)
	decider := workflow.Actor{Name: "d", Rights: []workflow.Right{workflow.RightDecide}}
	if _, err := stage.Desk.Approve(t.Context(), decider, "N-1", decide.Judgement{Pin: true}); !errors.Is(err, workflow.ErrRight) {
		t.Errorf("got %v", err)
	}
	if _, err := stage.Desk.Approve(t.Context(), decider, "N-1", decide.Judgement{}); err != nil {
		t.Error(err)
	}
}

func TestUnsealOfAClosedContractNamesNoWayThatIsShut(t *testing.T) {
	stage := under(t)
	if _, err := stage.Desk.Approve(t.Context(), flowtest.Anna, "N-1", decide.Judgement{}); err != nil {
		t.Fatal(err)
	}
	_, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1")
	if !errors.Is(err, workflow.ErrState) || strings.Contains(workflow.HintOf(err), "withdraw") {
		t.Errorf("%v, hint %q", err, workflow.HintOf(err))
	}
}

// TestUnsealNeedsTheKeyAndTheRightFile takes no seal off without the key that made it, nor one that the store knows
// otherwise.
func TestUnsealNeedsTheKeyAndTheRightFile(t *testing.T) {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Hold = true
	before, err := stage.Issue(order)
	if err != nil {
		t.Fatal(err)
	}
	stage.Seals.Fail = map[string]error{"employee": workflow.ErrKeyMissing}
	_, err = stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1")
	if !errors.Is(err, workflow.ErrKeyMissing) || !strings.Contains(workflow.HintOf(err), "withdraw N-1") {
		t.Errorf("without the key: %v, hint %q", err, workflow.HintOf(err))
	}
	for name, lie := range map[string]lying{"another batch": {id: "batch-9", left: before.Batches[1].Before}, "another file": {id: before.Batches[1].ID, left: before.Draft}} {
		stage.Desk.Unsealer = lie
		if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrIntegrity) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now := stage.Contract("N-1", workflow.StateSealed); now.Revision != before.Revision {
		t.Error("the contract was changed")
	}
}

// lying says what the store does not.
type lying struct {
	id   string
	left workflow.Ref
}

func (l lying) Unseal(context.Context, workflow.Batch, workflow.Document) (string, workflow.Ref, error) {
	return l.id, l.left, nil
}
