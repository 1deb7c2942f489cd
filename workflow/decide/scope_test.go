package decide_test

import (
	"errors"
	"testing"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// TestNobodyDecidesOutsideOfTheirScope tries every decision as somebody who may do everything with another supplier's
// contracts.
func TestNobodyDecidesOutsideOfTheirScope(t *testing.T) {
	scoped := workflow.Actor{
		Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightAdminister}, Suppliers: []workflow.SupplierID{"other"},
	}
	for name, scene := range map[string]func(*testing.T) *flowtest.Stage{"review": under, "sent": sent, "sealed": unsent} {
		stage := scene(t)
		before, err := stage.Ledger.ContractByNumber(t.Context(), "N-1")
		if err != nil {
			t.Fatal(err)
		}
		desk, ctx := stage.Desk, t.Context()
		plan, planned := stage.Issuer.Plan(ctx, scoped, flowtest.Order("N-1"), flowtest.Draft("x"))
		if !errors.Is(planned, workflow.ErrRight) {
			t.Errorf("%s: plan: %v", name, planned)
		}
		plan.Number, plan.Supplier = "N-1", flowtest.Supplier
		for verb, act := range map[string]func() error{
			"release":  func() error { _, err := desk.Release(ctx, scoped, "N-1"); return err },
			"unseal":   func() error { _, err := desk.Unseal(ctx, scoped, "N-1"); return err },
			"approve":  func() error { _, err := desk.Approve(ctx, scoped, "N-1", decide.Judgement{Pin: true}); return err },
			"refuse":   func() error { _, err := desk.Refuse(ctx, scoped, "N-1", decide.Judgement{Reason: "x"}); return err },
			"withdraw": func() error { _, err := desk.Withdraw(ctx, scoped, "N-1", "x"); return err },
			"resend":   func() error { _, err := desk.Resend(ctx, scoped, "N-1", nil); return err },
			"extend":   func() error { _, err := desk.Extend(ctx, scoped, "N-1", stage.Clock.AddDate(1, 0, 0), ""); return err },
			"revise":   func() error { _, err := desk.Revise(ctx, scoped, "x", plan, flowtest.Draft("x")); return err },
			"seal": func() error {
				_, err := stage.Issuer.SealWith(ctx, scoped, before.ID, "", flowtest.Quiet)
				return err
			},
			"continue": func() error {
				_, err := stage.Issuer.Continue(ctx, scoped, before.ID, flowtest.Quiet)
				return err
			},
			"send": func() error {
				_, err := stage.Issuer.Create(ctx, scoped, flowtest.Order("N-2"), flowtest.Draft("x"))
				return err
			},
		} {
			if err := act(); !errors.Is(err, workflow.ErrRight) {
				t.Errorf("%s, %s: %v", name, verb, err)
			}
		}
		if after, err := stage.Ledger.ContractByNumber(ctx, "N-1"); err != nil || after.Revision != before.Revision || after.ID != before.ID {
			t.Errorf("%s: something was written, %v", name, err)
		}
	}
}

func TestWhatIsPinnedCanBeShown(t *testing.T) {
	key := workflow.HashOf([]byte("theirs"))
	pinned := workflow.HashOf([]byte("known"))
	certificate := func(key workflow.Hash) *workflow.Certificate {
		return &workflow.Certificate{PublicKey: key, Organization: "华信"}
	}
	finding := workflow.Finding{Verdict: &workflow.Verdict{Signatures: []workflow.Signature{
		{Side: workflow.SideTheirs, Intact: true, Signer: "李四", Certificate: certificate(key)},
		{Side: workflow.SideTheirs, Intact: true, Signer: "李四", Certificate: certificate(key)},
		{Side: workflow.SideTheirs, Intact: true, Certificate: certificate(pinned)},
		{Side: workflow.SideOurs, Intact: true, Certificate: certificate(workflow.HashOf([]byte("ours")))},
	}}}
	supplier := workflow.Supplier{
		Required: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee},
		Signers:  []workflow.Signer{{Role: workflow.RoleOrganization, Keys: []workflow.Hash{pinned}}},
	}
	pins := decide.Pins(supplier, finding)
	if len(pins) != 1 || pins[0].Keys[0] != key || pins[0].Name != "李四" || pins[0].Role != workflow.RoleEmployee || len(supplier.Signers) != 1 {
		t.Errorf("pins %+v", pins)
	}
	if pins := decide.Pins(supplier, workflow.Finding{}); len(pins) != 0 {
		t.Errorf("of no verdict: %+v", pins)
	}
}

func TestPicturesArePinnedOnce(t *testing.T) {
	known, fresh := workflow.HashOf([]byte("known")), workflow.HashOf([]byte("fresh"))
	marks := []workflow.Mark{{Page: 1, Picture: fresh}, {Page: 2, Picture: fresh}, {Page: 2, Picture: known}, {Page: 3}}
	finding := workflow.Finding{Verdict: &workflow.Verdict{Signatures: []workflow.Signature{
		{Side: workflow.SideTheirs, Intact: true, Marks: marks},
		{Side: workflow.SideTheirs, Marks: []workflow.Mark{{Picture: workflow.HashOf([]byte("of a broken signature"))}}},
		{Side: workflow.SideOurs, Intact: true, Marks: []workflow.Mark{{Picture: workflow.HashOf([]byte("ours"))}}},
	}}}
	supplier := workflow.Supplier{Marks: []workflow.Hash{known}}
	if pictures := decide.NewMarks(supplier, finding); len(pictures) != 1 || pictures[0] != fresh {
		t.Errorf("%v", pictures)
	}
}
