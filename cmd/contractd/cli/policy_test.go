package cli

import (
	"os"
	"testing"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// TestLargeContractsWaitForPeople holds what cannot be compared to be large.
func TestLargeContractsWaitForPeople(t *testing.T) {
	limit := func(text string) config.Amount {
		amount, err := workflow.ParseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		return config.Amount{Amount: amount}
	}
	now := func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		amount       string
		confirm, two bool
	}{
		{"100 CNY", false, false}, {"100.01 CNY", true, false}, {"200 CNY", true, false}, {"200.01 CNY", true, true}, {"1 EUR", true, true}, {"", true, true},
	} {
		cfg := config.Default()
		cfg.Contracts.ConfirmAbove, cfg.Contracts.TwoPersonsAbove = limit("100 CNY"), limit("200 CNY")
		h := &house{cfg: cfg, now: now}
		order := outbound.Order{Number: "N-1"}
		if test.amount != "" {
			order.Amount = limit(test.amount).Amount
		}
		if err := h.policy(&order); err != nil {
			t.Fatal(err)
		}
		if order.Confirm != test.confirm || order.TwoPersons != test.two {
			t.Errorf("%q: confirm %v, two persons %v", test.amount, order.Confirm, order.TwoPersons)
		}
	}
	order := outbound.Order{Number: "N-1"}
	if err := (&house{cfg: config.Default(), now: now}).policy(&order); err != nil || order.TwoPersons || order.Confirm {
		t.Errorf("without a policy: %+v, %v", order, err)
	}
}

func TestOnlyPeopleOwnContracts(t *testing.T) {
	cfg := config.Default()
	if knows(cfg)("王芳") || !knows(cfg)(actorFor(cfg, os.Geteuid()).Name) {
		t.Error("without [users] it is the owner alone")
	}
	cfg.Users = []config.User{{Name: "王芳"}, {Name: "李伟"}}
	if known := knows(cfg); !known("王芳") || !known("李伟") || known("root") || known("") {
		t.Error("not the people of [users]")
	}
}

func TestWithoutUsersTheOwnerAloneMayDoAnything(t *testing.T) {
	cfg, other := config.Default(), os.Geteuid()+4711
	if owner := actorFor(cfg, os.Geteuid()); !owner.Has(workflow.RightAdminister) {
		t.Errorf("the owner: %+v", owner)
	}
	if root := actorFor(cfg, 0); !root.Has(workflow.RightAdminister) || root.Counts() {
		t.Errorf("root: %+v", root)
	}
	if stranger := actorFor(cfg, other); stranger.Has(workflow.RightView) { // The group of a socket elsewhere has let it in.
		t.Errorf("somebody else: %+v", stranger)
	}
	cfg.Users = []config.User{{Name: "王芳", UID: &other, Rights: []workflow.Right{workflow.RightDecide}}}
	if named := actorFor(cfg, other); named.Name != "王芳" || !named.Has(workflow.RightDecide) || !named.Counts() {
		t.Errorf("a person: %+v", named)
	}
	if owner := actorFor(cfg, os.Geteuid()); owner.Has(workflow.RightView) {
		t.Errorf("the owner, who is none of [users]: %+v", owner)
	}
}
