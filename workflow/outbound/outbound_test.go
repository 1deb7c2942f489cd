package outbound_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
	"contractd/workflow/outbound"
)

func TestSendTakesADraftToSent(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	if got := stage.Sealed(contract); got != "draft of N-1\nsealed org 1\nsealed employee 2" {
		t.Errorf("sealed file is %q", got)
	}
	if len(stage.Post.Taken) != 2 || len(stage.Sent.Copies) != 1 {
		t.Fatalf("taken %q, copies %q", stage.Post.Taken, stage.Sent.Copies)
	}
	if first, second := after(stage.Post.Taken[0]), after(stage.Post.Taken[1]); first != second {
		t.Errorf("recipients got different bytes: %q, %q", first, second)
	}
	if contract.SentAt != stage.Clock || contract.Batches[0].Actor != "anna" {
		t.Errorf("sent at %v, sealed by %q", contract.SentAt, contract.Batches[0].Actor)
	}
	stage.Dispatch()
	if len(stage.Post.Taken) != 2 {
		t.Error("what was accepted was sent again")
	}
}

func after(taken string) string { _, raw, _ := strings.Cut(taken, ": "); return raw }

func TestAMissingKeyLeavesTheContractWaiting(t *testing.T) {
	stage := flowtest.New(t)
	stage.Seals.Fail = map[string]error{"employee": fmt.Errorf("unplugged: %w", workflow.ErrKeyMissing)}
	_, err := stage.Issue(flowtest.Order("N-1"))
	if !errors.Is(err, workflow.ErrKeyMissing) || !strings.Contains(workflow.HintOf(err), "contractd seal N-1 --key employee") {
		t.Fatalf("got %v, hint %q", err, workflow.HintOf(err))
	}
	waiting := stage.Contract("N-1", workflow.StateDraft)
	if !strings.Contains(waiting.Waiting, "employee") || !waiting.Resumable || len(waiting.Batches) != 1 {
		t.Fatalf("waiting %q, %d batches", waiting.Waiting, len(waiting.Batches))
	}
	if _, err := stage.Issuer.SealWith(t.Context(), flowtest.Anna, waiting.ID, "org", flowtest.Quiet); !errors.Is(err, workflow.ErrState) {
		t.Errorf("the wrong key: %v", err)
	}
	stage.Seals.Fail = nil
	if _, err := stage.Issuer.SealWith(t.Context(), flowtest.Anna, waiting.ID, "employee", flowtest.Quiet); err != nil {
		t.Fatal(err)
	}
	sealed := stage.Contract("N-1", workflow.StateSealed)
	if stage.Seals.Count != 2 || sealed.Waiting != "" {
		t.Errorf("%d seals were made, waiting %q", stage.Seals.Count, sealed.Waiting)
	}
}

func TestARefusedPINIsNotResumedByTheDaemon(t *testing.T) {
	stage := flowtest.New(t)
	stage.Seals.Fail = map[string]error{"org": workflow.ErrPIN}
	if _, err := stage.Issue(flowtest.Order("N-1")); !errors.Is(err, workflow.ErrPIN) {
		t.Fatal(err)
	}
	if contract := stage.Contract("N-1", workflow.StateDraft); contract.Resumable {
		t.Error("the daemon would try the PIN again by itself")
	}
}

func TestSelfCheckStopsTheLetter(t *testing.T) {
	for name, spoil := range map[string]func(*flowtest.Checker){
		"our verifier": func(c *flowtest.Checker) { c.Verdict = workflow.Indeterminate },
		"the second":   func(c *flowtest.Checker) { c.Second = "1 of 2 valid" },
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			spoil(stage.Checks)
			if _, err := stage.Issue(flowtest.Order("N-1")); err == nil || workflow.HintOf(err) == "" {
				t.Fatalf("got %v", err)
			}
			contract := stage.Contract("N-1", workflow.StateDraft)
			if !strings.HasPrefix(contract.Waiting, "self-check") || len(stage.Letters(contract)) != 0 {
				t.Errorf("waiting %q, letters %v", contract.Waiting, stage.Letters(contract))
			}
		})
	}
}

// TestSealedElsewhereNeedsNoPlace: where our own seals would stand is no matter of a document that bears ours.
func TestSealedElsewhereNeedsNoPlace(t *testing.T) {
	stage := flowtest.New(t)
	stage.Checks.NoPlace = workflow.ErrPolicy
	order := flowtest.Order("N-1")
	if _, err := stage.Issuer.Create(t.Context(), flowtest.Anna, order, flowtest.Draft("x")); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("to be sealed by us: %v", err)
	}
	order.Elsewhere = true
	contract, err := stage.Issuer.Create(t.Context(), flowtest.Anna, order, flowtest.Draft("x\nsealed org 1\nsealed employee 1"))
	if err != nil || len(contract.Batches) != 2 {
		t.Errorf("%v, batches %+v", err, contract.Batches)
	}
}

func TestNotJudgedByTheSecondMaySend(t *testing.T) {
	stage := flowtest.New(t)
	stage.Checks.Second = outbound.SecondNotJudged
	stage.Send("N-1")
}

func TestCreateRefuses(t *testing.T) {
	stage := flowtest.New(t)
	stage.Send("N-1")
	viewer := workflow.Actor{Name: "v", Rights: []workflow.Right{workflow.RightView}}
	for name, test := range map[string]struct {
		actor workflow.Actor
		spoil func(*outbound.Order)
		want  error
	}{
		"duplicate number": {flowtest.Anna, func(o *outbound.Order) { o.Number = "N-1" }, workflow.ErrExists},
		"unknown supplier": {flowtest.Anna, func(o *outbound.Order) { o.Supplier = "nobody" }, workflow.ErrNotFound},
		"bad number":       {flowtest.Anna, func(o *outbound.Order) { o.Number = "../x" }, workflow.ErrUsage},
		"no right":         {viewer, func(*outbound.Order) {}, workflow.ErrRight},
	} {
		order := flowtest.Order("N-2")
		test.spoil(&order)
		_, err := stage.Issuer.Create(t.Context(), test.actor, order, flowtest.Draft("x"))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stage.Checks.Refuse = workflow.ErrDocument
	if _, err := stage.Issue(flowtest.Order("N-3")); !errors.Is(err, workflow.ErrDocument) {
		t.Errorf("unusable draft: %v", err)
	}
	if contracts, err := stage.Ledger.Contracts(t.Context(), workflow.ContractFilter{}); err != nil || len(contracts) != 1 {
		t.Errorf("refused orders left traces: %v, %v", contracts, err)
	}
}

func TestARepeatedRequestMakesOneContract(t *testing.T) {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Request = "request-1"
	first, err := stage.Issue(order)
	if err != nil {
		t.Fatal(err)
	}
	second, err := stage.Issue(order)
	if err != nil || second.ID != first.ID || stage.Seals.Count != 2 {
		t.Errorf("got %s and %s, %d seals, %v", first.ID, second.ID, stage.Seals.Count, err)
	}
	for name, change := range map[string]func(*outbound.Order){
		"number": func(o *outbound.Order) { o.Number = "N-2" },
		"title":  func(o *outbound.Order) { o.Title += "x" },
		"amount": func(o *outbound.Order) { o.Amount.Minor++ },
	} {
		other := order
		change(&other)
		if _, err := stage.Issue(other); !errors.Is(err, workflow.ErrUsage) || workflow.HintOf(err) == "" {
			t.Errorf("another %s under the same key: %v", name, err)
		}
	}
}

func TestHeldContractsDoNotLeave(t *testing.T) {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Hold = true
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSealed)
	if len(stage.Post.Taken)+len(stage.Sent.Copies) != 0 {
		t.Error("a held letter left")
	}
	if _, err := stage.Desk.Release(t.Context(), flowtest.Anna, "N-1"); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
}

func TestTemporaryFailuresAreTriedAgain(t *testing.T) {
	for _, failure := range []error{workflow.ErrTemporary, workflow.ErrAmbiguous} {
		t.Run(failure.Error(), func(t *testing.T) {
			stage := flowtest.New(t)
			stage.Post.Fail = map[string]error{"hetong@huaxin.example": failure}
			if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
				t.Fatal(err)
			}
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSealed)
			stage.Post.Fail = nil
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSealed) // Not due yet.
			stage.Clock = stage.Clock.Add(2 * time.Minute)
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSent)
			if len(stage.Post.Taken) != 2 {
				t.Errorf("taken %q", stage.Post.Taken)
			}
		})
	}
}

func TestFailuresThatLastAreFinal(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrTemporary}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		stage.Dispatch()
		stage.Clock = stage.Clock.Add(time.Hour)
	}
	stage.Contract("N-1", workflow.StateUndeliverable)
}

func TestARefusedRecipientMakesItUndeliverable(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": fmt.Errorf("550 no such user: %w", workflow.ErrFinal)}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateUndeliverable)
	deliveries, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Letter: contract.Letter})
	if err != nil || !slices.ContainsFunc(deliveries, func(d workflow.Delivery) bool { return strings.Contains(d.Answer, "550 no such user") }) {
		t.Errorf("the server's words are lost: %v, %v", deliveries, err)
	}
}

func TestACopysFailureOnlyInforms(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"cw@huaxin.example": workflow.ErrFinal}
	stage.Sent.Fail = errors.New("folder is full")
	stage.Send("N-1")
}

func TestACrashAfterAcceptanceSendsTheSameBytesAgain(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	// What a crash within the attempt leaves behind is a claimed delivery.
	claimed, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Due: stage.Clock})
	if err != nil {
		t.Fatal(err)
	}
	for n := range claimed {
		claimed[n].State, claimed[n].Attempts = workflow.DeliveryClaimed, 1
	}
	stage.Apply(workflow.Change{Deliveries: claimed})
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateSent)
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil || !strings.Contains(stage.Post.Taken[0], "<"+letter.MessageID+">") {
		t.Errorf("sent %q, fixed Message-ID %s, %v", stage.Post.Taken, letter.MessageID, err)
	}
}

func TestAnAttemptIsDurableBeforeItBegins(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Post.During = func() {
		claimed, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{States: []workflow.DeliveryState{workflow.DeliveryClaimed}})
		if err != nil || len(claimed) != 1 || claimed[0].Attempts != 1 {
			t.Errorf("while sending, %v are claimed, %v", claimed, err)
		}
		if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrState) {
			t.Errorf("unsealed while it was being mailed: %v", err)
		}
	}
	stage.Dispatch()
}

func TestARefusedLoginRests(t *testing.T) {
	stage := flowtest.New(t)
	knocks := 0
	stage.Post.During = func() { knocks++ }
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrCredential, "cw@huaxin.example": workflow.ErrCredential}
	for n := range 5 {
		if _, err := stage.Issue(flowtest.Order(fmt.Sprint("N-", n))); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		stage.Dispatch()
		stage.Clock = stage.Clock.Add(time.Minute)
	}
	if knocks != 1 {
		t.Errorf("the server was asked %d times in twenty minutes", knocks)
	}
	stage.Clock = stage.Clock.Add(20 * 24 * time.Hour) // However long it takes, it is not the letters' fault.
	stage.Dispatch()
	stage.Contract("N-0", workflow.StateSealed)
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Dispatch()
	for n := range 5 {
		stage.Contract(fmt.Sprint("N-", n), workflow.StateSent)
	}
}

func TestAWithdrawnContractsLetterNeverLeaves(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrTemporary}
	withdrawn := false
	stage.Post.During = func() {
		if !withdrawn {
			withdrawn = true
			if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
				t.Error(err)
			}
		}
	}
	stage.Dispatch()
	stage.Post.Fail = nil
	for range 3 {
		stage.Clock = stage.Clock.Add(time.Hour)
		stage.Dispatch()
	}
	for _, taken := range stage.Post.Taken {
		if strings.Contains(taken, string(workflow.LetterContract)) {
			t.Errorf("mailed after the withdrawal: %q", taken)
		}
	}
	if len(stage.Post.Taken) != 1 {
		t.Errorf("taken %q, want the withdrawal alone", stage.Post.Taken)
	}
}

func TestGivingUpCountsFromTheFirstAttempt(t *testing.T) {
	stage := flowtest.New(t)
	order := flowtest.Order("N-1")
	order.Hold = true
	if _, err := stage.Issue(order); err != nil {
		t.Fatal(err)
	}
	stage.Clock = stage.Clock.Add(6 * 24 * time.Hour)
	if _, err := stage.Desk.Release(t.Context(), flowtest.Anna, "N-1"); err != nil {
		t.Fatal(err)
	}
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrTemporary} // Greylisted.
	stage.Dispatch()
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
}

func TestOneContractIsSealedOnceAtATime(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issuer.Create(t.Context(), flowtest.Anna, flowtest.Order("N-1"), flowtest.Draft("draft"))
	if err != nil {
		t.Fatal(err)
	}
	var second error
	_, err = stage.Issuer.Continue(t.Context(), flowtest.Anna, contract.ID, func(step, _ string) {
		if step == "seal" && second == nil {
			_, second = stage.Issuer.Continue(t.Context(), workflow.System, contract.ID, flowtest.Quiet)
		}
	})
	if err != nil || !errors.Is(second, workflow.ErrConflict) || stage.Seals.Count != 2 {
		t.Errorf("%v, %v, %d seals", err, second, stage.Seals.Count)
	}
}

func TestWhatTheDaemonResumesIsReleasedByItsOwner(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issuer.Create(t.Context(), flowtest.Anna, flowtest.Order("N-1"), flowtest.Draft("draft"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := stage.Issuer.Continue(t.Context(), workflow.System, contract.ID, flowtest.Quiet)
	if err != nil || sealed.Batches[0].Actor != "anna" {
		t.Errorf("%v, released by %q", err, sealed.Batches[0].Actor)
	}
}

func TestManagersLearnWhatIsUndeliverable(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrFinal}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Dispatch()
	if last := stage.Post.Taken[len(stage.Post.Taken)-1]; !strings.HasPrefix(last, "boss@") {
		t.Errorf("taken %q", stage.Post.Taken)
	}
}
